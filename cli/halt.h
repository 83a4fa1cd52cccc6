// agentmesh halt and resume: the owner's brake. Every proxy of the machine denies every governed call while it holds.

#pragma once

#include <string>

namespace agentmesh::cli {

struct HaltOptions {
  std::string server;  // "": with `all`
  bool all = false;
  std::string why;
  std::string state_dir;
  bool json = false;
};

// 0: it holds (or held already), also where it cannot be told whether a governed server asks. 1: one does. 2: neither a server
// nor --all, or the state cannot be used.
int run_halt(const HaltOptions& options);
// 0: lifted; 1: it was not halted. Not for descendants of a governed server, nor where that cannot be told.
int run_resume(const HaltOptions& options);

}  // namespace agentmesh::cli
