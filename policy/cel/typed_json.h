// Typed JSON: values of the condition language as JSON that keeps their types, for `policy eval` and tests.
//
//   null, true, "text"         as they are            [1, 2]       list
//   int                        a JSON integer         {"a": 1}     map whose keys are strings
//   uint   {"$uint": "7"}      double  {"$double": 1.5}, "NaN", "Infinity", "-Infinity"
//   bytes  {"$bytes": "base64"}        timestamp  {"$timestamp": "2009-02-13T23:31:30.5Z"}
//   type   {"$type": "int"}            duration   {"$duration": "-1.5s"}
//   any other map, and a map whose only key starts with '$': {"$map": [[key, value], …]}
// Also read: {"$int": "7"}, and a JSON number with a point or exponent as a double.
// Failure: reading names the part that is wrong; printing what nests too deeply or holds an error fails.

#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "policy/cel/context.h"
#include "policy/cel/value.h"

namespace agentmesh::policy::cel {

// The value lies in the Context's arena, until its next reset; strings may point into `json`'s text.
Result<Value> from_typed_json(json::View json, Context& context);

Result<std::string> to_typed_json(const Value& value, Context& context);

}  // namespace agentmesh::policy::cel
