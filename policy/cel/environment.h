// Environment: the names a condition may use, and their types. Declared once, then only read.
//
// Each name has a slot: its number in the order of declaration. A Program knows slots, not names, so the caller hands in
// an array of values in that order (Activation) and a lookup is an index.
// Thread: any number of threads may compile against one Environment that no longer changes.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/cel/type.h"
#include "policy/cel/value.h"

namespace agentmesh::policy::cel {

class Environment {
 public:
  struct Name {
    std::string name;
    Type type;
    std::vector<std::string> also_called;  // wrong names people try, for "did you mean"
  };

  // Returns the slot. A name is declared once.
  uint16_t declare(std::string name, Type type, std::vector<std::string> also_called = {});

  // The slot of a name, or -1.
  int find(std::string_view name) const;
  const std::vector<Name>& names() const { return names_; }

 private:
  std::vector<Name> names_;
};

// The values of the names, by slot. A failure (Value::failure) in a slot is an evaluation error where it is read.
using Activation = std::span<const Value>;

}  // namespace agentmesh::policy::cel
