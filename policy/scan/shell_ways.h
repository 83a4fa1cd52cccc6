// Shell ways: what opens a way out of a container into the machine, or from another machine into this one. For shell.cc alone.
//
// Pure functions, any thread.

#pragma once

#include <vector>

#include "policy/scan/hit.h"
#include "policy/scan/shell_programs.h"

namespace agentmesh::policy::scan {

// shell.escape: a container that may write on the machine's whole disk (high), read it, or has every right (medium).
// shell.tunnel: ssh -R, a port of another machine that leads in here (medium).
void find_ways(const ShellRun& run, std::vector<Hit>& hits);

}  // namespace agentmesh::policy::scan
