// Rules of the text scanner: sequences of word classes in one sentence that amount to an act. For text.cc alone.
//
// A rule's weight says how much of an act it is by itself: a description is withheld from 6, flagged from 3 and told from 1; a
// result is high from 6, medium from 3. Weights of different acts add up, rules of one act do not.

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
};
inline constexpr size_t kActs = 14;
std::string_view act_id(Act act);  // "text.conceal"

struct Step {
  ClassSet any = 0;  // a word of one of these classes
  uint8_t gap = 0;   // words that may stand before it
};

struct TextRule {
  enum Flag : uint8_t {
    kNone = 0,
    kOrder = 1,
    kUnlessNot = 2,
    kTight = 4,
    kNoNot = 8,
    kUnlessReport = 16
  };
  Act act = Act::kConceal;
  uint8_t tool = 0;    // weight in a description
  uint8_t result = 0;  // weight in a result
  uint8_t flags =
      0;  // kOrder: the first word begins a sentence or clause, or stands behind "please", "must", "to you";
  // kUnlessNot: not if a negation stands in the ten words before; kTight: no comma inside; kNoNot: no negation inside;
  // kUnlessReport: not if the words before say that it is talked about ("an attacker may write …")
  std::array<Step, 6> steps{};
};

std::span<const TextRule> text_rules();

}  // namespace agentmesh::policy::scan
