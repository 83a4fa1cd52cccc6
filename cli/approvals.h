// agentmesh approvals: the calls that wait for a person's yes, and the answer.

#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "cli/recorder.h"
#include "trust/trust.h"

namespace agentmesh::cli {

struct ApprovalsListOptions {
  std::string state_dir;
  bool all = false;  // also those that are settled
  bool json = false;
};
// --json: a list of {id, status, kind, agent, server, tool, method, arguments, rule, approvers, asked, deadline, by},
// settled ones too.
int approvals_list(const ApprovalsListOptions& options);

struct ApprovalsAnswerOptions {
  std::string state_dir;
  std::string id;                                    // or its first letters, 4 at least
  std::map<std::string, std::vector<uid_t>> groups;  // `groups:` of `settings`
  trust::Options trust;
  bool json = false;
  std::string settings = {};  // the file; "": some agentmesh.yaml
};
// 0: answered; 1: no such approval, answered already, expired, or not for this user; 2: the state cannot be used.
int approvals_approve(const ApprovalsAnswerOptions& options, const Recorder& record);
int approvals_deny(const ApprovalsAnswerOptions& options, const Recorder& record);

}  // namespace agentmesh::cli
