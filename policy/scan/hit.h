// Hit: what a scanner saw in one text, and where in it. The engine adds the place ("arguments.path") and makes it a Finding.
//
// Scanners are pure functions of their arguments: no clock, no disk, no state; any thread. Each appends its hits to a
// vector that the caller keeps warm. They look at one text as it is after JSON unescaping (valid UTF-8 is expected, and
// nothing breaks if it is not), decode disguises themselves, and take time linear in its length.
// Start here, then the scanner in question: paths.h sql.h shell.h urls.h secrets.h pii.h text.h unicode.h; decode.h and
// lexicon.h are what they stand on.
//
// Severity says how sure and how bad, alike for every scanner, so that a rule can say `f.severity in ['high', 'critical']`:
// critical, high: an act with no everyday reading (refuse); medium: likely, or harmful only here (ask, annotate); low: worth
// a line in the log.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "policy/verdict.h"

namespace agentmesh::policy::scan {

struct Hit {
  std::string_view id;  // a literal: "path.traversal"; lives for ever
  Severity severity = Severity::kLow;
  size_t begin = 0;  // bytes [begin, end) of the text as given; both 0: the text as a whole
  size_t end = 0;

  bool operator==(const Hit&) const = default;
};

// Appends a hit unless one with this id and the same place is there; keeps the higher severity.
void add_hit(std::vector<Hit>& hits, Hit hit);

// The highest severity among hits whose id begins with `prefix`; nothing if there is none: returns false.
bool has_hit(const std::vector<Hit>& hits, std::string_view prefix);

// Translates byte offsets of a string's content into offsets of its JSON spelling (`raw`, quotes included): the n-th
// offset is that of the spelling of the content's byte. `offsets` ascend; an offset at or beyond the end gives the closing
// quote. A lone surrogate escape counts as the three bytes of U+FFFD, as in json::View::string().
void to_raw_offsets(std::string_view raw, std::vector<size_t>& offsets);

}  // namespace agentmesh::policy::scan
