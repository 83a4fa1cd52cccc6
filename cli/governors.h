// Governors: the state directories in which a proxy may have noted that this process is below a governed server.
//
// A command is told one directory, by --state-dir or a variable, and a server could name one where nobody knows it. So all are asked
// about: the one given, the usual ones (by this environment and by the user database), those that the user's wrapped entries name,
// and those of the processes above this one, whose own command lines and variables say where a proxy among them keeps its state.
//
// Thread: any. Cost: the clients' files are read, and three files in /proc for each process above. Failure: none; what cannot be
// read names nothing.

#pragma once

#include <string>
#include <vector>

namespace agentmesh::cli {

// Absolute, each once, `given` first. `more`: others that the command knows of.
std::vector<std::string> state_dirs_to_ask(const std::string& given,
                                           const std::vector<std::string>& more = {});

}  // namespace agentmesh::cli
