// Passwd home: where the user's home directory is by the machine's own account of it, whatever HOME says.
//
// For what must not follow a variable: a client's configuration may set HOME for its server, and the proxy in front of it is
// given the same. What governs the user's other servers is protected there too. Everything else asks home_directory() (files.h).
//
// Thread: any. Cost: a look-up in the user database.

#pragma once

#include <string>

namespace agentmesh {

// "" if the user has no entry there (a container's, say).
std::string passwd_home();
// The state directory that everything of this user shares where nothing says otherwise, there or not; "" likewise.
std::string passwd_state_dir();

}  // namespace agentmesh
