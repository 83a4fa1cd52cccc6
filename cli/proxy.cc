#include "cli/proxy.h"

#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "audit/log.h"
#include "base/files.h"
#include "cli/here.h"
#include "cli/policy_in_use.h"
#include "cli/protected.h"
#include "cli/say.h"
#include "config/paths.h"
#include "integrations/client.h"
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

// The command line's level beats the policy's, as --mode does; what else the policy declares stays.
void set_sandbox(const std::string& word, const std::optional<proxy::SandboxOptions>& policy,
                 proxy::Options& options) {
  if (policy) options.sandbox = *policy;
  if (word.empty()) return;
  const proxy::SandboxLevel asked = options.sandbox.level;
  options.sandbox.level = word == "off"     ? proxy::SandboxLevel::kOff
                          : word == "files" ? proxy::SandboxLevel::kFiles
                                            : proxy::SandboxLevel::kFilesAndNet;
  if (options.sandbox.level < asked) options.sandbox_refused = asked;
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
  const NamedByOthers others = named_by_wrapped(config::system_environment(), here->state_dir);
  const PolicyChoice choice{given.policy.empty() ? here->settings.policy : given.policy,
                            here->state_dir,
                            here->config_file,
                            mode_from(given.mode),
                            here->settings,
                            others,
                            given.command};
  std::vector<policy::Diagnostic> diagnostics;
  const proxy::PolicyInUse policy = policy_in_use(choice, &diagnostics);
  if (complain_about(diagnostics, false) || !policy.policy) {
    if (given.policy.empty()) complain_of_choice(here->settings);
    return kUsage;
  }

  proxy::Options options = std::move(here->settings.proxy);
  options.command = given.command;
  options.server = given.name.empty() ? proxy::server_name(given.command) : given.name;
  // The client may have set what its user's terminal has not.
  options.state_words = config::state_words(
      options.state_dir, {config::system_environment(), config::passwd_environment()});
  options.audit.state_words = options.state_words;
  if (!given.agent.empty()) options.agent = given.agent;
  options.shadow = policy.shadow;
  if (!given.footer.empty()) options.footer = footer_from(given.footer);
  if (!given.deny_as.empty())
    options.deny_as = given.deny_as == "error" ? proxy::DenyAs::kError : proxy::DenyAs::kResult;
  if (!given.durability.empty()) options.audit.durability = durability_from(given.durability);
  if (!here->settings.on_damage_given && policy.policy->name() == "strict")
    options.audit.on_damage = audit::OnDamage::kDeny;
  // Where the policy only looks, nothing else interferes either (shadow mode sees to itself).
  options.breaker_on = policy.policy->name() != "permissive";
  set_sandbox(given.sandbox, policy.sandbox, options);
  options.pump_only = given.pump;
  options.protected_paths = policy.protected_paths;
  options.project_paths = policy.project_paths;
  options.projects = policy.projects;
  options.project_files = integrations::project_files();
  options.unreadable_paths = unreadable_paths("", others);

  if (auto usable = audit::check_options(options.audit); !usable) {
    complain(usable.error().what);
    return kUsage;
  }
  if (auto made = make_directories(options.state_dir, 0700); !made) {
    complain(made.error().what);
    return kUsage;
  }
  return proxy::run(options, policy, [choice] { return policy_in_use(choice); });
}

}  // namespace agentmesh::cli
