// Shell inside: the commands that one command hands to somebody else to run: an interpreter's program, another machine, a container.
// For shell.cc alone.
//
// Pure functions, any thread.

#pragma once

#include <string>
#include <vector>

#include "policy/scan/shell_programs.h"

namespace agentmesh::policy::scan {

// Command lines in the order they stand; empty for a command that runs none. What runs elsewhere has other files.
struct Inside {
  std::vector<std::string> lines;
  bool elsewhere = false;
};
Inside commands_inside(const ShellRun& run);

// True if the program given to an interpreter takes a whole system or home away by itself: shutil.rmtree('/').
bool program_wipes(const ShellRun& run);

// True if the command takes a database's data away: psql -c 'DROP DATABASE x'.
bool database_wipes(const ShellRun& run);

}  // namespace agentmesh::policy::scan
