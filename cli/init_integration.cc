#include "cli/init_integration.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>

#include "base/files.h"
#include "cli/here.h"
#include "cli/recorder.h"
#include "cli/say.h"
#include "config/config.h"
#include "integrations/init.h"
#include "integrations/own_path.h"
#include "policy/policy.h"

namespace agentmesh::cli {
namespace {

// As it shall stand in an entry: a preset's name, or a file that loads, made absolute. Nothing: it was complained about.
std::optional<std::string> checked_policy(const std::string& given) {
  config::LoadedPolicy loaded = config::load_policy(given);
  if (complain_about(loaded.diagnostics, false) || loaded.failed) return std::nullopt;
  const policy::Policy::Compiled compiled = policy::Policy::compile(std::move(loaded.source));
  if (complain_about(compiled.diagnostics, false) || !compiled.policy) return std::nullopt;
  const auto presets = config::presets();
  const bool preset = std::any_of(presets.begin(), presets.end(),
                                  [&](const config::Builtin& each) { return each.name == given; });
  return preset ? given : lexically_normal(given, current_directory());
}

// What the client's environment will not tell us: clients start servers with HOME and little else.
config::Environment bare(const config::Environment& environment) {
  return [environment](const char* name) -> std::optional<std::string> {
    return std::string_view(name) == "HOME" ? environment(name) : std::nullopt;
  };
}

// `found` if a client's bare environment would lead elsewhere; else "".
std::string unless_default(const std::string& found, const std::string& by_default) {
  return found == by_default ? "" : found;
}

// What the wrapped entries say. Nothing: it was complained about.
std::optional<integrations::RunOptions> run_options(const InitIntegrationOptions& given,
                                                    const std::string& state_dir,
                                                    const config::Environment& environment) {
  integrations::RunOptions run;
  auto self = integrations::own_path(given.self, executable_path(), environment);
  if (!self) {
    complain(self.error().what);
    return std::nullopt;
  }
  run.own_path = std::move(*self);
  if (!given.policy.empty()) {
    auto policy = checked_policy(given.policy);
    if (!policy) return std::nullopt;
    run.policy = std::move(*policy);
  }
  // Settings that do not load would keep every server from starting.
  if (!find_here(given.state_dir, given.config)) return std::nullopt;
  const auto default_state = config::state_directory("", bare(environment));
  run.state_dir = unless_default(state_dir, default_state.value_or(""));
  const auto file = config::config_file(given.config, environment);
  const auto default_file = config::config_file("", bare(environment));
  if (file && (file->required || file_exists(file->path)))
    run.config = unless_default(file->path, default_file ? default_file->path : "");
  return run;
}

}  // namespace

int run_init_integration(const InitIntegrationOptions& given) {
  if (!given.claude) {
    complain("init-integration: name the client: --claude (Claude Desktop)");
    return kUsage;
  }
  const config::Environment environment = config::system_environment();
  auto state_dir = config::state_directory(given.state_dir, environment);
  if (!state_dir) {
    complain(state_dir.error().what);
    return kUsage;
  }
  // A run with --policy could loosen what is wrapped already, so all that writes is for people.
  if (!given.dry_run) {
    const char* command = given.undo ? "init-integration --undo" : "init-integration";
    if (const auto refusal = refusal_of_governed(*state_dir, command)) {
      complain(*refusal);
      return kUsage;
    }
  }
  integrations::InitRequest request;
  request.client = integrations::find_client("claude");
  request.config_path = given.config_path;
  request.servers = given.servers;
  request.dry_run = given.dry_run;
  request.undo = given.undo;
  if (!given.undo) {
    auto run = run_options(given, *state_dir, environment);
    if (!run) return kUsage;
    request.run = std::move(*run);
  }
  request.state_dir = std::move(*state_dir);
  const SystemClock clock;
  const integrations::InitReport report =
      integrations::init_integration(request, environment, clock);
  print(report.out);
  (void)std::fwrite(report.err.data(), 1, report.err.size(), stderr);
  return report.status;
}

}  // namespace agentmesh::cli
