// Shell takes: what a command takes away, moves or changes with all that it holds: rm -r, mv, rsync, find. For shell.cc alone. Pure
// functions, any thread.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "policy/scan/shell_programs.h"

namespace agentmesh::policy::scan {

// A find that picks what it acts on by name, age, owner, size …
bool narrows(const ShellRun& run);
// The pattern of a find that acts only on what has a name, below where one is: find . -name '*.pyc' -delete. "" if it may act on
// anything.
std::string_view picked_by_name(const ShellRun& run);
// What goes with all it holds by `runs[i]`.
std::vector<std::string> taken_by(const std::vector<ShellRun>& runs, size_t i);

}  // namespace agentmesh::policy::scan
