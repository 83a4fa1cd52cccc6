// Shell traces: whether a command takes away what tells of others: the system's logs, a shell's history. For shell.cc alone.
//
// Logs in which one sees who came (auth.log, wtmp, the audit's) and histories are high; other logs are medium, since they are cleared
// for room, and none where a program writes its own anew (backup.sh > /var/log/backup.log).
//
// Pure functions, any thread.

#pragma once

#include <vector>

#include "policy/scan/hit.h"
#include "policy/scan/shell_programs.h"

namespace agentmesh::policy::scan {

void find_traces(const ShellRun& run, std::vector<Hit>& hits);

}  // namespace agentmesh::policy::scan
