// Facts: everything the rules can know about one question, found once, before any rule is asked.
//
// Runs the scanners of scan/ over the arguments (the result, the definition) and gathers what they saw: paths, URLs, SQL,
// shell, data, findings. Nothing here decides.
// Cost: one walk over the judged value. What lies beyond max_inspected_bytes is not looked at, and that is a finding
// (`data.uninspected`). Thread: any; one Seen per question.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/input.h"
#include "policy/rule_set.h"

namespace agentmesh::policy {

struct Seen {
  Kind kind = Kind::kUnknown;
  bool reversible = false;
  std::vector<Finding> findings;
  // Hard rules.
  bool self_protected = false;
  const Layer* outside_of = nullptr;       // a layer whose own roots do not hold some path
  const Layer* host_refused_by = nullptr;  // a layer whose hosts do not allow some URL
  Facts facts;
};

// Fills `out` anew.
void look(const RuleSet& set, const Input& input, Seen& out);

}  // namespace agentmesh::policy
