// Cases: what `policy test` runs: calls written down beside the rules, and what must be decided.
//
// Paths are judged by their text alone, so that a case says the same on every machine. Thread: any.

#pragma once

#include <string>
#include <vector>

#include "policy/policy.h"
#include "policy/rules.h"

namespace agentmesh::policy {

struct CaseResult {
  bool passed = false;
  std::string decision;  // what was decided
  std::string rule;
  std::string why;  // "expected deny by rule 'x', got allow by rule 'default'"; "" when passed
};

CaseResult run_case(const Policy& policy, const TestCase& test);

}  // namespace agentmesh::policy
