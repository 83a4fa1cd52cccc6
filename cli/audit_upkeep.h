// What the commands share that change the log as a whole: prune, erase, keys rotate.

#pragma once

#include <string>
#include <string_view>

#include "audit/options.h"
#include "base/result.h"
#include "cli/audit.h"
#include "cli/here.h"

namespace agentmesh::cli {

// The settings of this machine's log, or of another one in the same state directory.
audit::Options log_options(const Here& here, const std::string& log);

// True, with a complaint, if a governed server asks for it.
bool refused(const Here& here, std::string_view command);

// Says why it was not done. Returns the exit status.
int failed(const Error& error, bool json);

}  // namespace agentmesh::cli
