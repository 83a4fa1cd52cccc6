// Rules of the text scanner: classes of words in one sentence that amount to an act. For text.cc, acts.cc and sentence.cc alone.
//
// A rule's weight says how much of an act it is by itself: a description is withheld from 12, flagged from 6 and told from 2; a
// result is high from 12, medium from 6. Weights of different acts add up, rules of one act do not.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "policy/scan/lexicon.h"

namespace agentmesh::policy::scan {

enum class Act : uint8_t {
  kConceal,
  kOverride,
  kRole,
  kEnvelope,
  kBeforeAnyTool,
  kExfiltrate,
  kParameter,
  kOtherTool,
  kPreference,
  kJailbreak,
  kSecretPlace,
  kReveal,
  kResponse,
  kAddressed,
  kUnasked,
  kConsequence,
  kToolUse,
  kUnseen,  // no act: who is not to know, and would be told of everything else, is the user
};
inline constexpr size_t kActs = 18;
std::string_view act_id(Act act);  // "text.conceal"; none for what is no act

struct Step {
  ClassSet any = 0;  // a word of one of these classes
  uint8_t gap = 0;   // words that may stand before it
};

struct TextRule {
  enum Flag : uint8_t {
    kNone = 0,
    kOrder =
        1,  // the first word begins a sentence or clause, or stands behind "please", "must", "to you"
    kUnlessNot = 2,  // not if a negation stands in the ten words before
    kTight = 4,      // no comma inside
    kNoNot = 8,      // no negation inside
    kUnlessReport =
        16,  // not if the words before say that it is talked about ("an attacker may write …")
    kUnlessOf = 32,      // not if it goes on "in the guide", "on the box", or says what was told
    kUnlessUntil = 64,   // not in a sentence that says until or unless when
    kUnlessActed = 128,  // not close behind "act", "behave" ("act as if you were …")
  };
  Act act = Act::kConceal;
  uint8_t tool = 0;    // weight in a description
  uint8_t result = 0;  // weight in a result
  uint8_t flags = 0;
  uint8_t window =
      0;  // 0: the steps stand in this order; else in any order, within as many words of the first
  std::array<Step, 6> steps{};
};

std::span<const TextRule> text_rules();

}  // namespace agentmesh::policy::scan
