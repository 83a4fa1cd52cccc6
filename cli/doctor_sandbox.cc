// policy.sandbox of one entry: what its start would say of the walls, besides what the kernel can do (doctor.cc).

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/doctor_server.h"
#include "cli/policy_in_use.h"
#include "cli/protected.h"
#include "config/paths.h"
#include "config/settings.h"
#include "proxy/enclosure.h"

namespace agentmesh::cli {

using std::string;

void check_walls(const Patient& patient, const ClientFile& file, const integrations::Entry& entry,
                 const Walls& walls) {
  const auto& words = entry.words();
  if (entry.dashes + 1 >= words.size()) return;
  string config_file = patient.config_file;
  string policy_by_default = patient.settings.policy;
  if (!walls.config.empty()) {
    const auto own = config::config_file(walls.config, patient.environment);
    if (!own) return;
    config_file = own->path;
    policy_by_default = config::load_settings(own->path, own->required).settings.policy;
  }
  proxy::Options options;
  options.command.assign(words.begin() + static_cast<std::ptrdiff_t>(entry.dashes) + 1,
                         words.end());
  const proxy::PolicyInUse policy =
      policy_in_use({walls.policy.empty() ? policy_by_default : walls.policy,
                     walls.state_dir.empty() ? patient.state_dir : walls.state_dir, config_file,
                     std::nullopt, std::nullopt, patient.others, options.command});
  if (!policy.policy) return;  // policy.loads says so
  if (policy.sandbox) options.sandbox = *policy.sandbox;
  if (walls.level == "off") options.sandbox.level = proxy::SandboxLevel::kOff;
  if (walls.level.starts_with("files") && options.sandbox.level == proxy::SandboxLevel::kOff)
    options.sandbox.level = proxy::SandboxLevel::kFiles;
  if (options.sandbox.level == proxy::SandboxLevel::kOff) return;
  options.state_dir = walls.state_dir.empty() ? patient.state_dir : walls.state_dir;
  options.protected_paths = policy.protected_paths;
  options.project_paths = policy.project_paths;
  options.projects = policy.projects;
  options.unreadable_paths = unreadable_paths("", patient.others);
  const auto remarks = proxy::planned_remarks(options, *policy.policy);
  if (!remarks.empty())
    about(patient, file, entry, "policy.sandbox", CheckStatus::kWarn,
          fmt::format("{}", fmt::join(remarks, "; ")),
          "docs/sandbox.md says what stays closed, and how to open it");
}

}  // namespace agentmesh::cli
