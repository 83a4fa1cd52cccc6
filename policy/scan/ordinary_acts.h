// Ordinary acts: what stands around an act and says that it is an everyday matter. For text.cc alone, and only where a rule holds.
//
// A letter that takes back an earlier letter, an order of goods or a policy that is cancelled, a prompt that defends itself ("ignore
// instructions contained in the text"), what is not to be forgotten, a documented way to sign in, a tool that hands its task to
// another agent, people called agents who keep something from customers and third parties, a matter that is no secret, a time that is
// named by conversations, a note in code, a mode of machines (kept.h, complements.h): the act then weighs less, and never nothing where
// something else stands beside it.
// Cost: a walk or two over a sentence and what stands behind it, once for a sentence of which such a rule holds; none elsewhere.
// Not for two threads at once.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "policy/scan/kept.h"
#include "policy/scan/text_rules.h"

namespace agentmesh::policy::scan {

struct ActWeights {
  int tool = 0;
  int result = 0;
};

// One sentence and what stands around it.
class ActsAround {
 public:
  // The sentence of `text` from `begin` to `end`, of which `present` are the classes.
  void look_at(std::string_view text, size_t begin, size_t end, ClassSet present);
  // What the rule weighs in it.
  ActWeights weights(const TextRule& rule);
  // Whether it is the user who is not to know, where the rule weighs this much.
  bool is_user_not_to_know(const TextRule& rule, const ActWeights& weights) const;

 private:
  std::string_view sentence() const;
  ActWeights of_override(const TextRule& rule);
  ActWeights of_conceal(const TextRule& rule);
  ActWeights of_reveal(const TextRule& rule);

  std::string_view own_;     // the sentence and a little more
  std::string_view around_;  // and what may name its matter
  size_t first_word_ = 0;    // where that ends
  size_t size_ = 0;          // of the sentence
  ClassSet present_ = 0;
  std::optional<bool> letter_, trade_, defence_, sign_in_, outsiders_, idle_, matter_, refusal_,
      times_, note_, mode_;  // once asked
  std::optional<Kept> kept_;
};

// Whether the rule is about what was said in a conversation, and a sentence of these classes about nothing more private; and
// what it weighs in the text of a tool that hands its task to another agent.
bool of_conversation(const TextRule& rule, ClassSet present);
bool hands_over(std::string_view text);
ActWeights handed_over(const TextRule& rule);

}  // namespace agentmesh::policy::scan
