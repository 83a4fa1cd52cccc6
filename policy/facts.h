// Facts: everything the rules can know about one question, found once, before any rule is asked.
//
// Runs the scanners of scan/ over the arguments (the result, the definition) and gathers what they saw: paths, URLs, SQL,
// shell, data, findings, and the bytes that redaction would replace. Nothing here decides. Besides the scanners' own
// findings (their headers list them) there are
//   path.outside-roots (medium)  an absolute path outside the roots in force
//   self.protected (critical)    see policy.md, Self-protection; also where it cannot be told what a path or a command touches
//   data.redacted (medium)       an argument holds a mask of our own (scan/masks.h): masked data on its way back
//   url.too-many (medium)        a text holds more URLs than are read; under `hosts` it counts as refused
//   data.uninspected (low)       bytes beyond max_inspected_bytes (a value) or twice that (a message) were not looked at, or a text that is
//                                meant as arguments was not read; (medium) one that surely is may be read in several ways, or a query
//                                (query_texts.h) was not read to its end
//   tool.uninspected (medium)    the same in a tool's definition, where nothing has to be that long
// Cost: one walk over the judged value. Thread: any; one Seen per question.

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/input.h"
#include "policy/rule_set.h"
#include "policy/scan/hit.h"
#include "policy/scan/shell.h"
#include "policy/scan/sql.h"
#include "policy/scan/urls.h"

namespace agentmesh::policy {

// Bytes of the judged value's text (inside one string of it) that a finding is about.
struct Span {
  enum class What : uint8_t { kSecret, kPersonal, kHidden };
  What what = What::kSecret;
  size_t begin = 0;
  size_t end = 0;
  std::string text;  // what to put there, JSON-escaped
};

struct Seen {
  Kind kind = Kind::kUnknown;
  Kind by_name = Kind::kUnknown;  // before anything in the arguments said what the call does
  Kind worst =
      Kind::kUnknown;  // what the tool's name may mean beside it (kinds.h), unless `tools:` says
  // Something in the arguments says what the call does, or may do it, besides SQL (beside_sql.h): what SQL says is not all of it.
  bool beside_sql = false;
  // At least this: something in the arguments does it.
  void does(Kind what) {
    kind = std::max(kind, what);
    beside_sql = beside_sql || what != Kind::kUnknown;
  }
  std::optional<bool> reversible;
  bool sends = false;              // what the call holds goes to others, whatever else the call is
  std::vector<std::string> roots;  // in force
  std::vector<std::string> paths;
  std::vector<std::string> path_places;  // where the first of them were found: "arguments.path"
  // Each string that was read as a path: its offset in the arguments' text (of one in `inside`: from there, beyond that text), and which
  // of `paths` it is.
  struct PathText {
    size_t offset = 0;
    size_t path = 0;
  };
  // By their offsets; several of one text that may be several paths.
  std::vector<PathText> path_texts;
  // There is a path of which it cannot be told where it leads: as good as outside every root, and as protected.
  bool lost_path = false;
  std::string lost_place;
  // Arguments in a text may be read in several ways: as good as outside the roots and the hosts that a policy names.
  bool doubtful = false;
  // Where a key of an object leads, or a text that is no path as it stands and is one to some servers: for the hard rules alone.
  struct HiddenPath {
    std::string path;
    bool for_roots = false;  // else for self-protection only
    std::string place;
  };
  std::vector<HiddenPath> hidden_paths;
  // Texts of the call that may be parts of a path, as they are spelled in the arguments: what stands behind a directory that
  // another names, or is one. The first ones ask for no memory.
  struct Part {
    std::string_view raw;
    bool is_path = false;    // read as one
    bool directory = false;  // its key says so, or it begins at the top or at home
    bool by_key = false;     // its key says so
    bool place = false;      // a path, or its key may name a place ("source")
  };
  std::array<Part, 12> first_parts;
  size_t part_count = 0;
  std::vector<Part> more_parts;
  void add_part(Part part);
  const Part& part(size_t i) const {
    return i < first_parts.size() ? first_parts[i] : more_parts[i - first_parts.size()];
  }
  // Arguments that stand as JSON in a text of the call: parts and path_texts may be about these, too.
  std::list<std::string> inside;
  std::vector<scan::Url> urls;  // without duplicates of scheme, host and port
  bool more_urls = false;       // a text held more URLs than are read
  scan::Sql sql;
  scan::Shell shell;
  size_t bytes = 0;  // of the judged value
  std::string result_text;
  bool result_cut = false;  // there was more of it than is looked at
  std::string description;
  std::vector<Finding> findings;
  // In the order of the texts they stand in, and behind those the ones of whole texts that are arguments, which hold some of these.
  std::vector<Span> spans;
  // Hard rules.
  bool self_protected = false;
  bool maybe_protected = false;            // for want of knowing
  const Layer* outside_of = nullptr;       // a layer whose own roots do not hold some path
  const Layer* host_refused_by = nullptr;  // a layer whose hosts do not allow some URL
  Facts facts;
  // Of a recorded call: what is not known of it. All false for one that was looked at.
  struct Unknown {
    bool args = false;
    bool paths = false;  // that there are some is known, not where they lead
    bool urls = false;
    bool tables = false;
    bool commands = false;
    bool roots = false;  // where they lay then: they come from a command line and a client
  };
  Unknown unknown;

  // The paths that the string at this offset was read as: indices of `paths`.
  std::span<const PathText> paths_at(size_t offset) const;
};

// Fills `out` anew.
void look(const RuleSet& set, const Input& input, Seen& out);
// What was seen, of a call that does what its tool's name says and no more.
void take_by_name(const RuleSet& set, const Input& input, Seen& seen);

}  // namespace agentmesh::policy
