// Report: what happened in a period, and which controls of which framework the log can evidence.
//
// It counts what the records say and shows where they stand; it makes nobody compliant and never says so. Everything rests
// on what verify found, which is part of it.
// Thread: one. Cost: one pass over the log; memory by the number of different tools, rules and findings (held at kMostNames
// each), not by the number of records.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/verify.h"
#include "base/result.h"

namespace agentmesh::audit {

struct Counts {
  uint64_t allowed = 0;
  uint64_t denied = 0;
  uint64_t shadow = 0;  // would have been denied, or asked about
  uint64_t all() const { return allowed + denied + shadow; }
};

struct Seen {
  uint64_t count = 0;
  uint64_t first = 0, last = 0;  // seqs
  void see(uint64_t seq);
};

// What a tag of the policy's rules stands on.
struct TagCount {
  Counts calls;
  uint64_t results = 0;  // outcomes, and what servers said unasked
};

struct FindingCount {
  std::string severity;
  uint64_t count = 0;
};

// Something that happened once, with the record that says so.
struct Happened {
  uint64_t seq = 0;
  int64_t ts = 0;
  std::string what;
};

inline constexpr size_t kMostNames = 2000;
inline constexpr size_t kMostHappened = 200;

struct Report {
  std::optional<int64_t> since, until;  // as asked
  int64_t first_ts = 0, last_ts = 0;    // of the records in it; 0 without any
  int64_t log_begins = 0;               // ts of the first record left
  uint64_t records = 0;
  Verdict verdict;

  Counts calls;                // decisions about requests: neither stage read nor result
  uint64_t refused_lines = 0;  // stage read: never a call
  std::map<std::string, Counts> by_server, by_tool, by_rule, by_agent, by_day;
  std::map<std::string, uint64_t> by_stage;  // of denials
  std::map<std::string, TagCount> by_tag;    // of the rules that matched
  std::map<std::string, FindingCount> findings;
  std::map<std::string, uint64_t> outcomes, approvals;  // by status, by state
  // Calls let through, in sessions that ended, that no outcome answers.
  uint64_t without_outcome = 0;
  uint64_t records_lost = 0;  // that could not be written, as the `drop` records say
  uint64_t redacted = 0;      // records with something masked
  std::optional<uint64_t> us_p50, us_p90,
      us_p99;                         // from forwarding to the answer, rounded up to 1.25^n
  std::map<std::string, Seen> types;  // of all records
  std::map<std::string, Seen> marks;  // "finding", "denied-by-person", … for the frameworks
  std::vector<Happened> tools_changed, trust_changes, policies, operators, upkeep;
  uint64_t happened_more = 0;  // beyond kMostHappened of a list
};

// `progress` is called with the number of every record that was read.
Result<Report> make_report(const std::string& log_dir, std::optional<int64_t> since,
                           std::optional<int64_t> until, Verdict verdict,
                           const std::function<void(uint64_t seq)>& progress = nullptr);

// What the log can say about one control.
enum class Evidence : uint8_t { kEvidenced, kPartly, kNotByThisTool };
std::string_view evidence_name(Evidence state);

struct Control {
  std::string framework;  // with its edition
  std::string control;
  std::string about;
  Evidence state = Evidence::kPartly;
  bool checked = false;  // against the text; else: check the text
  std::vector<std::pair<std::string, Seen>> records;
  std::string missing;  // why it is not (fully) evidenced
};
std::vector<Control> controls_of(const Report& report);

// One sentence: on which level of verification the figures rest.
std::string foundation(const Verdict& verdict);

// What the period's own records say is not recorded, in a sentence or two; "" if nothing.
std::string losses(const Report& report);

std::string report_text(const Report& report);
std::string report_json(const Report& report, const std::string& dir);
// A page of its own: no script, no network, for screen (light and dark) and paper.
std::string report_html(const Report& report);

}  // namespace agentmesh::audit
