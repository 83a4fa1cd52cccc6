// Shell harm: what one command does by its own words and redirections: wipes, sockets with a shell behind them, what stays behind,
// and the Windows forms of these. For shell.cc alone, which knows what flows from one command to another.
//
// Pure functions, any thread.

#pragma once

#include <vector>

#include "policy/scan/hit.h"
#include "policy/scan/shell_programs.h"

namespace agentmesh::policy::scan {

void find_harm(const ShellRun& run, std::vector<Hit>& hits);

}  // namespace agentmesh::policy::scan
