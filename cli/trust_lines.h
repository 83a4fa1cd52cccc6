// The log, read for what it says about trust: how `trust explain` and `trust replay` get their lines.

#pragma once

#include <string>

#include "cli/trust.h"

namespace agentmesh::cli {

// Reads the whole log in `<state_dir>/audit/<log>`, oldest record first. Error: there is no such log, or it cannot be read.
TrustLines trust_lines(const std::string& state_dir, const std::string& log);

}  // namespace agentmesh::cli
