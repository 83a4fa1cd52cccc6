#include "cli/proxy.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "audit/log.h"
#include "base/bytes.h"
#include "base/crypto.h"
#include "base/files.h"
#include "cli/here.h"
#include "cli/say.h"
#include "config/config.h"
#include "policy/policy.h"
#include "proxy/proxy.h"
#include "proxy/server_name.h"

namespace agentmesh::cli {
namespace {

proxy::Footer footer_from(const std::string& word) {
  if (word == "text") return proxy::Footer::kText;
  if (word == "meta") return proxy::Footer::kMeta;
  return word == "off" ? proxy::Footer::kOff : proxy::Footer::kBoth;
}

audit::Durability durability_from(const std::string& word) {
  if (word == "queued") return audit::Durability::kQueued;
  return word == "durable" ? audit::Durability::kDurable : audit::Durability::kWritten;
}

// The policy, compiled; nothing if it was complained about.
struct Loaded {
  proxy::PolicyInUse in_use;
  std::vector<std::string> files;
};
std::optional<Loaded> load(const std::string& name) {
  config::LoadedPolicy loaded = config::load_policy(name);
  if (complain_about(loaded.diagnostics, false) || loaded.failed) return std::nullopt;
  Loaded result;
  result.files = std::move(loaded.files);
  result.in_use.source = loaded.source.origin;
  result.in_use.sha256 = to_hex(sha256(loaded.source.text));
  policy::Policy::Compiled compiled = policy::Policy::compile(std::move(loaded.source));
  if (complain_about(compiled.diagnostics, false) || !compiled.policy) return std::nullopt;
  result.in_use.policy = std::move(compiled.policy);
  return result;
}

// What no governed call may touch: our state, our binary, the policy's files, and the clients' own configurations.
std::vector<std::string> protected_paths(const Here& here,
                                         const std::vector<std::string>& policy_files) {
  std::vector<std::string> paths = {here.state_dir, executable_path()};
  const std::string directory = current_directory();
  for (const std::string& file : policy_files) paths.push_back(lexically_normal(file, directory));
  for (std::string& file : config::client_files(config::system_environment(), directory))
    paths.push_back(std::move(file));
  // The same places as links lead to them.
  const size_t written = paths.size();
  for (size_t i = 0; i < written; ++i)
    if (auto resolved = resolve_path(paths[i]); resolved && *resolved != paths[i])
      paths.push_back(std::move(*resolved));
  return paths;
}

}  // namespace

int run_proxy(const ProxyOptions& given) {
  if (given.command.empty()) {
    complain(
        "give the server's command behind --, such as: agentmesh proxy -- npx -y @modelcontextprotocol/server-memory");
    return kUsage;
  }
  std::optional<Here> here = find_here(given.state_dir, given.config);
  if (!here) return kUsage;
  const std::optional<Loaded> policy =
      load(given.policy.empty() ? here->settings.policy : given.policy);
  if (!policy) return kUsage;

  proxy::Options options = std::move(here->settings.proxy);
  options.command = given.command;
  options.server = given.name.empty() ? proxy::server_name(given.command) : given.name;
  if (!given.agent.empty()) options.agent = given.agent;
  if (!given.mode.empty()) {
    options.shadow = given.mode == "shadow";
  } else if (const auto mode = policy->in_use.policy->mode()) {
    options.shadow = *mode == policy::Mode::kShadow;
  } else if (here->settings.mode) {
    options.shadow = *here->settings.mode == policy::Mode::kShadow;
  }
  if (!given.footer.empty()) options.footer = footer_from(given.footer);
  if (!given.deny_as.empty())
    options.deny_as = given.deny_as == "error" ? proxy::DenyAs::kError : proxy::DenyAs::kResult;
  if (!given.durability.empty()) options.audit.durability = durability_from(given.durability);
  if (!here->settings.on_damage_given && policy->in_use.policy->name() == "strict")
    options.audit.on_damage = audit::OnDamage::kDeny;
  options.pump_only = given.pump;
  options.protected_paths = protected_paths(*here, policy->files);

  if (auto usable = audit::check_options(options.audit); !usable) {
    complain(usable.error().what);
    return kUsage;
  }
  if (auto made = make_directories(options.state_dir, 0700); !made) {
    complain(made.error().what);
    return kUsage;
  }
  return proxy::run(options, policy->in_use);
}

}  // namespace agentmesh::cli
