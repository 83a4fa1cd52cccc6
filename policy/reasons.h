// Reasons: the sentence a person reads under a decision, and the smallest change that would have let the call through.
//
// Never an argument's value: names of tools, servers, rules and files only. Pure functions, any thread.

#pragma once

#include <string>

#include "policy/facts.h"
#include "policy/rule_set.h"

namespace agentmesh::policy {

// Fills reason and suggest of a verdict whose action, rule and place are settled. `rule` is null for what is built in and
// for the default. `failed` tells that the rule holds only because its condition could not be evaluated.
void give_reasons(const RuleSet& set, const Input& input, const Seen& seen, const Rule* rule,
                  bool failed, Verdict& verdict);

}  // namespace agentmesh::policy
