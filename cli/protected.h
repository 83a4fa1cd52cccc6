// Protected: what no governed call may touch (policy.md, Self-protection). One list, for the proxy and for `policy explain`.
//
// Cost: some 80 look-ups of links on the disk, and a dozen for each project. Thread: any.

#pragma once

#include <string>
#include <vector>

#include "cli/wrapped.h"
#include "policy/policy.h"

namespace agentmesh::cli {

struct Governing {
  std::string state_dir;
  std::string config_file;                // as --config names it, or the default
  std::vector<std::string> policy_files;  // the policy in force and what it extends
  NamedByOthers others;                   // other proxies' policies, settings and state
  std::vector<std::string> projects;      // directories, absolute: project_directories()
};

// Not to be written: our state, our program, agentmesh.yaml and the directory it lies in by default, the policy's files, the
// clients' own configurations and the files that were wrapped elsewhere, and what other entries of these name for their proxies;
// whether they exist or not. Each absolute, as it is named and as links lead to it. What lies in a home is meant twice: in the one
// that HOME says, and in the one that the user database says.
std::vector<std::string> protected_paths(const Governing& governing);
// Those of them that clients keep in projects.
std::vector<std::string> project_paths(const std::vector<std::string>& projects);
// Where a client's project may be: the working directory, `derived` (roots that a command line names), and the roots of the policy
// (null: none could be loaded). Absolute.
std::vector<std::string> project_directories(std::vector<std::string> derived,
                                             const policy::Policy* policy);
// Not even to be read: our state, others', and the user's own where a variable or an option led us to another; as they are named
// and as links lead to them.
std::vector<std::string> unreadable_paths(const std::string& state_dir,
                                          const NamedByOthers& others);

}  // namespace agentmesh::cli
