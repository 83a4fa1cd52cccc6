// Input: one question to a policy. Everything a rule may need to know comes in here; a policy looks nowhere else.
//
// All views are borrowed for the time of ask().

#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "policy/recorded.h"
#include "policy/verdict.h"

namespace agentmesh::policy {

// Where an absolute, lexically normal path really leads (symlinks followed as far as the path exists). The proxy hands
// in the disk's answer (base/files.h resolve_path), `policy test` and `replay` a function that returns its argument.
using PathResolver = std::function<Result<std::string>(std::string_view)>;

// Answers whether a limit is used up; counting itself is the caller's (Verdict::charges). Null: nothing is used up.
class LimitLedger {
 public:
  virtual ~LimitLedger() = default;
  // True if `charge.max` calls already count against `charge.key` in the window that ends now.
  virtual bool used_up(const Charge& charge) const = 0;
};

struct TrustScores {
  int agent = 800;
  int server = 800;
  int tool = 800;
  int lower() const { return agent < server ? agent : server; }  // what `trust_below` compares
};

struct SessionFacts {
  bool tainted = false;
  bool private_read = false;
  int64_t calls = 0;
  int64_t denied = 0;
  int64_t started_us = 0;  // wall clock
  int64_t sampled =
      0;  // completions (sampling/createMessage) that the server asked for and that were let through
};

// An exception that a person made for a call (`agentmesh allow`): deny and require_approval rules that are overridable, and
// the default, do not hold it back. The caller knows that it fits this call and has not ended.
struct Exemption {
  std::string rule;  // what the verdict names: "allow:3f9a1c7e"; outlives the Verdict
};

// Where things are on this machine. Built once per session.
struct Surroundings {
  std::string working_directory;  // of the server: relative paths start here
  std::string home;
  std::vector<std::string> derived_roots;  // from the command line and the client's announced roots
  // Self-protection, absolute, each as it is named and as it really is (symlinks followed) where these differ:
  std::vector<std::string>
      protected_paths;  // not to be written: policy files, our binary, client configurations
  std::vector<std::string>
      unreadable_paths;  // not even to be read: the state directory (keys, log, pins)
  PathResolver resolve;  // empty: textual
};

struct Input {
  Stage stage = Stage::kCall;
  std::string_view method = "tools/call";
  std::string_view tool;  // "" unless tools/call (and stage list)
  std::string_view server;
  std::string_view agent;
  json::View args;  // params.arguments of tools/call, else params; may be absent
  // Stage call: the whole request that `args` is a part of; absent where only `args` are known. What stands in it beside them
  // is looked at for secrets and personal data alone.
  json::View message;
  json::View result;  // stage result: `result`, or `error`
  bool result_is_error = false;
  json::View definition;  // stage list: the tool's definition
  bool changed = false;   // stage list: it differs from its pin
  TrustScores trust;
  SessionFacts session;
  int64_t now_us = 0;  // wall clock
  LocalTime local;
  const Surroundings* surroundings = nullptr;  // null: no roots, nothing protected, textual paths
  const LimitLedger* limits = nullptr;
  // What the log kept of the call's arguments: in place of args, or beside them where they were kept. Stages call and request
  // only.
  const Recorded* recorded = nullptr;
  const Exemption* exemption = nullptr;   // stage call only
  std::span<const Finding> findings;      // seen by the caller already (pins, correlation)
  size_t max_inspected_bytes = 1U << 20;  // a value; twice that a message
};

}  // namespace agentmesh::policy
