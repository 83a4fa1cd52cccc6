// What every program on this machine may read: /usr, the libraries, /proc, and of /etc what any user may read.
//
// Private to the sandbox and its tests. Thread: any. Cost: a look at every file of /etc.

#pragma once

#include <string>
#include <vector>

namespace agentmesh::proxy {

std::vector<std::string> system_places();
// The files and directories below `directory` that any user may read, as few as say it all.
std::vector<std::string> public_parts(const std::string& directory);

}  // namespace agentmesh::proxy
