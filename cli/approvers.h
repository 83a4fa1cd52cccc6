// Approvers: who the people are that a policy's `approvers:` names, by `groups:` of agentmesh.yaml.

#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "policy/policy.h"

namespace agentmesh::cli {

// What a policy asks of people who are not there: `what` goes on behind "the policy asks". `settings`: the file whose groups these are.
struct NobodyToAsk {
  policy::Place place;  // the rule
  std::string what;
};
std::vector<NobodyToAsk> nobody_to_ask(const policy::Policy& policy,
                                       const std::map<std::string, std::vector<uid_t>>& groups,
                                       const std::string& settings);

// True if a user may approve what these groups have to approve ("security-team,user"; "" anybody). A group that
// agentmesh.yaml does not define is nobody, but for `user`: whoever runs the proxy.
bool may_approve(const std::string& approvers,
                 const std::map<std::string, std::vector<uid_t>>& groups, uid_t user);

}  // namespace agentmesh::cli
