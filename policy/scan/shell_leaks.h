// Shell leaks: whether a command line sends away what is secret: a key in a pipe to curl, the environment to a socket.
// For shell.cc alone.
//
// Pure functions, any thread.

#pragma once

#include "policy/scan/shell_programs.h"

namespace agentmesh::policy::scan {

// True if its own words or redirections name what is secret, and it sends that.
bool sends_secret(const ShellRun& run);
// True if it sends what comes in by its pipe.
bool sends_input(const ShellRun& run);
// True if what it prints comes from a place of secrets or is the environment.
bool prints_secret(const ShellRun& run);

}  // namespace agentmesh::policy::scan
