// JSON as values of the condition language, read only as far as a condition looks.
//
// Integers are int, above int64 uint, beyond that double; a number spelled with a point or an exponent is a double
// (policy.md, Exact points). An object or array is indexed when it is first looked into, one level at a time; a string
// is unescaped when it is reached. Each happens once between two resets of the Context, however many conditions look.

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/json.h"
#include "policy/cel/context.h"
#include "policy/cel/value.h"

namespace agentmesh::policy::cel {

// The value of `view`, whose bytes must outlive the Context's next reset(). An absent view is null.
Value json_value(json::View view, Context& context);

struct JsonMember {
  std::string_view key;  // unescaped; "" in arrays
  Value value;           // Form::kUnread until it is reached
};

// An object or array of the text, and its members once they were asked for. Lives in the Context's arena.
struct JsonNode {
  std::string_view text;
  std::span<JsonMember> members;
  bool indexed = false;
};

// Reads the members' places. False when the budget is used up.
bool index(JsonNode& node, Context& context);
// The value of a member, read now if it was not yet.
Value read(JsonMember& member, Context& context);

}  // namespace agentmesh::policy::cel
