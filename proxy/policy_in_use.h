// PolicyInUse: a compiled policy and where it came from, and how a session gets it again while it runs.
//
// The loop never meets YAML: `cli` hands in a Reload function, which the keeper calls; what it returns is swapped in between
// two messages, or refused (governor.h). Thread: values; a Reload runs on the keeper's thread.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.h"
#include "proxy/options.h"

namespace agentmesh::proxy {

// How a remark begins on what a policy asks for and does not get. It is said at the start, whatever becomes of the server.
inline constexpr std::string_view kPolicyAsks = "the policy asks ";

struct PolicyInUse {
  std::shared_ptr<const policy::Policy> policy;  // null: it could not be loaded, `error` says why
  std::string source;                            // "builtin" or a path
  std::string sha256;                            // of its text, 64 hex digits
  std::string error;                             // "team.yaml:3:9: …"
  // For a policy that may change while it is in use:
  std::string fingerprint;  // equal: nothing has changed, in the file or in one that it extends
  std::vector<std::string> files;            // read from disk; they are watched
  std::vector<std::string> protected_paths;  // Options::protected_paths with this policy
  std::vector<std::string> project_paths;    // Options::project_paths with this policy
  std::vector<std::string> projects;         // Options::projects with this policy
  bool shadow = false;                       // Options::shadow with this policy
  std::string mode_said_by;          // "the command line", "/home/me/team.yaml:3"; "": nobody does
  std::vector<std::string> remarks;  // sentences for stderr where this policy comes into use
  std::optional<SandboxOptions>
      sandbox;  // what it asks for; counts when the server starts, not later
};

// Reads the same policy again. Never fails otherwise than by a null policy.
using Reload = std::function<PolicyInUse()>;

}  // namespace agentmesh::proxy
