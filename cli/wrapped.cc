#include "cli/wrapped.h"

#include <algorithm>
#include <cerrno>
#include <set>
#include <string_view>
#include <utility>

#include "base/files.h"
#include "base/passwd_home.h"
#include "cli/trial.h"
#include "config/policy_file.h"
#include "config/settings.h"
#include "integrations/client_file.h"
#include "integrations/entries.h"
#include "integrations/memory.h"
#include "integrations/own_places.h"
#include "proxy/server_name.h"

namespace agentmesh::cli {
namespace {

// An entry that starts agentmesh.
struct Wrapped {
  const integrations::Client& client;
  const integrations::Entry& entry;
  const std::string& file;  // by its name
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

// `name`: by which the file is read.
template <class Take>
Result<void> each_wrapped(const integrations::Client& client, const std::string& file,
                          const std::string& name, const config::Environment& environment,
                          Take take) {
  const auto text = integrations::read_client_file(file);
  if (!text) return tl::unexpected(text.error());
  if (text->find("agentmesh") == std::string::npos) return {};
  const auto document = integrations::read_document(*text, client, name);
  if (!document) return tl::unexpected(document.error());
  for (const integrations::Entry& entry : document->entries)
    if (entry.standing == integrations::Standing::kOurs)
      take(Wrapped{client, entry, name, environment});
  return {};
}

void add_new(std::vector<std::string>& to, std::string path) {
  if (!path.empty() && std::find(to.begin(), to.end(), path) == to.end())
    to.push_back(std::move(path));
}

template <class Take>
void each_in_usual_places(const config::Environment& environment, Take take) {
  for (const integrations::Client& client : integrations::clients())
    for (const integrations::DefaultFile& file :
         integrations::default_files(client, environment, ""))
      (void)each_wrapped(client, file.path, file.path, environment, take);
}

// Those of the user's own files: in their usual places, and remembered in `states`, to which what the former name is added. What cannot be
// read names nothing.
template <class Take>
void each_of_users(const config::Environment& environment, std::vector<std::string>& states,
                   Take take) {
  each_in_usual_places(environment, [&](const Wrapped& wrapped) {
    add_new(states, wrapped.state_dir());
    take(wrapped);
  });
  std::set<integrations::WrappedFile> seen;
  for (const std::string& state : states) {
    if (state.empty()) continue;
    for (const integrations::WrappedFile& one : integrations::remembered(state).files)
      if (const auto* const client = integrations::find_client(one.client);
          client != nullptr && !is_of_a_project(one.file) && seen.insert(one).second)
        for (const std::string& file : integrations::files_of(one))
          if (!is_of_a_project(file))
            (void)each_wrapped(*client, file, one.file, environment, take);
  }
}

// A preset's name is no file.
bool names_file(const std::string& policy) { return policy.find('/') < policy.size(); }

}  // namespace

Result<std::vector<WrappedServer>> wrapped_in(const integrations::Client& client,
                                              const std::string& file, const std::string& name,
                                              const std::string& state_dir,
                                              const config::Environment& environment) {
  std::vector<WrappedServer> servers;
  const auto read = each_wrapped(client, file, name, environment, [&](const Wrapped& wrapped) {
    if (wrapped.state_dir() != state_dir) return;
    std::string server = wrapped.option("--name");
    const auto& words = wrapped.entry.words();
    if (server.empty())
      server = proxy::server_name(
          {words.begin() + static_cast<std::ptrdiff_t>(wrapped.entry.dashes) + 1, words.end()});
    servers.push_back({std::move(server), std::string(client.title), file, wrapped.entry.line,
                       wrapped.entry.begin});
  });
  if (!read && read.error().errno_value != ENOENT && read.error().errno_value != ENOTDIR)
    return tl::unexpected(read.error());
  return servers;
}

std::vector<std::string> named_state_dirs(const config::Environment& environment,
                                          const std::vector<std::string>& known) {
  std::vector<std::string> out;
  std::vector<std::string> states = known;
  each_of_users(environment, states,
                [&out](const Wrapped& wrapped) { add_new(out, wrapped.state_dir()); });
  return out;
}

std::vector<std::string> remembering_state_dirs(const config::Environment& environment,
                                                const std::vector<std::string>& known) {
  std::vector<std::string> out = known;
  each_in_usual_places(environment,
                       [&out](const Wrapped& wrapped) { add_new(out, wrapped.state_dir()); });
  return out;
}

std::vector<std::string> state_dirs_in(const integrations::Client& client, const std::string& file,
                                       const std::string& name,
                                       const config::Environment& environment) {
  std::vector<std::string> out;
  (void)each_wrapped(client, file, name, environment,
                     [&out](const Wrapped& wrapped) { add_new(out, wrapped.state_dir()); });
  return out;
}

bool is_of_a_project(const std::string& file) {
  const auto is_called_so = [](const std::string& path) {
    // Beside those that clients read by themselves, what is opened, or made, with a project.
    if (path.ends_with(".code-workspace") || path.ends_with("/.devcontainer.json") ||
        path.find("/.devcontainer/") != std::string::npos)
      return true;
    const auto names = integrations::project_files();
    return std::any_of(names.begin(), names.end(), [&path](const std::string& name) {
      std::string place = "/" + name;
      if (place.ends_with("/*")) place.resize(place.size() - 2);
      return path.ends_with(place) || path.find(place + "/") != std::string::npos;
    });
  };
  return is_called_so(file) || is_called_so(resolve_path(file).value_or(file));
}

NamedByOthers named_by_wrapped(const config::Environment& environment,
                               const std::string& state_dir) {
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
  std::vector<std::string> states = {
      state_dir, config::state_directory("", environment).value_or(""), passwd_state_dir()};
  each_of_users(environment, states, [&](const Wrapped& wrapped) {
    add(out.state_dirs, wrapped.state_dir());
    add(settings, wrapped.config_file());
    if (const std::string policy = wrapped.option("--policy", "-p"); names_file(policy))
      add(policies, policy);
  });
  for (const std::string& state : states) add(out.remembering, state);
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
