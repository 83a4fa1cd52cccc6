// Arithmetic on values: checked, so that what would overflow is an error and never wraps.

#pragma once

#include <cstdint>

#include "policy/cel/ast.h"
#include "policy/cel/context.h"
#include "policy/cel/value.h"

namespace agentmesh::policy::cel {

// a op b for + - * / %; neither is an error. Doubles follow IEEE 754 (1.0 / 0.0 is infinity). Errors stand at `offset`.
Value calculate(Op op, const Value& a, const Value& b, uint32_t offset, Context& context);
// -a, for int and double.
Value negate(const Value& a, uint32_t offset, Context& context);

}  // namespace agentmesh::policy::cel
