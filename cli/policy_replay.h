// agentmesh policy replay and learn: a policy against what really happened.

#pragma once

#include <string>

namespace agentmesh::cli {

struct PolicyReplayOptions {
  std::string policy;  // a preset or a file
  std::string since;   // "7d", "2026-11-18"; "": everything
  std::string state_dir;
  std::string log;      // the name of the audit log
  bool strict = false;  // a verdict that changes, or may, is exit 1
  // {"calls","same","changed","unsure","not_judged","changes":[{"seq","time","server","tool","agent","was","was_rule","now","rule","sure"}]}
  bool json = false;
};
// Runs the recorded calls through a policy and lists every verdict that would change. Limits are counted as time passes in
// the log.
int policy_replay(const PolicyReplayOptions& options);

struct PolicyLearnOptions {
  std::string since;
  std::string name = "learned";
  bool all = false;  // also calls that were not made in shadow mode
  std::string state_dir;
  std::string log;
  bool json =
      false;  // {"policy": YAML text, "calls", "learned", "left_out": [{"server","tool","finding","calls"}]}
};
// Proposes the smallest allow-list that fits what was recorded. 1: nothing was recorded.
int policy_learn(const PolicyLearnOptions& options);

}  // namespace agentmesh::cli
