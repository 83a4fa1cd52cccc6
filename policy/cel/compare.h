// Equality and order of values, as the language defines them.
//
// Numbers compare across int, uint and double (with a double as doubles); values of different kinds are unequal; NaN is
// unequal to everything. Ordered are numbers, strings and bytes (bytewise, which is by code point), bools, timestamps,
// durations; nothing else, and none with another kind.

#pragma once

#include <cstdint>

#include "policy/cel/context.h"
#include "policy/cel/value.h"

namespace agentmesh::policy::cel {

enum class Equality : uint8_t {
  kSame,
  kDifferent,
  kTooMuch
};  // kTooMuch: over the budget, or nested too deeply

Equality equal(const Value& a, const Value& b, Context& context);
// For values that are neither list nor map; those are never the same here.
bool same_scalar(const Value& a, const Value& b);

enum class Order : uint8_t {
  kLess,
  kSame,
  kGreater,
  kUnordered,
  kNotComparable
};  // kUnordered: a NaN

Order compare(const Value& a, const Value& b);

}  // namespace agentmesh::policy::cel
