// Past calls: the calls that the log tells of, as policies can be asked about them. What `policy replay` and `learn` read, and
// what counted limits are made from again (restore.h).
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

namespace agentmesh::proxy {

struct PastCall {
  int64_t seq = 0;
  int64_t ts_us = 0;
  std::string writer;  // calls of one session have the same
  policy::Stage stage = policy::Stage::kCall;
  std::string method, tool, server, agent, policy, rule;
  policy::Action decision =
      policy::Action::kAllow;  // allow, deny or require_approval, as the policy decided
  bool shadow = false;
  bool went_on = false;  // to the server, or back to the client that the server asked
  bool judged =
      false;  // false: something before or beside the policy decided (halt, pins, breaker, an unreadable line)
  bool known = false;  // there are facts: also where `judged` is false, in shadow mode
  bool tainted = false;
  bool private_read = false;
  int score = 800;
  policy::Recorded facts;
  std::string
      args;  // JSON, as the client sent it, where the payload was kept and nothing in it was masked; else ""

  // The question to a policy, as far as the log has it; borrows from this. What the session had done by then is the caller's to add.
  policy::Input question() const;
};

// The number of the first record at or after that moment (one past the newest, if there is none). The log is in order of time,
// but for clocks that stepped.
Result<uint64_t> first_record_since(const std::string& log_dir, int64_t since_us);

struct WhichCalls {
  int64_t since_us = 0;
  int64_t until_us = INT64_MAX;  // up to the first record after this
  std::string blob_keys_dir;     // where the keys of kept payloads lie; "": they stay closed
};

// Every such decision, oldest first; words that a server said unasked (stage `result`) are no call. Error: no log, or a line
// that is no record. A payload that does not open is as good as none.
Result<void> each_past_call(const std::string& log_dir, const WhichCalls& which,
                            const std::function<void(const PastCall&)>& each);

}  // namespace agentmesh::proxy
