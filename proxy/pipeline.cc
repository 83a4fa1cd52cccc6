#include "proxy/pipeline.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <fmt/format.h>

#include "audit/tail_end.h"
#include "base/bytes.h"
#include "base/shell_word.h"
#include "proxy/wording.h"

namespace agentmesh::proxy {
namespace {

constexpr int kAskAgain =
    3;  // a limit that runs out between asking and taking: ask again, at most so often

// What the policy asks of the shared file while it decides.
class SharedLimits final : public policy::LimitLedger {
 public:
  SharedLimits(trust::Shared& shared, int64_t now_us) : shared_(shared), now_us_(now_us) {}
  bool used_up(const policy::Charge& charge) const override {
    return shared_.used_up(charge.key, charge.max, charge.window_us, now_us_);
  }

 private:
  trust::Shared& shared_;
  int64_t now_us_;
};

std::string approve_pins(const std::string& server) {
  return fmt::format(
      "Look at it with `agentmesh pins list {0}` and accept it with `agentmesh pins approve {0}`",
      shell_word(server));
}

}  // namespace

bool attacks_reader(const policy::Finding& finding) {
  return finding.severity >= policy::Severity::kHigh &&
         (finding.id == "tool.poisoned" || finding.id == "tool.hidden-text" ||
          finding.id == "tool.terminal-escape");
}

Pipeline::Pipeline(const Options& options, std::shared_ptr<const policy::Policy> policy,
                   Session& session, Standing& standing, trust::PinSet& pins, trust::Shared& shared,
                   LogFacts log, Random& random, const Clock& clock)
    : options_(options),
      policy_(std::move(policy)),
      session_(session),
      standing_(standing),
      pins_(pins),
      shared_(shared),
      log_(std::move(log)),
      clock_(clock),
      breakers_(options, clock),
      approvals_(session, standing, shared, random, clock) {}

Judgement Pipeline::judge(const Message& request, policy::Stage stage, const Yes* yes) {
  try {
    Judgement judgement = judge_or_throw(request, stage, yes);
    if (stage == policy::Stage::kRequest && judgement.forwards() &&
        request.method == "sampling/createMessage")
      session_.sampling_seen();
    return judgement;
  } catch (const std::exception& error) {
    Judgement judgement;
    judgement.score = standing_.score();
    denied(judgement, "policy", "error", fmt::format("judging this call failed ({})", error.what()),
           "this is a defect of agentmesh; the call was denied to be safe");
    return judgement;
  }
}

Judgement Pipeline::judge_refused(const Message& request, policy::Stage stage,
                                  const std::string& ask) {
  Judgement judgement = judge(request, stage);
  judgement.ask = ask;
  if (judgement.decision == "would_require_approval") judgement.decision = "would_deny";
  return judgement;
}

void Pipeline::denied(Judgement& judgement, std::string_view stage, std::string rule,
                      std::string reason, std::string way_out) const {
  judgement.effect = Judgement::Effect::kDeny;
  judgement.stage = stage;
  judgement.decision = "deny";
  judgement.policy = policy_->name();
  judgement.rule = std::move(rule);
  judgement.reason = std::move(reason);
  judgement.way_out = std::move(way_out);
}

Judgement Pipeline::ambiguous(std::string_view why) const {
  Judgement judgement;
  judgement.score = standing_.score();
  denied(
      judgement, "read", "read.R2",
      fmt::format("the server's answer asks for something that cannot be read in one way: {}", why),
      "only the server can change that");
  return judgement;
}

Judgement Pipeline::unrecorded(const Error& why, Direction to) const {
  Judgement judgement;
  judgement.score = standing_.score();
  if (to == Direction::kClientToServer) {
    denied(judgement, "audit", "audit",
           "the audit log cannot be written, and nothing goes on without its record", "");
    return judgement;
  }
  if (why.errno_value == audit::kDamaged) {
    denied(judgement, "audit", "audit",
           "the audit log is damaged, and nothing goes on without its record",
           fmt::format(
               "see `agentmesh audit verify{0}`; `agentmesh audit recover{0} --seal NAME` sets it "
               "aside and begins a new one",
               options_.audit.log_words));
    return judgement;
  }
  denied(
      judgement, "audit", "audit",
      fmt::format("the audit log cannot be written ({}), and nothing goes on without its record",
                  why.what),
      fmt::format("see `agentmesh audit verify{}`, or free some space; `audit.on_error: allow` in "
                  "agentmesh.yaml changes this",
                  options_.audit.log_words));
  return judgement;
}

bool Pipeline::stopped_by_pin(const Message& request, Judgement& judgement) const {
  const bool prompt = request.method == "prompts/get";
  const bool resource =
      request.method == "resources/read" || request.method == "resources/subscribe";
  if (request.method != "tools/call" && !prompt && !resource) return false;
  if (const auto command = pins_.standing(trust::PinKind::kCommand, "");
      command && !trust::passes(*command)) {
    denied(judgement, "pin", fmt::format("pin.{}", trust::to_string(*command)),
           fmt::format("the command of server '{}' is not the one that was accepted",
                       session_.server()),
           approve_pins(session_.server()));
    return true;
  }
  if (resource) {
    const auto state = pins_.standing_of_uri(request.member("uri").string());
    if (!state) return false;
    denied(judgement, "pin", fmt::format("pin.{}", trust::to_string(*state)),
           "the resource template that this URI fits is not the one that was accepted",
           approve_pins(session_.server()));
    return true;
  }
  const std::string tool = request.member("name").string();
  if (prompt) {
    const auto state = pins_.standing(trust::PinKind::kPrompt, tool);
    if (!state || trust::passes(*state)) return false;
    denied(judgement, "pin", fmt::format("pin.{}", trust::to_string(*state)),
           "the definition of this prompt is not the one that was accepted",
           approve_pins(session_.server()));
    return true;
  }
  if (const WithheldTool* withheld = session_.withheld(tool)) {
    denied(judgement, "pin", withheld->rule, withheld->reason,
           fmt::format("`agentmesh pins list {}` shows its definition",
                       shell_word(session_.server())));
    const auto found = session_.found_in(tool);
    judgement.verdict.findings.assign(found.begin(), found.end());
    judgement.verdict.tags.assign(withheld->tags.begin(), withheld->tags.end());
    return true;
  }
  const auto state = pins_.standing(trust::PinKind::kTool, tool);
  if (!state || trust::passes(*state)) return false;
  std::string reason;
  switch (*state) {
    case trust::PinState::kHeld:
      reason =
          fmt::format("the tools of server '{}' wait for a person's approval", session_.server());
      break;
    case trust::PinState::kRejected: reason = "a person rejected this tool's definition"; break;
    default: reason = "the definition of this tool is not the one that was accepted"; break;
  }
  denied(judgement, "pin", fmt::format("pin.{}", trust::to_string(*state)), std::move(reason),
         approve_pins(session_.server()));
  return true;
}

bool Pipeline::stopped_by_breaker(std::string_view tool, Judgement& judgement) const {
  const auto refusal = breakers_.refuses(tool);
  if (!refusal) return false;
  const std::string next = refusal->probe_in_us == 0
                               ? "a try is on its way"
                               : fmt::format("the next try is at {}, in {} s",
                                             rfc3339(clock_.wall_us() + refusal->probe_in_us),
                                             (refusal->probe_in_us + 999'999) / 1'000'000);
  denied(judgement, "breaker", "breaker",
         fmt::format("{} failed {} times in a row and is not called now; {}", refusal->subject,
                     refusal->failures, next),
         "wait for it, or look at what is wrong with the server");
  return true;
}

void Pipeline::note_errors(const policy::Verdict& verdict) const {
  constexpr size_t kMost = 100;  // rules; a session's policies have few that fail
  for (const policy::RuleError& error : verdict.errors) {
    const auto same = [&](const trust::ConditionError& known) {
      return known.rule == error.rule && known.policy == verdict.policy;
    };
    const auto found = std::find_if(condition_errors_.begin(), condition_errors_.end(), same);
    if (found != condition_errors_.end()) {
      ++found->count;
      found->at_us = clock_.wall_us();
    } else if (condition_errors_.size() < kMost) {
      condition_errors_.push_back({std::string(verdict.policy), std::string(error.rule),
                                   error.message, 1, clock_.wall_us()});
    }
  }
}

void Pipeline::take_verdict(Judgement& judgement, policy::Verdict verdict) const {
  judgement.policy = verdict.policy;
  judgement.rule = verdict.rule;
  judgement.rule_at = verdict.file.empty() ? "" : fmt::format("{}:{}", verdict.file, verdict.line);
  judgement.reason = verdict.reason;
  judgement.way_out = verdict.suggest;
  judgement.verdict = std::move(verdict);
}

bool Pipeline::charge(const policy::Verdict& verdict, std::string& why) {
  if (verdict.charges.empty()) return true;
  std::vector<trust::LimitUse> uses;
  uses.reserve(verdict.charges.size());
  for (const policy::Charge& c : verdict.charges) uses.push_back({c.key, c.max, c.window_us});
  const auto refusal = shared_.take(uses, clock_.wall_us());
  if (!refusal) return true;
  why = refusal->used_up ? "" : refusal->reason;
  return false;
}

void Pipeline::settle_approval(const Message& request, policy::Stage stage, const Yes* yes,
                               Judgement& judgement) {
  const bool wanted = judgement.verdict.action == policy::Action::kRequireApproval;
  if (yes != nullptr) {
    if (Approvals::covers(judgement.verdict, yes->by, yes->asked_of)) {
      judgement.effect = Judgement::Effect::kForward;
      judgement.ask = yes->ask;
      return;
    }
    Approvals::refuse(judgement,
                      "the rules changed while it waited, and want somebody else's yes now");
    judgement.ask = yes->ask;
    return;
  }
  if (stage == policy::Stage::kCall && Approvals::comes_back(request)) {
    approvals_.settle_return(request, judgement);
  } else if (wanted) {
    // What stands inside an answer has no id, and cannot be held apart from it.
    const bool of_client = stage == policy::Stage::kCall;
    const bool may_ask = of_client || (request.id.has_value() && approvals_.room_for_server());
    approvals_.settle(request, of_client ? Direction::kClientToServer : Direction::kServerToClient,
                      may_ask, judgement);
  }
}

policy::Verdict Pipeline::ask_policy(policy::Input& input) const {
  input.exemption = nullptr;
  policy::Verdict verdict = policy_->ask(input);
  if (verdict.overridable && !exceptions_.empty() && !verdict.passes()) {
    input.exemption = exceptions_.find(input.tool, input.args, input.now_us);
    if (input.exemption != nullptr) verdict = policy_->ask(input);
  }
  if (!verdict.errors.empty()) note_errors(verdict);
  return verdict;
}

bool Pipeline::reaches_our_own(const Message& message) const {
  return policy_->ask(session_.input(message, policy::Stage::kCall)).rule == "self.protected";
}

bool Pipeline::reaches_our_own(std::string_view method, json::View answer) const {
  policy::Input input = session_.input(policy::Stage::kCall, method, {});
  input.args = answer;
  return policy_->ask(input).rule == "self.protected";
}

bool Pipeline::shared_is_another() {
  if (!shared_made_us_) return false;
  (void)shared_.halted(
      session_.server());  // takes up a file that was put in the place of the one before
  return shared_.made_us() != *shared_made_us_;
}

// What lifts it: one line, or two where everything and this server are halted.
std::string Pipeline::end_of_halts() {
  std::string lines;
  for (const trust::Halt& halt : shared_.halts()) {
    if (!halt.server.empty() && halt.server != session_.server()) continue;
    lines += fmt::format("{}`agentmesh resume {}`", lines.empty() ? "" : " and ",
                         halt.server.empty() ? "--all" : last_operand(halt.server));
  }
  if (lines.empty()) return "see `agentmesh status`";
  return lines + (lines.find(" and ") == std::string::npos ? " ends it" : " end it");
}

Judgement Pipeline::judge_or_throw(const Message& request, policy::Stage stage, const Yes* yes) {
  Judgement judgement;
  standing_.know_agent(session_.agent());
  judgement.score = standing_.score();

  const auto halt = shared_.halted(session_.server());
  if (shared_made_us_ && shared_.made_us() != *shared_made_us_) {
    denied(judgement, "halt", "halt",
           "what is halted and what was counted is being read from the log again", "ask again");
    return judgement;
  }
  if (halt) {
    denied(judgement, "halt", "halt",
           halt->by.empty()
               ? halt->why
               : fmt::format("{} halted by {}: {}",
                             halt->server.empty() ? "every server is" : "this server is", halt->by,
                             halt->why),
           end_of_halts());
    return judgement;
  }
  const bool pinned_out = stopped_by_pin(request, judgement);
  if (pinned_out && !options_.shadow) return judgement;

  policy::Input input = session_.input(request, stage);
  const SharedLimits limits(shared_, input.now_us);
  input.limits = &limits;
  input.trust = standing_.scores(input.tool);
  std::vector<policy::Finding> seen;
  if (stage == policy::Stage::kCall && request.method == "tools/call" &&
      !pins_.standing(trust::PinKind::kTool, input.tool).has_value())
    seen.push_back({std::string(kUnlisted), policy::Severity::kLow, "name"});
  input.findings = seen;

  for (int attempt = 0;; ++attempt) {
    policy::Verdict answer = ask_policy(input);
    const bool protects_itself = answer.rule == "self.protected";
    if (options_.shadow && pinned_out && !protects_itself) {
      judgement.verdict = std::move(answer);  // its facts and findings; the pin decides
      if (Approvals::comes_back(request)) approvals_.note_return(request, judgement);
      judgement.effect = Judgement::Effect::kForward;
      judgement.decision = "would_deny";
      return judgement;
    }
    take_verdict(judgement, std::move(answer));
    const policy::Verdict& verdict = judgement.verdict;
    if (options_.shadow && !protects_itself) {
      if (stage == policy::Stage::kCall && Approvals::comes_back(request))
        approvals_.note_return(request, judgement);  // asked before the mode changed
      std::string ignored;
      (void)charge(verdict, ignored);  // a shadow call counts always
      judgement.effect = Judgement::Effect::kForward;
      judgement.decision = verdict.action == policy::Action::kDeny ? "would_deny"
                           : verdict.action == policy::Action::kRequireApproval
                               ? "would_require_approval"
                               : "allow";
      return judgement;
    }
    if (verdict.action == policy::Action::kDeny) {
      judgement.effect = Judgement::Effect::kDeny;
      judgement.decision = "deny";
      judgement.stage = verdict.by_limit ? "rate" : "policy";
      trust::Evidence evidence(standing_.agent(), standing_.server(),
                               standing_.public_tool(input.tool));
      if (stage == policy::Stage::kRequest)
        evidence.add(trust::Happened::kServerDenied);
      else if (
          !verdict.by_trust)  // what low trust denies must not lower it: nobody would get out again
        evidence.add(verdict.by_limit ? trust::Happened::kLimitHit : trust::Happened::kDenied);
      const auto side =
          stage == policy::Stage::kRequest ? trust::Side::kServer : trust::Side::kAgent;
      for (const trust::Remark remark : standing_.remarks(verdict.findings, side, true))
        evidence.finding(remark, side);
      judgement.events = evidence.take();
      (void)standing_.apply(judgement.events);
      for (std::string& subject : standing_.take_swings())
        judgement.verdict.findings.push_back(
            {"trust.swing", policy::Severity::kMedium, std::move(subject)});
      judgement.score = standing_.score();
      return judgement;
    }
    if (stage == policy::Stage::kCall && stopped_by_breaker(input.tool, judgement))
      return judgement;
    if (judgement.ask.empty()) {  // a yes is used once, however often we ask again
      judgement.effect = Judgement::Effect::kForward;
      settle_approval(request, stage, yes, judgement);
      if (!judgement.forwards()) return judgement;
    }
    std::string why;
    if (charge(verdict, why)) {
      if (stage == policy::Stage::kCall) judgement.probe = breakers_.let_pass(input.tool);
      judgement.effect = Judgement::Effect::kForward;
      judgement.decision = "allow";
      return judgement;
    }
    if (!why.empty() || attempt == kAskAgain) {
      denied(judgement, "rate", std::string(verdict.rule),
             why.empty() ? "its limits change faster than they can be counted" : why,
             "ask again later");
      return judgement;
    }
  }
}

}  // namespace agentmesh::proxy
