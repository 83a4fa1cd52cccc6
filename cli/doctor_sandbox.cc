// policy.sandbox: what of a policy's level this kernel holds, and for one entry its own level and what its start would say of the walls.

#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/doctor_server.h"
#include "cli/protected.h"
#include "config/policy_file.h"
#include "integrations/own_places.h"
#include "proxy/enclosure.h"
#include "proxy/sandbox.h"

namespace agentmesh::cli {

namespace {

using proxy::SandboxLevel;
using std::string;

// How a level is held here.
struct Held {
  CheckStatus status;
  string detail, fix;
};
Held held(SandboxLevel level, std::string_view lower_it) {
  const proxy::KernelSupport support = proxy::kernel_support();
  if (const auto possible = proxy::check_support(level, support); !possible)
    return {CheckStatus::kFail, possible.error().what,
            fmt::format("a newer kernel, or a lower level {}: docs/sandbox.md", lower_it)};
  const string in_force = fmt::format("{}: {}", to_string(level),
                                      fmt::join(proxy::describe_support(level, support), "; "));
  if (!proxy::not_enforced(level, support).empty())
    return {CheckStatus::kWarn, in_force, "a newer kernel holds all of it: docs/sandbox.md"};
  return {CheckStatus::kGood, in_force, ""};
}

std::optional<SandboxLevel> level_of(std::string_view word) {
  for (const SandboxLevel level :
       {SandboxLevel::kOff, SandboxLevel::kFiles, SandboxLevel::kFilesAndNet})
    if (to_string(level) == word) return level;
  return std::nullopt;
}

// The level that the entry itself asks for, which beats the policy's. The policy's own is told with the policy.
void check_own_level(const Patient& patient, const ClientFile& file,
                     const integrations::Entry& entry, SandboxLevel of_policy, const string& word) {
  const string place = fmt::format("{}:{}", file.path, entry.line);
  const auto own = level_of(word);
  if (!own) {
    about(patient, file, entry, "policy.sandbox", CheckStatus::kFail,
          fmt::format("--sandbox {} is no level: its proxy does not start", word),
          fmt::format("off, files or files+net, at {}", place));
    return;
  }
  Held now = *own == SandboxLevel::kOff ? Held{CheckStatus::kSkip, "off", ""}
                                        : held(*own, "in the entry at " + place);
  now.detail += " (--sandbox of the entry)";
  if (*own < of_policy) {
    now.detail += fmt::format("; the policy asks for {}", to_string(of_policy));
    if (now.status != CheckStatus::kFail) {
      now.status = CheckStatus::kWarn;
      now.fix = fmt::format("take --sandbox out of the entry at {}, if that is not meant", place);
    }
  }
  about(patient, file, entry, "policy.sandbox", now.status, std::move(now.detail),
        std::move(now.fix));
}

}  // namespace

void check_level(const Patient& patient, const string& policy) {
  const auto asked = config::load_policy(policy).sandbox;
  if (!asked || asked->level == SandboxLevel::kOff) return;
  Held now = held(asked->level, "in the policy");
  patient.add("policy.sandbox", now.status, policy, std::move(now.detail), std::move(now.fix));
}

void check_walls(const Patient& patient, const ClientFile& file, const integrations::Entry& entry,
                 const InUse& now) {
  if (!now.policy.policy) return;  // policy.loads says so
  proxy::Options options;
  options.command = now.command;
  if (now.policy.sandbox) options.sandbox = *now.policy.sandbox;
  if (const string level = integrations::run_option(entry, "--sandbox"); !level.empty()) {
    check_own_level(patient, file, entry, options.sandbox.level, level);
    options.sandbox.level = level_of(level).value_or(SandboxLevel::kOff);
  }
  if (options.sandbox.level == SandboxLevel::kOff) return;
  options.state_dir = now.state_dir;
  options.protected_paths = now.policy.protected_paths;
  options.project_paths = now.policy.project_paths;
  options.projects = now.policy.projects;
  options.unreadable_paths = unreadable_paths("", patient.others);
  const auto remarks = proxy::planned_remarks(options, *now.policy.policy);
  if (!remarks.empty())
    about(patient, file, entry, "policy.sandbox", CheckStatus::kWarn,
          fmt::format("{}", fmt::join(remarks, "; ")),
          "docs/sandbox.md says what stays closed, and how to open it");
}

}  // namespace agentmesh::cli
