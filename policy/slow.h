// Slow: patterns that RE2 can only follow at great cost for every byte, found when a policy is loaded.
//
// RE2 is linear in the text, but not cheap for every pattern: `[ab]*a[ab]{12}c` has to remember the last twelve letters,
// which costs a thousand times what an ordinary pattern costs, for each byte of each text. Program size does not show it, so
// the pattern is tried: on texts made of its own character classes, and the work is counted that is new at every byte
// (automaton.h). So what is refused is the same on every machine.
// Thread: any. Cost: nothing for patterns without many wildcards or counted repetitions, else some hundred microseconds.

#pragma once

#include <cstddef>
#include <string_view>

namespace agentmesh::policy {

// Places looked at anew for each byte. An ordinary pattern takes less than 0.1: what it meets it has met before. RE2 takes about
// 100 ns for each, so this is some 200 ns a byte where an ordinary pattern takes 3.
inline constexpr size_t kSlowWork = 2;

// True if the regex takes more than kSlowWork for each byte of some text that is tried. Not followed, and so false: patterns of
// more than 20,000 places or 200 levels, and ranges of classes whose ends are escapes.
bool is_slow(std::string_view regex);

}  // namespace agentmesh::policy
