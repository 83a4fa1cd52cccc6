#include "audit/report.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "audit/read.h"
#include "audit/story.h"
#include "base/clock.h"

namespace agentmesh::audit {

namespace {

constexpr double kStep = 1.25;

// Microseconds by powers of 1.25: enough for percentiles, 130 counters for any number of calls.
class Durations {
 public:
  void add(int64_t us) {
    const double log = us <= 1 ? 0 : std::log(static_cast<double>(us)) / std::log(kStep);
    ++counts_[std::min(counts_.size() - 1, static_cast<size_t>(std::ceil(log)))];
    ++all_;
  }
  std::optional<uint64_t> percentile(double part) const {
    if (all_ == 0) return std::nullopt;
    uint64_t rest = static_cast<uint64_t>(std::ceil(static_cast<double>(all_) * part));
    for (size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] >= rest) return static_cast<uint64_t>(std::llround(std::pow(kStep, i)));
      rest -= counts_[i];
    }
    return std::nullopt;
  }

 private:
  std::array<uint64_t, 160> counts_{};
  uint64_t all_ = 0;
};

template <class Value>
Value& entry(std::map<std::string, Value>& map, const std::string& name) {
  if (map.size() >= kMostNames && !map.contains(name)) return map["(others)"];
  return map[name.empty() ? "(unknown)" : name];
}

void count(Counts& counts, std::string_view verdict) {
  if (verdict == "allow") {
    ++counts.allowed;
  } else if (verdict == "deny") {
    ++counts.denied;
  } else {
    ++counts.shadow;
  }
}

class Collector {
 public:
  explicit Collector(Report& report) : r_(report) {}

  void take(const Told& told) {
    ++r_.records;
    if (r_.records == 1) r_.first_ts = told.ts;
    r_.first_ts = std::min(r_.first_ts, told.ts);
    r_.last_ts = std::max(r_.last_ts, told.ts);
    r_.types[told.type].see(told.seq);
    if (told.type == "decision") decision(told);
    if (told.type == "outcome") outcome(told);
    if (told.type == "approval") approval(told);
    if (told.type == "session.start" && told.record.find("sponsor").present())
      mark("sponsor", told);
    if (told.type == "session.end") r_.without_outcome += told.unanswered;
    if (told.type == "policy.load") {
      const std::string error = told.record.find("error").string();
      happened(r_.policies, told,
               fmt::format("{} ({} rules, sha256 {}…){}", told.record.find("policy").string(),
                           told.record.find("rules").integer().value_or(0),
                           told.record.find("sha256").string().substr(0, 12),
                           error.empty() ? "" : " refused: " + error));
    }
    if (told.type == "tools.changed")
      happened(
          r_.tools_changed, told,
          fmt::format("{}/{}: {}", told.server, told.tool, told.record.find("action").string()));
    if (told.type == "trust.change")
      happened(r_.trust_changes, told,
               fmt::format("{}: {} to {} ({})", told.record.find("subject").string(),
                           told.record.find("from").integer().value_or(0),
                           told.record.find("to").integer().value_or(0),
                           told.record.find("cause").string()));
    if (told.type == "operator")
      happened(r_.operators, told,
               fmt::format("{} {} by {}: {}", told.record.find("act").string(),
                           told.record.find("target").string(), told.record.find("by").string(),
                           told.record.find("why").string()));
    for (const std::string_view upkeep :
         {"recover", "drop", "io_error", "prune", "erase", "key.rotate", "genesis"})
      if (told.type == upkeep) happened(r_.upkeep, told, told.type + trouble(told));
    findings(told);
  }

  void finish() {
    r_.us_p50 = durations_.percentile(0.50);
    r_.us_p90 = durations_.percentile(0.90);
    r_.us_p99 = durations_.percentile(0.99);
  }

 private:
  // What a `drop` or an `io_error` says.
  std::string trouble(const Told& told) {
    if (told.type == "drop") {
      const auto count = std::max<int64_t>(0, told.record.find("count").integer().value_or(0));
      r_.records_lost += static_cast<uint64_t>(count);
      return fmt::format(": {} record{} could not be written ({})", count, count == 1 ? "" : "s",
                         told.record.find("why").string());
    }
    if (told.type == "io_error")
      return fmt::format(": {} failed ({}), {} calls denied for it",
                         told.record.find("op").string(), told.record.find("errno").string(),
                         told.record.find("denied").integer().value_or(0));
    return "";
  }

  void mark(const std::string& name, const Told& told) { r_.marks[name].see(told.seq); }

  void happened(std::vector<Happened>& list, const Told& told, std::string what) {
    if (list.size() < kMostHappened) {
      list.push_back({told.seq, told.ts, std::move(what)});
    } else {
      ++r_.happened_more;
    }
  }

  void decision(const Told& told) {
    const std::string stage = told.record.find("stage").string();
    if (told.verdict == "deny") {
      ++r_.by_stage[stage.empty() ? "(none)" : stage];
      mark("denied", told);
      if (stage == "read") mark("refused-line", told);
      if (stage == "breaker") mark("breaker", told);
      if (stage == "pin") mark("pin", told);
      if (stage == "halt") mark("halt", told);
    }
    if (told.record.find("redacted").present()) redacted(told);
    if (!told.agent.empty()) mark("agent", told);
    if (told.record.find("facts").find("hosts").present()) mark("hosts", told);
    if (stage == "read") {
      r_.refused_lines += static_cast<uint64_t>(
          std::max<int64_t>(1, told.record.find("count").integer().value_or(1)));
      return;
    }
    if (stage == "result") {  // what a server said unasked: no call either
      for (const json::View tag : told.record.find("tags").elements())
        ++entry(r_.by_tag, tag.string()).results;
      return;
    }
    count(r_.calls, told.verdict);
    count(entry(r_.by_server, told.server), told.verdict);
    count(entry(r_.by_agent, told.agent), told.verdict);
    const std::string& what = told.tool.empty() ? told.method : told.tool;
    count(entry(r_.by_tool, told.server + "/" + what), told.verdict);
    count(entry(r_.by_rule, told.policy + "/" + told.rule), told.verdict);
    count(entry(r_.by_day, utc_day(told.ts)), told.verdict);
    for (const json::View tag : told.record.find("tags").elements())
      count(entry(r_.by_tag, tag.string()).calls, told.verdict);
  }

  void outcome(const Told& told) {
    ++r_.outcomes[told.record.find("status").string()];
    if (const auto us = told.record.find("us").integer()) durations_.add(*us);
    if (told.record.find("redacted").present()) redacted(told);
    for (const json::View tag : told.record.find("tags").elements())
      ++entry(r_.by_tag, tag.string()).results;
  }

  void redacted(const Told& told) {
    ++r_.redacted;
    mark("redacted", told);
  }

  void approval(const Told& told) {
    const std::string state = told.record.find("state").string();
    ++r_.approvals[state];
    if (state == "denied") mark("denied-by-person", told);
    if (state == "granted") mark("granted-by-person", told);
  }

  void findings(const Told& told) {
    for (const json::View finding : told.record.find("findings").elements()) {
      const std::string id = finding.find("id").string();
      FindingCount& found = entry(r_.findings, id);
      ++found.count;
      found.severity = finding.find("severity").string();
      mark("finding", told);
      mark("finding:" + id.substr(0, id.find('.')), told);
    }
  }

  Report& r_;
  Durations durations_;
};

}  // namespace

void Seen::see(uint64_t seq) {
  if (count++ == 0) first = seq;
  last = seq;
}

Result<Report> make_report(const std::string& log_dir, std::optional<int64_t> since,
                           std::optional<int64_t> until, Verdict verdict,
                           const std::function<void(uint64_t)>& progress) {
  Report report;
  report.since = since;
  report.until = until;
  report.verdict = std::move(verdict);
  Story story;
  Collector collector(report);
  bool first = true;
  const auto read = each_line(log_dir, 0, [&](std::string_view line, uint64_t seq) {
    if (progress) progress(seq);
    if (!story.read(line)) return true;
    const Told& told = story.told();
    if (first) report.log_begins = told.ts;
    first = false;
    if ((since && told.ts < *since) || (until && told.ts >= *until)) return true;
    collector.take(told);
    return true;
  });
  if (!read) return tl::unexpected(read.error());
  collector.finish();
  return report;
}

std::string losses(const Report& report) {
  std::string out;
  if (report.without_outcome > 0)
    out = fmt::format("Calls without a recorded outcome, in sessions that ended: {}.",
                      report.without_outcome);
  if (report.records_lost > 0)
    out += fmt::format("{}Records that could not be written: {}.", out.empty() ? "" : " ",
                       report.records_lost);
  return out;
}

std::string foundation(const Verdict& verdict) {
  switch (verdict.exit) {
    case 1:
      return "The log does not verify: it is not what was written. Nothing below can be relied on.";
    case 2:
      return "The log or its list of checkpoints ends unfinished, as a crash leaves it; what is before verifies.";
    case 3:
      return verdict.level == Level::kChain
                 ? "Nothing vouches for the log: no trusted key was there to check it with."
                 : "Not all of the log could be checked.";
    case 4: return "The log could not be read whole: nothing is proven.";
    default: break;
  }
  switch (verdict.level) {
    case Level::kAnchored:
      return "These figures rest on a log that extends a checkpoint kept elsewhere: not even the holder of the key "
             "changed anything below it.";
    case Level::kSigned:
      return "These figures rest on a signed log: since they were signed, nobody without the key changed, removed, added "
             "or reordered a record up to the last checkpoint. A hash chain and local signatures do not show that the end "
             "was cut back together with its checkpoints, or what the holder of the key did.";
    case Level::kChain: break;
  }
  return "These figures rest on a log whose lines, links and tree agree, and on no signature: nothing against someone who can "
         "recompute hashes.";
}

}  // namespace agentmesh::audit
