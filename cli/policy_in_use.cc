#include "cli/policy_in_use.h"

#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/files.h"
#include "cli/approvers.h"
#include "cli/here.h"
#include "cli/protected.h"
#include "config/config.h"
#include "proxy/command_roots.h"

namespace agentmesh::cli {
namespace {

// The files as they are named, and as links lead to them: an edit may come by either.
std::vector<std::string> watched(const std::vector<std::string>& files) {
  std::vector<std::string> out;
  for (const std::string& file : files) {
    out.push_back(file);
    if (auto resolved = resolve_path(file); resolved && *resolved != file)
      out.push_back(std::move(*resolved));
  }
  return out;
}

void add_texts(std::string& out, const policy::PolicySource& source) {
  out += source.identity;
  out += '\0';
  out += source.text;
  out += '\0';
  for (const policy::PolicySource& parent : source.parents) add_texts(out, parent);
}

// The mode in force, and who says so: the command line before the policy's own file, that before agentmesh.yaml.
void set_mode(const PolicyChoice& choice, const policy::PolicySource& source,
              proxy::PolicyInUse& out) {
  const auto own = out.policy ? out.policy->mode() : std::nullopt;
  std::optional<policy::Mode> mode;
  if (choice.mode) {
    mode = choice.mode;
    out.mode_said_by = "the command line";
  } else if (own) {
    mode = own;
    out.mode_said_by = fmt::format("{}:{}", source.origin, source.mode_place.line);
  } else if (choice.settings.mode) {
    mode = choice.settings.mode;
    const policy::Place& place = choice.settings.mode_place;
    out.mode_said_by = fmt::format("{}:{}", place.file, place.line);
  }
  out.shadow = mode == policy::Mode::kShadow;
  if (out.shadow && own == policy::Mode::kEnforce)
    out.remarks.push_back(
        fmt::format("{}for mode enforce; the command line makes it shadow", proxy::kPolicyAsks));
}

}  // namespace

std::optional<policy::Mode> mode_from(const std::string& word) {
  if (word == "enforce") return policy::Mode::kEnforce;
  if (word == "shadow") return policy::Mode::kShadow;
  return std::nullopt;
}

proxy::PolicyInUse policy_in_use(const PolicyChoice& choice,
                                 std::vector<policy::Diagnostic>* diagnostics) {
  proxy::PolicyInUse out;
  config::LoadedPolicy loaded = config::load_policy(choice.policy, config::BuiltinTests::kSkip);
  out.source = loaded.source.origin.empty() ? choice.policy : loaded.source.origin;
  out.sha256 = to_hex(sha256(loaded.source.text));
  std::string texts;
  add_texts(texts, loaded.source);
  std::vector<policy::Diagnostic> all = std::move(loaded.diagnostics);
  if (!loaded.failed) {
    policy::Policy::Compiled compiled = policy::Policy::compile(loaded.source);
    out.policy = std::move(compiled.policy);
    all.insert(all.end(), compiled.diagnostics.begin(), compiled.diagnostics.end());
  }
  for (const policy::Diagnostic& diagnostic : all) {
    if (diagnostic.level != policy::Diagnostic::Level::kError) continue;
    if (out.error.empty()) out.error = to_string(diagnostic);
    texts += to_string(diagnostic);
  }
  out.fingerprint = to_hex(sha256(texts));
  out.projects = project_directories(
      proxy::directories_of_command(choice.command, current_directory(), home_directory()),
      out.policy.get());
  out.protected_paths = protected_paths(
      {choice.state_dir, choice.config_file, loaded.files, choice.others, out.projects});
  out.project_paths = project_paths(out.projects);
  out.files = watched(loaded.files);
  out.sandbox = std::move(loaded.sandbox);
  set_mode(choice, loaded.source, out);
  if (out.policy && !out.policy->approvers().empty()) {
    // Those of this moment, and not those that the proxy may have of its own: `approvals` goes by them.
    const UsualSettings usual = usual_settings();
    for (const NobodyToAsk& each : nobody_to_ask(*out.policy, usual.settings.groups, usual.file))
      out.remarks.push_back(std::string(proxy::kPolicyAsks) + each.what);
  }
  if (diagnostics != nullptr) *diagnostics = std::move(all);
  return out;
}

}  // namespace agentmesh::cli
