// Variables: the names a condition can use, and their values for one question (policy.md, Conditions).
//
// Order: one Variables per question, after look(); values() then goes to every condition. Only what some condition of the
// stage reads is built (`needed`, from the rule set).
// Thread: one; the environment itself is made once and shared. Cost: no allocation beyond the Context's arena.

#pragma once

#include <array>
#include <cstdint>

#include "policy/cel/cel.h"
#include "policy/facts.h"
#include "policy/input.h"
#include "policy/names.h"

namespace agentmesh::policy {

class Variables {
 public:
  // Everything is borrowed for the life of this object; the Context must have been reset.
  Variables(const Input& input, const Seen& seen, NameSet needed, cel::Context& context);
  cel::Activation values() const { return values_; }

 private:
  template <size_t N>
  cel::Value record(const std::array<cel::Value, N>& fields, Name name);
  void set(Name name, cel::Value value) { values_[static_cast<size_t>(name)] = value; }

  std::array<cel::Value, kNames> values_;
  cel::Context& context_;
};

}  // namespace agentmesh::policy
