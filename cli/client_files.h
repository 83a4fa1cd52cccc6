// Client files: every file here that starts servers through agentmesh or could, and the servers in them.
//
// Thread: any. Cost: the default files of every client are looked for, and read where they are. Failure: a file that cannot be
// read has no servers; `agentmesh doctor` says why, and who gives a place for it is told.

#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "cli/wrapped.h"
#include "config/paths.h"
#include "integrations/client.h"
#include "integrations/memory.h"

namespace agentmesh::cli {

// Those in their usual places that are there, and those that integrations.json remembers as wrapped, there or not. Each file once for
// each client and the keys that its name lets count, links followed: several may have servers in one.
struct FileOfClient {
  const integrations::Client* client;
  std::string file;
  std::string remembered_in;  // the state directory that remembers it; "": it is in its usual place
  // By which it was wrapped: its own, or that of a link which led to it and does no more.
  std::string name;
  bool leads_elsewhere =
      false;  // than its name did when it was wrapped: that is not remembered yet
};
std::vector<FileOfClient> files_of_clients(const std::string& state_dir,
                                           const config::Environment& environment);

// What integrations.json remembers as wrapped, in every state directory whose memory counts (governors.h); each row once, with both files
// that it may be now.
std::vector<FileOfClient> remembered_files(const std::string& state_dir);
// What of a file is looked at for a client: two names may let other keys of it count.
using LookedAt = std::tuple<const integrations::Client*, std::string, const void*>;
LookedAt looked_at(const integrations::Client& client, const std::string& file,
                   const std::string& name);
// Where that cannot be told any more.
std::vector<integrations::Forgotten> forgotten_files(const std::string& state_dir);
// What that hides, in a person's words.
std::string what_it_named(const integrations::Forgotten& forgotten);
std::string how_to_mend(const integrations::Forgotten& forgotten);

// Their servers that keep their state in this directory. `unread` gets why files that are there could not be asked, and
// where it is not known any more which were wrapped.
std::vector<WrappedServer> wrapped_servers(const std::string& state_dir,
                                           const config::Environment& environment,
                                           std::vector<std::string>* unread = nullptr);

}  // namespace agentmesh::cli
