// Hints: what to say about a name, field or function that is not there. Pure functions, used only when a compile fails.

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "policy/cel/environment.h"
#include "policy/cel/suggest.h"
#include "policy/cel/type.h"

namespace agentmesh::policy::cel {

// "unknown name 'tool_name'; did you mean 'tool'?" `locals`: the variables of the macros around it.
std::string unknown_name(std::string_view name, std::span<const Candidate> locals,
                         const Environment& environment);
// "sql has no field 'verb'; did you mean 'sql.class'?" `path`: how the record was reached, "" if that has no name.
std::string unknown_field(const RecordType& record, std::string_view path, std::string_view field);
// "'tool' is a string and has no field 'size'; size is a function: …" `is_a`: its first four words.
std::string no_fields(std::string_view is_a, const Type& type, std::string_view field);
// "unknown function 'len'; did you mean 'size'?"
std::string unknown_function(std::string_view name, const Environment& environment);

}  // namespace agentmesh::policy::cel
