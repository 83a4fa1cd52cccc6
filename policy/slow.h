// Slow: patterns that RE2 can only follow at great cost for every byte, found when a policy is loaded.
//
// RE2 is linear in the text, but not cheap for every pattern: `[ab]*a[ab]{12}c` has to remember the last twelve letters,
// which costs a thousand times what an ordinary pattern costs, for each byte of each text. Program size does not show it, so
// the pattern is tried: on texts made of its own character classes, against the clock of this process, and the best of
// several tries counts, so that a busy machine refuses nothing. Nothing that is decided later depends on time.
// Thread: any. Cost: nothing for patterns without many wildcards or counted repetitions, else some ten microseconds.

#pragma once

#include <string_view>

namespace agentmesh::policy {

inline constexpr int kSlowNanoseconds = 200;  // a byte; ordinary patterns take 3

// True if the regex costs more than kSlowNanoseconds for each byte of some text.
bool is_slow(std::string_view regex);

}  // namespace agentmesh::policy
