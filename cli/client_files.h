// Client files: every file here that starts servers through agentmesh or could, and the servers in them.
//
// Thread: any. Cost: the default files of every client are looked for, and read where they are. Failure: a file that cannot be
// read has no servers; `agentmesh doctor` says why, and who gives a place for it is told.

#pragma once

#include <string>
#include <vector>

#include "cli/wrapped.h"
#include "config/paths.h"
#include "integrations/client.h"

namespace agentmesh::cli {

// Those in their usual places that are there, and those that integrations.json remembers as wrapped, there or not. Each file once,
// links followed.
struct FileOfClient {
  const integrations::Client* client;
  std::string file;
  std::string remembered_in;  // the state directory that remembers it; "": it is in its usual place
};
std::vector<FileOfClient> files_of_clients(const std::string& state_dir,
                                           const config::Environment& environment);

// Their servers that keep their state in this directory. `unread` gets why files that are there could not be asked.
std::vector<WrappedServer> wrapped_servers(const std::string& state_dir,
                                           const config::Environment& environment,
                                           std::vector<std::string>* unread = nullptr);

}  // namespace agentmesh::cli
