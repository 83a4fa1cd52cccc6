#include "cli/wrapped.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/files.h"
#include "cli/trial.h"
#include "config/policy_file.h"
#include "config/settings.h"
#include "integrations/entries.h"
#include "integrations/init.h"
#include "integrations/own_places.h"
#include "proxy/server_name.h"

namespace agentmesh::cli {
namespace {

constexpr size_t kLongestFile = 4U << 20;

// An entry that starts agentmesh.
struct Wrapped {
  const integrations::Client& client;
  const integrations::Entry& entry;
  const std::string& file;
  const config::Environment& environment;

  // Its option as the proxy is given it; what only the client can fill in stays as it is.
  std::string option(std::string_view name, std::string_view letter = {}) const {
    const std::string given = integrations::run_option(entry, name, letter);
    std::string unknown;
    return filled_in(client, given, file, environment, unknown).value_or(given);
  }
  // Where its proxy keeps its state and finds its settings: where the entry says, else where the variables lead that it sets,
  // beside the little that clients hand on.
  std::string state_dir() const {
    return config::state_directory(option("--state-dir"),
                                   as_started(client, entry, file, environment))
        .value_or("");
  }
  std::string config_file() const {
    const auto found =
        config::config_file(option("--config"), as_started(client, entry, file, environment));
    return found ? found->path : "";
  }
};

template <class Take>
void each_wrapped(const integrations::Client& client, const std::string& file,
                  const config::Environment& environment, Take take) {
  const auto text = read_regular(file, kLongestFile);
  if (!text || text->find("agentmesh") == std::string::npos) return;
  const auto document = integrations::read_document(*text, client, file);
  if (!document) return;
  for (const integrations::Entry& entry : document->entries)
    if (entry.standing == integrations::Standing::kOurs)
      take(Wrapped{client, entry, file, environment});
}

// A preset's name is no file.
bool names_file(const std::string& policy) { return policy.find('/') < policy.size(); }

}  // namespace

std::vector<WrappedServer> wrapped_in(const integrations::Client& client, const std::string& file,
                                      const std::string& state_dir,
                                      const config::Environment& environment) {
  std::vector<WrappedServer> servers;
  each_wrapped(client, file, environment, [&](const Wrapped& wrapped) {
    if (wrapped.state_dir() != state_dir) return;
    std::string name = wrapped.option("--name");
    const auto& words = wrapped.entry.words();
    if (name.empty())
      name = proxy::server_name(
          {words.begin() + static_cast<std::ptrdiff_t>(wrapped.entry.dashes) + 1, words.end()});
    servers.push_back({std::move(name), std::string(client.title), file});
  });
  return servers;
}

std::vector<std::string> named_state_dirs(const config::Environment& environment) {
  std::vector<std::string> out;
  for (const integrations::Client& client : integrations::clients())
    for (const integrations::DefaultFile& file :
         integrations::default_files(client, environment, ""))
      for (std::string& state : state_dirs_in(client, file.path, environment))
        out.push_back(std::move(state));
  return out;
}

std::vector<std::string> state_dirs_in(const integrations::Client& client, const std::string& file,
                                       const config::Environment& environment) {
  std::vector<std::string> out;
  each_wrapped(client, file, environment,
               [&out](const Wrapped& wrapped) { out.push_back(wrapped.state_dir()); });
  return out;
}

NamedByOthers named_by_wrapped(const config::Environment& environment) {
  constexpr size_t kMaxNamed = 64;
  NamedByOthers out;
  std::vector<std::string> policies;
  const auto add = [](std::vector<std::string>& to, const std::string& path) {
    if (path.empty() || path == integrations::kNoSettings) return;
    std::string normal = lexically_normal(path, current_directory());
    if (to.size() < kMaxNamed && std::find(to.begin(), to.end(), normal) == to.end())
      to.push_back(std::move(normal));
  };
  std::vector<std::string> settings;
  for (const integrations::Client& client : integrations::clients())
    for (const integrations::DefaultFile& file :
         integrations::default_files(client, environment, ""))
      each_wrapped(client, file.path, environment, [&](const Wrapped& wrapped) {
        add(out.state_dirs, wrapped.state_dir());
        add(settings, wrapped.config_file());
        if (const std::string policy = wrapped.option("--policy", "-p"); names_file(policy))
          add(policies, policy);
      });
  for (const std::string& file : settings) {
    add(out.files, file);
    if (const std::string policy = config::load_settings(file, false).settings.policy;
        names_file(policy))
      add(policies, policy);
  }
  for (const std::string& policy : policies) {
    add(out.files, policy);
    for (const std::string& file : config::load_policy(policy, config::BuiltinTests::kSkip).files)
      add(out.files, file);
  }
  return out;
}

}  // namespace agentmesh::cli
