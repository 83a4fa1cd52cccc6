// Injected commands: what stands behind a separator or in a substitution of a short text, and whether it can only be a command.
// For shell_injection.cc alone.
//
// Cost: a pass over the text, and a copy of each word that stands where a command would. Pure functions, any thread.

#pragma once

#include <string_view>

#include "policy/scan/field.h"
#include "policy/scan/injected_words.h"

namespace agentmesh::policy::scan {

Sure injected_commands(std::string_view text, Field field);

}  // namespace agentmesh::policy::scan
