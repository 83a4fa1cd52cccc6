// History: the calls that the log tells of, as policies can be asked about them. What `policy replay` and `learn` read.
//
// Thread: one. Cost: one pass over the log; nothing is kept but what is handed out.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "policy/input.h"
#include "policy/recorded.h"

namespace agentmesh::cli {

struct PastCall {
  int64_t seq = 0;
  int64_t ts_us = 0;
  std::string writer;  // calls of one session have the same
  policy::Stage stage = policy::Stage::kCall;
  std::string method, tool, server, agent, policy, rule;
  policy::Action decision =
      policy::Action::kAllow;  // allow, deny or require_approval, as the policy decided
  bool shadow = false;
  bool judged =
      false;  // false: something before or beside the policy decided (halt, pins, breaker, an unreadable line)
  bool tainted = false;
  bool private_read = false;
  int score = 800;
  policy::Recorded facts;
};

// Every decision since then, oldest first. Error: no log, or a line that is no record.
Result<void> each_past_call(const std::string& log_dir, int64_t since_us,
                            const std::function<void(const PastCall&)>& each);

}  // namespace agentmesh::cli
