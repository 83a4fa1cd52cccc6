// Shell entered: the directories that one command makes what follows, or itself, relative to. For shell.cc alone.
//
// Pure functions, any thread.

#pragma once

#include <string>
#include <vector>

#include "policy/scan/shell_programs.h"

namespace agentmesh::policy::scan {

// `cd x`, `pushd x`, a `cd` to the home directory, where a find begins, and options that many programs have for it: -C x, -Cx,
// --directory=x, --chdir x (tar, git, make, env, ninja …).
void add_entered(const ShellRun& run, std::vector<std::string>& out);

}  // namespace agentmesh::policy::scan
