#include "cli/policy_in_use.h"

#include <utility>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/files.h"
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

}  // namespace

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
  const policy::Mode mode = choice.mode ? *choice.mode
                            : out.policy && out.policy->mode()
                                ? *out.policy->mode()
                                : choice.fallback.value_or(policy::Mode::kEnforce);
  out.shadow = mode == policy::Mode::kShadow;
  if (diagnostics != nullptr) *diagnostics = std::move(all);
  return out;
}

}  // namespace agentmesh::cli
