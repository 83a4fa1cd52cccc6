// Macros: has(), and the five that bind a variable: all, exists, exists_one, map, filter.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/cel/ast.h"

namespace agentmesh::policy::cel {

struct Macro {
  Op op;
  std::string_view name;
  uint32_t least;  // arguments, the variable included
  uint32_t most;
  std::string_view usage;
};

// The macro called as a method by that name, or null.
const Macro* find_macro(std::string_view name);
std::span<const Macro> all_macros();
// Other languages' names for ours, for "did you mean".
const std::vector<std::string>& also_called(const Macro& macro);

}  // namespace agentmesh::policy::cel
