// What the proxy in front of an entry runs with: the entry's words before its own settings, these before the usual ones.

#include <utility>

#include "cli/doctor_server.h"
#include "cli/policy_in_use.h"
#include "integrations/own_places.h"
#include "proxy/server_name.h"

namespace agentmesh::cli {
namespace {

using integrations::Entry;
using std::string;

// An option of the entry with what its client fills in; what only that can, is kept apart.
string option(const Patient& patient, const ClientFile& file, const Entry& entry, InUse& now,
              const string& name, std::string_view brief = "") {
  const string given = integrations::run_option(entry, name, brief);
  string unknown;
  auto filled = filled_in(*file.client, given, file.path, patient.environment, unknown);
  if (filled) return std::move(*filled);
  now.unfilled.emplace(name, std::move(unknown));
  return "";
}

// The state directory and the settings of an entry that is wrapped.
void find_places(const Patient& patient, const ClientFile& file, const Entry& entry, InUse& now) {
  const bool elsewhere = integrations::leads_elsewhere(entry);
  const config::Environment started =
      elsewhere ? as_started(*file.client, entry, file.path, patient.environment)
                : patient.environment;
  if (const string given = option(patient, file, entry, now, "--state-dir");
      elsewhere || !given.empty())
    now.state_dir = config::state_directory(given, started).value_or(now.state_dir);
  const string given = option(patient, file, entry, now, "--config");
  if (!elsewhere && given.empty()) return;
  const auto own = config::config_file(given, started);
  if (!own || own->path == patient.config_file) return;
  config::LoadedSettings loaded = config::load_settings(own->path, own->required);
  now.config_file = own->path;
  now.names_policy = !loaded.failed && loaded.settings.policy != patient.settings.policy;
  now.settings = std::move(loaded.settings);
}

}  // namespace

InUse in_use(const Patient& patient, const ClientFile& file, const Entry& entry) {
  InUse now;
  now.server = entry.name;
  now.state_dir = patient.state_dir;
  now.config_file = patient.config_file;
  now.settings = patient.settings;
  string policy;
  if (entry.standing == integrations::Standing::kOurs) {
    find_places(patient, file, entry, now);
    policy = option(patient, file, entry, now, "--policy", "-p");
    now.mode = option(patient, file, entry, now, "--mode");
    const auto& words = entry.words();
    now.command.assign(words.begin() + static_cast<std::ptrdiff_t>(entry.dashes) + 1, words.end());
    now.server = option(patient, file, entry, now, "--name");
    if (now.server.empty()) now.server = proxy::server_name(now.command);
  }
  if (!policy.empty()) now.names_policy = true;
  if (now.unfilled.contains("--policy") || (policy.empty() && now.unfilled.contains("--config")))
    return now;
  now.policy_name = policy.empty() ? now.settings.policy : std::move(policy);
  now.policy = policy_in_use({now.policy_name, now.state_dir, now.config_file, mode_from(now.mode),
                              now.settings, patient.others, now.command});
  return now;
}

}  // namespace agentmesh::cli
