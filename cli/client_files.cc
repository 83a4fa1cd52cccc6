#include "cli/client_files.h"

#include <iterator>
#include <set>
#include <utility>

#include "base/files.h"
#include "cli/governors.h"
#include "integrations/init.h"
#include "integrations/memory.h"

namespace agentmesh::cli {

std::vector<FileOfClient> files_of_clients(const std::string& state_dir,
                                           const config::Environment& environment) {
  std::vector<FileOfClient> files;
  std::set<std::string> seen;
  const auto add = [&](const integrations::Client& client, std::string file, std::string in) {
    if (seen.insert(resolve_path(file).value_or(file)).second)
      files.push_back({&client, std::move(file), std::move(in)});
  };
  for (const integrations::Client& client : integrations::clients())
    for (std::string& file : integrations::files_here(client, environment))
      add(client, std::move(file), "");
  for (const std::string& asked : state_dirs_to_ask(state_dir))
    for (const integrations::WrappedFile& wrapped : integrations::remembered(asked).files)
      if (const auto* const client = integrations::find_client(wrapped.client); client != nullptr)
        add(*client, wrapped.file, asked);
  return files;
}

std::vector<WrappedServer> wrapped_servers(const std::string& state_dir,
                                           const config::Environment& environment,
                                           std::vector<std::string>* unread) {
  std::vector<WrappedServer> servers;
  for (const FileOfClient& one : files_of_clients(state_dir, environment)) {
    auto more = wrapped_in(*one.client, one.file, state_dir, environment);
    if (!more) {
      const std::string& why = more.error().what;
      if (unread != nullptr)
        unread->push_back(why.find(one.file) == std::string::npos ? one.file + ":" + why : why);
      continue;
    }
    std::move(more->begin(), more->end(), std::back_inserter(servers));
  }
  return servers;
}

}  // namespace agentmesh::cli
