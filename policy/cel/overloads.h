// What the arithmetic operators take and give. Pure functions.

#pragma once

#include <optional>
#include <string_view>

#include "policy/cel/ast.h"
#include "policy/cel/type.h"

namespace agentmesh::policy::cel {

// "+", "==", "in" …; "" for what is no operator.
std::string_view symbol(Op op);

// The type of `a op b` for + - * / %, dyn if it depends; nullopt if no pair of their kinds will do.
std::optional<Type> arithmetic_type(Op op, const Type& a, const Type& b);

}  // namespace agentmesh::policy::cel
