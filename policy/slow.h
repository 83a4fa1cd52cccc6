// Slow: patterns that RE2 can only follow at great cost for every byte, found when a policy is loaded.
//
// RE2 is linear in the text, but not cheap for every pattern: `[ab]*a[ab]{12}c` has to remember the last twelve letters,
// which costs a thousand times what an ordinary pattern costs, for each byte of each text. Program size does not show it, so
// the pattern is tried: on texts made of its own words and classes, and the work is counted that is new at every byte
// (automaton.h). So what is refused is the same on every machine.
// Thread: any. Cost: a look at patterns with few wildcards and counted repetitions, for the others up to a millisecond.

#pragma once

#include <cstddef>
#include <string_view>

namespace agentmesh::policy {

// Places looked at anew for each byte. An ordinary pattern takes less than 0.1: what it meets it has met before. RE2 takes about
// 100 ns for each, so this is some 200 ns a byte where an ordinary pattern takes 3.
inline constexpr size_t kSlowWork = 2;

enum class PatternCost {
  kOrdinary,
  kSlow,      // more than kSlowWork for each byte of some text that was tried
  kTooLarge,  // cannot be tried: 20,000 places or more when its repetitions are written out, or nested 200 levels deep
};
PatternCost cost_of(std::string_view regex);

// What is wrong with such a pattern and what to do about it; "" for an ordinary one.
std::string_view complaint(PatternCost cost);

}  // namespace agentmesh::policy
