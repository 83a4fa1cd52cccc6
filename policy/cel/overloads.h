// What the operators take and give. Pure functions.

#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "policy/cel/ast.h"
#include "policy/cel/type.h"

namespace agentmesh::policy::cel {

// "+", "==", "in" …; "" for what is no operator.
std::string_view symbol(Op op);

// The type of `a op b` for arithmetic, comparisons and `in`; dyn if it depends on the values. The error says why there is
// none, with a hint: "'in' looks into a list or a map, not string; did you mean x.contains(…)?"
tl::expected<Type, std::string> binary_type(Op op, const Type& a, const Type& b);

}  // namespace agentmesh::policy::cel
