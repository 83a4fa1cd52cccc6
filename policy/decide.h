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
  // The rules of this stage that name neither tools nor arguments, are for this agent and server, may hold for this kind of
  // call, and need nothing of what is `empty` (findings, paths, urls).
  const std::vector<uint32_t>& in_play(const RuleSet& set, const Input& input, Kind kind,
                                       NameSet empty);

  cel::Context context;
  Seen seen;
  std::vector<uint32_t> candidates;
  NamedArguments arguments;
  std::vector<bool> named_there;  // for ArgIndex::find

 private:
  bool known_ = false;
  std::string server_, agent_;  // of the last question
  struct InPlay {
    bool ready = false;
    std::vector<uint32_t> rules;
  };
  static constexpr size_t kEmpty = 8;  // which of the three are empty
  std::array<std::array<std::array<InPlay, kEmpty>, kKindCount>, kStageCount> in_play_;
};

Verdict decide(const RuleSet& set, const Input& input, const Seen& seen, Workspace& work);

}  // namespace agentmesh::policy
