// Leftovers: the temporary files of runs that were killed before they could rename or remove them.
//
// Order: under the lock that every writer of such a file holds. Thread: any. Cost: one directory is listed.
// Failure: none; what cannot be removed stays.

#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace agentmesh::integrations {

// Removes from `directory` the regular files that are called `front`, six letters or digits (as mkstemp makes them), `back`,
// that are ours or of `owner`, and that no process holds locked.
void remove_leftovers(const std::string& directory, std::string_view front, std::string_view back,
                      uid_t owner);

}  // namespace agentmesh::integrations
