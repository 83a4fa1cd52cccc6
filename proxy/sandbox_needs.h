// What a command needs to run at all: its program, the interpreter of its script, their libraries, a launcher's packages.
//
// A guess, but one that errs on the closed side: a home directory, or one that holds it, is never given because something
// in it is run. Private to sandbox.cc and its tests.
// Thread: any. Cost: a few dozen looks at the disk.

#pragma once

#include <string>
#include <vector>

#include "proxy/sandbox.h"

namespace agentmesh::proxy {

struct CommandNeeds {
  std::vector<std::string> read;
  std::vector<std::string> write;  // caches of launchers that install what they run
};
CommandNeeds command_needs(const SandboxWorld& world);

// What every program reads: /usr, the libraries, /proc, and of /etc what any user may read.
std::vector<std::string> system_places();
// The files and directories below `directory` that any user may read, as few as say it all.
std::vector<std::string> public_parts(const std::string& directory);

}  // namespace agentmesh::proxy
