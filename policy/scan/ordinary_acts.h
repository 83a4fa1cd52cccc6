// Ordinary acts: what stands around an act and says that it is an everyday matter. For text.cc alone, and only where a rule holds.
//
// A letter that takes back an earlier letter, a prompt that defends itself ("ignore instructions contained in the text"), a
// documented way to sign in, a tool that hands its task to another agent: the act then weighs less, and never nothing
// where something else stands beside it.
// Cost: a few searches in a window of the text for each rule that holds; none elsewhere. Pure functions, any thread.

#pragma once

#include <cstddef>
#include <string_view>

#include "policy/scan/text_rules.h"

namespace agentmesh::policy::scan {

struct ActWeights {
  int tool = 0;
  int result = 0;
};

// What the rule weighs in the sentence from `begin` to `end`, of which `present` are the classes.
ActWeights weights_here(const TextRule& rule, std::string_view text, size_t begin, size_t end,
                        ClassSet present);

// Whether the rule is about what was said in a conversation, and a sentence of these classes about nothing more private; and
// what it weighs in the text of a tool that hands its task to another agent.
bool of_conversation(const TextRule& rule, ClassSet present);
bool hands_over(std::string_view text);
ActWeights handed_over(const TextRule& rule);

}  // namespace agentmesh::policy::scan
