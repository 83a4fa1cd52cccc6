// What a command needs to run at all: its program, the interpreter of its script, their libraries, a launcher's packages.
//
// A guess, but one that errs on the closed side: a home directory, or one that holds it, is never given because something
// in it is run; and what the server itself could have written (a link, a script's first line) leads to nothing new.
// Private to sandbox.cc and its tests.
// Thread: any. Cost: a few dozen looks at the disk.

#pragma once

#include <string>
#include <vector>

#include "proxy/sandbox.h"

namespace agentmesh::proxy {

class Grants;

// Caches of launchers that install what they run: to be written.
std::vector<std::string> launcher_caches(const SandboxWorld& world);

struct Need {
  std::string path;
  std::string led_by;  // as in Wish
  // What lies in it, of a directory that is needed whole since no package says what belongs there; "": none.
  std::string_view for_the_sake_of;
};
// To be read. `grants`: with what the server is to write in it.
std::vector<Need> command_needs(const SandboxWorld& world, const Grants& grants);

}  // namespace agentmesh::proxy
