// Wrapped: what entries that start agentmesh say of their proxies: names, state directories, settings, policies.
//
// Thread: any. Cost: the files that are asked about, or the default ones of every client, are read. Failure: a file that cannot be
// read has no servers; `agentmesh doctor` says why.

#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/paths.h"
#include "integrations/client.h"

namespace agentmesh::cli {

struct WrappedServer {
  std::string name;    // as policy, trust and log know it
  std::string client;  // "Claude Desktop"
  std::string file;
  size_t line = 0;   // where its entry begins in the file
  size_t begin = 0;  // the same in bytes
};
// Those of one file, read as one of that name (client_files.h). `state_dir`: entries that keep their state elsewhere are left out.
// Error: the file is there and cannot be read.
Result<std::vector<WrappedServer>> wrapped_in(const integrations::Client& client,
                                              const std::string& file, const std::string& name,
                                              const std::string& state_dir,
                                              const config::Environment& environment);

// What the entries that start agentmesh name for their proxies, or lead them to by the variables that they set, absolute: settings,
// policy files and what these extend, state directories. Of the user's configurations, and of the files that were wrapped elsewhere and
// are remembered (see remembering_state_dirs); not of a project's, which could name anything. At most 64 of each.
struct NamedByOthers {
  std::vector<std::string> files;  // policies and settings
  std::vector<std::string> state_dirs;
  std::vector<std::string> remembering;  // state directories whose memory of wrapped files counts
};
NamedByOthers named_by_wrapped(const config::Environment& environment,
                               const std::string& state_dir);

// Of these only the state directories; nothing else is read for them. `known`: those that are asked first.
std::vector<std::string> named_state_dirs(const config::Environment& environment,
                                          const std::vector<std::string>& known);
// The state directories whose memory of wrapped files counts: `known`, and those that entries in the clients' usual places name. What a
// remembered file names has no say in it: whoever may write that file could lead us to any other.
std::vector<std::string> remembering_state_dirs(const config::Environment& environment,
                                                const std::vector<std::string>& known);
// The same of one client's file, whoever's it is.
std::vector<std::string> state_dirs_in(const integrations::Client& client, const std::string& file,
                                       const std::string& name,
                                       const config::Environment& environment);

// Whether it is a file that clients keep in projects, by its name or that of the file that it leads to: whoever wrote the project wrote
// it.
bool is_of_a_project(const std::string& file);

}  // namespace agentmesh::cli
