#include "cli/wrapped.h"

#include <algorithm>
#include <optional>

#include "base/files.h"
#include "cli/trial.h"
#include "config/policy_file.h"
#include "integrations/entries.h"
#include "integrations/init.h"
#include "integrations/own_places.h"
#include "proxy/server_name.h"

namespace agentmesh::cli {
namespace {

// Where the proxy of an entry keeps its state: where the entry says, else where the variables lead that it sets, beside the
// little that clients hand on.
std::string state_of(const integrations::Client& client, const integrations::Entry& entry,
                     const std::string& file, const config::Environment& environment) {
  return config::state_directory(integrations::run_option(entry, "--state-dir"),
                                 as_started(client, entry, file, environment))
      .value_or("");
}

}  // namespace

std::vector<WrappedServer> wrapped_servers(const std::string& state_dir,
                                           const config::Environment& environment) {
  std::vector<WrappedServer> servers;
  for (const integrations::Client& client : integrations::clients()) {
    const auto found = integrations::find_file(client, "", environment);
    if (!found) continue;
    std::vector<std::string> files = {found->path};
    files.insert(files.end(), found->others.begin(), found->others.end());
    for (const std::string& file : files) {
      const auto text = read_regular(file);
      if (!text) continue;
      const auto document = integrations::read_document(*text, client, file);
      if (!document) continue;
      for (const integrations::Entry& entry : document->entries) {
        if (entry.standing != integrations::Standing::kOurs) continue;
        if (state_of(client, entry, file, environment) != state_dir) continue;
        std::string name = integrations::run_option(entry, "--name");
        const std::vector<std::string> command(
            entry.words().begin() + static_cast<std::ptrdiff_t>(entry.dashes) + 1,
            entry.words().end());
        if (name.empty()) name = proxy::server_name(command);
        servers.push_back({std::move(name), std::string(client.title), file});
      }
    }
  }
  return servers;
}

NamedByOthers named_by_wrapped(const config::Environment& environment, const std::string& project) {
  constexpr size_t kLongestFile = 4U << 20;
  constexpr size_t kMaxNamed = 64;
  NamedByOthers out;
  std::vector<std::string> policies;
  const auto add = [&](std::vector<std::string>& to, const std::string& path) {
    if (path.empty()) return;
    std::string normal = lexically_normal(path, project);
    if (to.size() < kMaxNamed && std::find(to.begin(), to.end(), normal) == to.end())
      to.push_back(std::move(normal));
  };
  for (const integrations::Client& client : integrations::clients())
    for (const integrations::DefaultFile& file :
         integrations::default_files(client, environment, project)) {
      if (file.only_if_named) continue;  // a project's own word
      const auto text = read_regular(file.path, kLongestFile);
      if (!text || text->find("agentmesh") == std::string::npos) continue;
      const auto document = integrations::read_document(*text, client, file.path);
      if (!document) continue;
      for (const integrations::Entry& entry : document->entries) {
        if (entry.standing != integrations::Standing::kOurs) continue;
        add(out.state_dirs, integrations::run_option(entry, "--state-dir"));
        add(out.files, integrations::run_option(entry, "--config"));
        // A preset's name is no file.
        if (const std::string policy = integrations::run_option(entry, "--policy", "-p");
            policy.find('/') < policy.size())
          add(policies, policy);
      }
    }
  for (const std::string& policy : policies) {
    add(out.files, policy);
    for (const std::string& file : config::load_policy(policy, config::BuiltinTests::kSkip).files)
      add(out.files, file);
  }
  return out;
}

}  // namespace agentmesh::cli
