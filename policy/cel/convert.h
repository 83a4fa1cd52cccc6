// Conversions between types: int("7"), string(1.5), bool("true") … as the language defines them.
//
// Failure: a sentence; the caller knows where in the source it happened.

#pragma once

#include <string>

#include <tl/expected.hpp>

#include "policy/cel/arena.h"
#include "policy/cel/functions.h"
#include "policy/cel/value.h"

namespace agentmesh::policy::cel {

using Converted = tl::expected<Value, std::string>;

// `function` is one of the kTo…; `from` is of a kind its signature takes. New text lies in `arena`.
Converted convert(Function function, const Value& from, Arena& arena);

}  // namespace agentmesh::policy::cel
