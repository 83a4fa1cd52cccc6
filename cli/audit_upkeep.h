// What the commands share that change the log as a whole: prune, erase, keys rotate.

#pragma once

#include <string>

#include "audit/options.h"
#include "cli/audit.h"
#include "cli/here.h"

namespace agentmesh::cli {

// The settings of this machine's log, or of another one in the same state directory.
audit::Options log_options(const Here& here, const std::string& log);

}  // namespace agentmesh::cli
