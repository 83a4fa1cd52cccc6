// Decide: what the rules say to a question about which all facts are known.
//
// Not for use outside this folder (and bench/): Policy::ask() looks first, then decides.
// Cost: grows with the rules that the call's tool, kind, arguments, server and agent leave in play.
// Thread: one Workspace per thread at a time.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "policy/args.h"
#include "policy/cel/cel.h"
#include "policy/facts.h"
#include "policy/rule_set.h"

namespace agentmesh::policy {

// What a question needs besides the rules, kept for the next one of the same rule set: it is costly to make.
class Workspace {
 public:
  using ByKind = std::array<std::vector<uint32_t>, kKindCount>;

  // The rules of this stage that name neither tools nor arguments, and are for this agent and server.
  const ByKind& in_play(const RuleSet& set, const Input& input);

  cel::Context context;
  Seen seen;
  std::vector<uint32_t> candidates;
  NamedArguments arguments;

 private:
  bool known_ = false;
  std::string server_, agent_;  // of the last question
  std::array<bool, kStageCount> ready_{};
  std::array<ByKind, kStageCount> in_play_;
};

Verdict decide(const RuleSet& set, const Input& input, const Seen& seen, Workspace& work);

}  // namespace agentmesh::policy
