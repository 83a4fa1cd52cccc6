// Strangers: names that nobody has, given to commands that hold for a name. They are taken at their word, and told of.
//
// Thread: any. Cost: the run/ directory, the clients' configurations and the state database are read. Failure: what cannot be read
// knows no names.

#pragma once

#include <string>
#include <string_view>

namespace agentmesh::cli {

// A sentence on stderr if no server of this name ran here, runs, or is wrapped in a client's configuration: `done` and who there is.
void tell_of_stranger(const std::string& server, const std::string& state_dir,
                      std::string_view done);

}  // namespace agentmesh::cli
