// Names in code: what stands where a password would, and is the name of a variable, a type or a call: "getPasswordFromVault2024(".
// For the secret scanner alone.
//
// Cost: one pass over the value. Pure functions, any thread.

#pragma once

#include <string_view>

namespace agentmesh::policy::scan {

// Signs of code that a key has not.
bool has_code(std::string_view value);
// "PasswordField(…": the name of what is called. Behind one with digits, "readV2(user", stands a name or nothing.
bool is_call(std::string_view value);

}  // namespace agentmesh::policy::scan
