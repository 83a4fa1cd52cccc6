// Recorded: a call of which the log's facts are left (audit.md, `facts`), as `policy replay` asks about it.
//
// Thread: values. What the log does not keep is unknown to conditions: they fail where it decides, and the verdict says that it is
// not sure (Verdict::unsure). Arguments, paths, hosts and tables are known where the payload was kept (Input::args beside
// this); where the roots lay, and what a relative path was relative to, is not.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "policy/verdict.h"

namespace agentmesh::policy {

struct Recorded {
  std::string type;  // action.type, by the policy of that time
  std::string sql;   // class; "" for none
  bool inside = true;
  uint32_t paths = 0;
  uint32_t hosts = 0;
  bool private_url = false;
  bool secret = false;
  bool pii = false;
  std::vector<std::string> shell;  // flags
  std::vector<Finding> findings;
  size_t bytes = 0;  // of the arguments; 0: there were none
};

}  // namespace agentmesh::policy
