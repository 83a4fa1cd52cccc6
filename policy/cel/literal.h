// Literals: what the tokens of numbers, strings and bytes stand for.

#pragma once

#include <cstdint>
#include <string>

#include "policy/cel/arena.h"
#include "policy/cel/lexer.h"
#include "policy/cel/value.h"

namespace agentmesh::policy::cel {

// What is wrong with a literal, and how many bytes from its start.
struct LiteralError {
  uint32_t at = 0;
  std::string message;
};

// The value of a kInt, kUint, kDouble, kString or kBytes token; text lies in `arena`. `negative`: a minus stands
// before a number, so that -9223372036854775808 can be written.
tl::expected<Value, LiteralError> literal(const Token& token, bool negative, Arena& arena);

}  // namespace agentmesh::policy::cel
