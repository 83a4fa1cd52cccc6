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
  std::vector<std::string>
      wide;  // of `read`: whole directories, for the sake of one script in them
};
CommandNeeds command_needs(const SandboxWorld& world);

}  // namespace agentmesh::proxy
