// Macros: has(), and the five that bind a variable: all, exists, exists_one, map, filter.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

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

}  // namespace agentmesh::policy::cel
