// Wrapped: what entries that start agentmesh say of their proxies: names, state directories, settings, policies.
//
// Thread: any. Cost: the files that are asked about, or the default ones of every client, are read. Failure: a file that cannot be
// read has no servers; `agentmesh doctor` says why.

#pragma once

#include <string>
#include <vector>

#include "config/paths.h"
#include "integrations/client.h"

namespace agentmesh::cli {

struct WrappedServer {
  std::string name;    // as policy, trust and log know it
  std::string client;  // "Claude Desktop"
  std::string file;
};
// Those of one file. `state_dir`: entries that keep their state elsewhere are left out.
std::vector<WrappedServer> wrapped_in(const integrations::Client& client, const std::string& file,
                                      const std::string& state_dir,
                                      const config::Environment& environment);

// What the entries that start agentmesh name for their proxies, or lead them to by the variables that they set, absolute: settings,
// policy files and what these extend, state directories. Of the user's configurations, not of a project's, which could name
// anything; at most 4 MiB a file and 64 of each.
struct NamedByOthers {
  std::vector<std::string> files;  // policies and settings
  std::vector<std::string> state_dirs;
};
NamedByOthers named_by_wrapped(const config::Environment& environment);

// Of these only the state directories, as they are written; nothing else is read for them.
std::vector<std::string> named_state_dirs(const config::Environment& environment);
// The same of one client's file, whoever's it is.
std::vector<std::string> state_dirs_in(const integrations::Client& client, const std::string& file,
                                       const config::Environment& environment);

}  // namespace agentmesh::cli
