// Loosen: would a policy let anything through that another one held back? For a reload that nobody typed.
//
// Says yes when in doubt: a rule that holds back must be there unchanged, and what is new may only deny, limit, warn or
// log. Not for use outside this folder: Policy::loosens() is the door. Pure, any thread.

#pragma once

#include <string>

#include "policy/rule_set.h"

namespace agentmesh::policy {

// What of a rule decides, as one text: equal for rules that do the same, whatever they are called.
std::string identity_of(const RuleSource& source, const std::vector<Text>& agents_of_file);

// What may pass under `now` and did not under `before`, as the end of a sentence: "rule 'no-writes' is gone or was changed".
// "": nothing.
std::string loosened(const RuleSet& before, const RuleSet& now);

}  // namespace agentmesh::policy
