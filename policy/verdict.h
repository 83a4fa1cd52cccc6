// Verdict: everything a decision says, to the proxy, to the record and to the person.
//
// The texts named by string_view belong to the Policy that gave the verdict and live as long as it does.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agentmesh::policy {

enum class Stage : uint8_t { kCall, kResult, kList, kRequest };

enum class Action : uint8_t { kAllow, kDeny, kRequireApproval, kRedact, kNeutralise, kWarn, kLog };
std::string_view to_string(Action action);  // "allow", "require_approval", …

enum class Severity : uint8_t { kLow, kMedium, kHigh, kCritical };
std::string_view to_string(Severity severity);

// What a scanner saw. Never the matched value itself: `where` is a path such as "arguments.path" or "content[0].text".
struct Finding {
  std::string id;  // dotted and stable: "path.traversal"
  Severity severity = Severity::kLow;
  std::string where;

  bool operator==(const Finding&) const = default;
};

// What the rules saw, without the values (audit.md, `facts`): enough to replay the decision later.
struct Facts {
  std::string_view type;  // action.type: "read" … "unknown"
  std::string_view sql;   // class, "none" when there is none
  bool inside = true;     // every path lies in the roots in force
  uint32_t paths = 0;
  uint32_t hosts = 0;
  bool private_url = false;
  bool secret = false;
  bool pii = false;
  // Arguments in a text hold a secret or personal data that the text as it stands does not show. Not recorded.
  bool hides_data = false;
  std::vector<std::string_view> shell;  // "pipes_to_shell", "substitutes"
  bool reads =
      false;  // action.type is read or query: makes session.private_read on a private server
  bool private_place = false;  // it reads what the policy marks private
  bool untrusted = false;      // what comes from this server taints
};

// A limit that this call counts against when it is let through.
struct Charge {
  std::string key;  // rule and the subjects of limit_by: one ring of stamps each
  std::string_view rule;
  uint32_t max = 0;  // 1 … 100 000
  int64_t window_us = 0;
};

struct Matched {
  std::string_view rule;
  Action action = Action::kAllow;
  std::string_view file;
  int line = 0;
  bool limit_only = false;  // a limit that is not used up: counts the call, decides nothing
};

struct RuleError {
  std::string_view rule;
  std::string message;
};

// Bytes [begin, end) of the judged value's text (Input::args or Input::result) to be replaced by `text`, which is
// already JSON-escaped and fits inside the string it stands in.
struct Replacement {
  size_t begin = 0;
  size_t end = 0;
  std::string text;
};

struct Verdict {
  Action action = Action::kDeny;  // the winning action itself
  std::string_view policy;        // name of the policy
  std::string_view
      rule;  // its name, or "default", "roots", "hosts", "self.protected", "unknown_methods"
  std::string_view file;  // where the rule stands; "" for what is built in
  int line = 0;
  bool by_limit = false;  // the rule's limit is used up (stage "rate" in the record)
  bool by_trust = false;  // the rule applies only because trust is low
  bool overridable =
      false;             // denied or held, and an exception (Input::exemption) would let it through
  bool unsure = false;   // of a recorded call: values that are gone could change the effect
  bool durable = false;  // some matching rule asks the call to wait for the disk
  std::string reason;    // one sentence, no argument values; "" when allowed without remark
  std::string exception;  // the command that makes an exception, if it is overridable; else ""
  std::string suggest;    // the smallest change that would let it through; "" if there is none
  std::vector<std::string_view> approvers;
  int64_t approval_timeout_us = 50'000'000;
  std::vector<Matched> matched;        // all matching rules, most decisive first
  std::vector<std::string_view> tags;  // of those that said something, each once
  std::vector<RuleError> errors;       // conditions that failed to evaluate
  std::vector<Finding> findings;
  std::vector<Charge> charges;
  std::vector<Replacement> replacements;  // redact, neutralise
  Facts facts;

  bool passes() const { return action != Action::kDeny && action != Action::kRequireApproval; }
};

}  // namespace agentmesh::policy
