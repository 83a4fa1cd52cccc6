// Judgement: what the pipeline made of one governed request, before anything was written or sent.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "audit/record.h"
#include "policy/verdict.h"
#include "trust/trust.h"

namespace agentmesh::proxy {

struct Judgement {
  enum class Effect : uint8_t {
    kForward,        // the bytes go on
    kDeny,           // answered with a denial
    kTicket,         // answered with a denial that names the ticket a person can grant
    kHold,           // it waits while the client's dialog asks a person (approvals.h)
    kInputRequired,  // answered with a question for the client, which then calls again
  };
  Effect effect = Effect::kDeny;
  std::string_view
      stage;  // where it stopped, as the record says: halt, pin, policy, rate, breaker, approval, audit; "" if allowed
  std::string_view decision;  // allow, deny, would_deny, would_require_approval
  std::string policy;
  std::string rule;
  std::string rule_at;      // "file:line", "" for what is built in
  std::string reason;       // one sentence, no argument values; "" when allowed without remark
  std::string way_out;      // what a person can do about it
  std::string ask;          // 16 hex digits: the approval that decided it or is asked for
  policy::Verdict verdict;  // as the policy gave it; default if it was not asked
  int score = 0;            // the lower of agent and server
  std::vector<trust::Event> events;   // what it did to scores (only where it was not forwarded)
  std::vector<audit::Record> before;  // approval records that come before the decision's own
  std::string approved;   // a person's yes: the ask, and the digest of what it covers (approvals.h)
  bool probe = false;     // it tries whether a circuit breaker may close
  bool returned = false;  // it carries our own answer and state, which are not the server's

  bool forwards() const { return effect == Effect::kForward; }
};

}  // namespace agentmesh::proxy
