#include "cli/policy_replay.h"

#include <deque>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "audit/set_aside.h"
#include "base/clock.h"
#include "cli/audit_place.h"
#include "cli/json_object.h"
#include "cli/policy.h"
#include "cli/say.h"
#include "cli/when.h"
#include "proxy/past_calls.h"
#include "trust/definition.h"

namespace agentmesh::cli {
namespace {

using policy::Action;

constexpr size_t kShown = 200;  // lines of the text form; --json has all

// The limits of the policy that is tried, counted in the log's own time.
class PastLimits final : public policy::LimitLedger {
 public:
  void at(int64_t now_us) { now_us_ = now_us; }
  bool used_up(const policy::Charge& charge) const override {
    const auto it = stamps_.find(charge.key);
    if (it == stamps_.end()) return false;
    size_t counted = 0;
    for (const int64_t stamp : it->second)
      if (stamp > now_us_ - charge.window_us) ++counted;
    return counted >= charge.max;
  }
  void take(const policy::Verdict& verdict) {
    for (const policy::Charge& charge : verdict.charges) {
      std::deque<int64_t>& stamps = stamps_[charge.key];
      stamps.push_back(now_us_);
      if (stamps.size() > charge.max) stamps.pop_front();
    }
  }

 private:
  std::map<std::string, std::deque<int64_t>, std::less<>> stamps_;
  int64_t now_us_ = 0;
};

Action effect_of(Action action) {
  return action == Action::kDeny || action == Action::kRequireApproval ? action : Action::kAllow;
}

struct Change {
  proxy::PastCall call;
  Action now = Action::kAllow;
  std::string rule;
  std::string at;
  bool sure = true;
};

class Replay {
 public:
  explicit Replay(const policy::Policy& policy) : policy_(policy) {}

  void call(const proxy::PastCall& past) {
    ++calls;
    if (!past.judged) {
      ++not_judged;
      return;
    }
    policy::Input input = past.question();
    Session& session = sessions_[past.writer];
    if (session.started_us == 0) session.started_us = past.ts_us;
    input.session.calls = session.calls;
    input.session.denied = session.denied;
    input.session.started_us = session.started_us;
    input.session.sampled = session.sampled;
    input.limits = &limits_;
    limits_.at(past.ts_us);
    const policy::Verdict verdict = policy_.ask(input);
    ++session.calls;
    if (verdict.passes()) {
      limits_.take(verdict);
      if (past.method == "sampling/createMessage") ++session.sampled;
    } else {
      ++session.denied;
    }
    const Action now = effect_of(verdict.action);
    if (verdict.unsure) {
      ++unsure;
    } else if (now == past.decision) {
      ++same;
      return;
    }
    changes.push_back({past, now, std::string(verdict.rule),
                       verdict.file.empty() ? "" : fmt::format("{}:{}", verdict.file, verdict.line),
                       !verdict.unsure});
  }

  int64_t calls = 0, same = 0, unsure = 0, not_judged = 0;
  std::vector<Change> changes;

 private:
  struct Session {
    int64_t calls = 0, denied = 0, started_us = 0, sampled = 0;
  };
  const policy::Policy& policy_;
  PastLimits limits_;
  std::map<std::string, Session> sessions_;
};

std::string json_of(const Change& change) {
  const proxy::PastCall& call = change.call;
  JsonObject object;
  object.integer("seq", call.seq).text("time", rfc3339(call.ts_us));
  object.text_if("server", call.server).text("method", call.method).text_if("tool", call.tool);
  object.text_if("agent", call.agent).text("was", to_string(call.decision));
  object.text_if("was_policy", call.policy).text_if("was_rule", call.rule);
  object.text("now", to_string(change.now)).text("rule", change.rule).text_if("at", change.at);
  return object.boolean("sure", change.sure).done();
}

std::string described(const Change& change) {
  const proxy::PastCall& call = change.call;
  const std::string what = call.tool.empty() ? call.method : call.tool;
  const std::string from =
      fmt::format("#{}  {} on {}: {} ({})", call.seq, trust::printable(what, 256),
                  trust::printable(call.server, 256), to_string(call.decision),
                  trust::printable(call.rule, 256));
  if (!change.sure)
    return fmt::format("{} → cannot be told, what it depends on is not in the log\n", from);
  return fmt::format("{} → {} ({}{}{})\n", from, to_string(change.now), change.rule,
                     change.at.empty() ? "" : ", ", change.at);
}

Result<int64_t> since_of(const std::string& text) {
  if (text.empty()) return 0;
  return parse_when(text, SystemClock().wall_us());
}

}  // namespace

int policy_replay(const PolicyReplayOptions& options) {
  const auto since = since_of(options.since);
  if (!since) {
    complain("--since: " + since.error().what);
    return kUsage;
  }
  const ReadyPolicy ready = ready_policy(options.policy);
  if (!ready.policy) {
    print_diagnostics(ready.diagnostics, false);
    return kUsage;
  }
  Replay replay(*ready.policy);
  const std::string log_dir = options.state_dir + "/audit/" + options.log;
  proxy::WhichCalls which;
  which.since_us = *since;
  which.blob_keys_dir = audit::blob_keys_of(options.state_dir, options.log);
  const auto read = proxy::each_past_call(
      log_dir, which, [&replay](const proxy::PastCall& call) { replay.call(call); });
  if (!read) return not_read(read.error(), place_of(options.state_dir, options.log), kUsage);
  const auto changed = static_cast<int64_t>(replay.changes.size()) - replay.unsure;
  const int status = options.strict && !replay.changes.empty() ? kNo : kOk;
  if (options.json) {
    std::vector<std::string> rows;
    for (const Change& change : replay.changes) rows.push_back(json_of(change));
    print(JsonObject()
              .integer("calls", replay.calls)
              .integer("same", replay.same)
              .integer("changed", changed)
              .integer("unsure", replay.unsure)
              .integer("not_judged", replay.not_judged)
              .raw("changes", json_array(rows))
              .done() +
          "\n");
    return status;
  }
  std::string text;
  size_t shown = 0;
  for (const bool sure : {true, false})
    for (const Change& change : replay.changes)
      if (change.sure == sure && shown < kShown) {
        text += described(change);
        ++shown;
      }
  if (shown < replay.changes.size())
    text += fmt::format("… and {} more (--json lists all)\n", replay.changes.size() - shown);
  text += fmt::format("{} flips {} of {} recorded calls", options.policy, changed, replay.calls);
  if (replay.unsure > 0)
    text += fmt::format("; {} could not be told from what was kept", replay.unsure);
  if (replay.not_judged > 0)
    text += fmt::format("; {} {} settled before any policy", replay.not_judged,
                        replay.not_judged == 1 ? "was" : "were");
  print(text + "\n");
  return status;
}

}  // namespace agentmesh::cli
