// `sandbox:` of a policy file: a level alone, or a map of what the kernel holds and what it lets through.
//
//     sandbox: files+net            # or
//     sandbox: { level: files, roots: read, read: [~/models], write: [~/.cache/x], env: [GITHUB_*], unix_sockets: true }
//
// Pure; errors name the place and the key's path.

#pragma once

#include <optional>

#include "config/yaml.h"
#include "proxy/options.h"

namespace agentmesh::config {

std::optional<proxy::SandboxOptions> read_sandbox(const Node& node, Findings& out);

// What a policy and its parents ask for together: the strictest level and the strictest use of roots of all, the rest as
// the file nearest to the policy says (`nearer` comes first).
void add_sandbox(std::optional<proxy::SandboxOptions>& nearer,
                 const std::optional<proxy::SandboxOptions>& parent);

}  // namespace agentmesh::config
