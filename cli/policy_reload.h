// agentmesh policy reload: running proxies read their policies again, and may take one that is looser than a strict one.

#pragma once

#include <string>

#include "cli/recorder.h"

namespace agentmesh::cli {

struct PolicyReloadOptions {
  std::string state_dir;
  std::string log;  // the name of the audit log, in which the proxies answer
  bool json =
      false;  // {"proxies": n, "answers": [{"policy","source","rules"} | {"policy","source","error"}]}
};
// 0: every running proxy has taken its policy (or none runs). 1: one refused it, or did not answer in time. 2: bad usage,
// or a descendant of a governed server.
int policy_reload(const PolicyReloadOptions& options, const Recorder& record);

}  // namespace agentmesh::cli
