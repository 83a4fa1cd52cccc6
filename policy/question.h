// Question: an Input with everything it points to, for those who ask a policy without a live session: `policy explain`,
// `policy test`, replay and tests.
//
// Order: fill in the plain members, then input(), which must not outlive the Question. Thread: one.
// Failure: texts that should be JSON and are not, or a session with unknown keys, are errors of input().

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "policy/input.h"
#include "policy/rules.h"

namespace agentmesh::policy {

// Limits as stated: a rule's name and how many calls count against it already.
class StatedLimits final : public LimitLedger {
 public:
  void state(std::string rule, int64_t used) { used_[std::move(rule)] = used; }
  bool used_up(const Charge& charge) const override;

 private:
  std::map<std::string, int64_t, std::less<>> used_;
};

struct Question {
  Stage stage = Stage::kCall;
  std::string method = "tools/call";
  std::string tool;
  std::string server;
  std::string agent;
  std::string args;        // JSON, "" for none
  std::string result;      // JSON: what the server answered
  std::string definition;  // JSON: a tool's definition
  bool changed = false;
  std::string
      session;  // JSON: {"limits": {rule: used}, "tainted", "private_read", "calls", "denied", "sampled"}
  std::optional<int64_t> trust;  // of agent, server and tool
  int64_t now_us = 0;
  LocalTime local;
  Surroundings surroundings;

  Question() = default;
  explicit Question(const TestCase& test);

  Result<Input> input();

 private:
  Result<json::View> read(std::string_view what, const std::string& text) const;
  Result<void> read_session();

  StatedLimits limits_;
  SessionFacts facts_;
};

}  // namespace agentmesh::policy
