#include "proxy/pipeline.h"

#include <exception>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "proxy/wording.h"

namespace agentmesh::proxy {
namespace {

constexpr int64_t kTicketLife = 600'000'000;  // policy.md, Approvals: ten minutes
constexpr size_t kBriefBytes = 300;
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

// What an approval covers: who, what, and the same bytes of params without _meta, inputResponses and requestState.
Hash digest_of(const Message& request, const Session& session) {
  std::string text;
  for (const std::string_view word :
       {std::string_view(session.agent()), std::string_view(session.server()),
        std::string_view(request.method)}) {
    text += word;
    text += '\0';
  }
  for (const json::View::Member& member : request.params.members()) {
    const std::string key = member.key.string();
    if (key == "_meta" || key == "inputResponses" || key == "requestState") continue;
    text += member.key.raw();
    text += ':';
    text += member.value.raw();
    text += ',';
  }
  return sha256(text);
}

// The arguments for a person's eyes: names, and values cut short. What a scanner took for a secret is left out whole.
std::string brief_of(json::View args, bool secret) {
  if (secret) return "(the arguments hold a secret and are not shown)";
  std::string brief(cut_utf8(args.raw(), kBriefBytes));
  if (brief.size() < args.raw().size()) brief += "…";
  return brief;
}

}  // namespace

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
      random_(random),
      clock_(clock) {}

Judgement Pipeline::judge(const Message& request, policy::Stage stage) {
  try {
    return judge_or_throw(request, stage);
  } catch (const std::exception& error) {
    Judgement judgement;
    judgement.score = standing_.score();
    denied(judgement, "policy", "error", fmt::format("judging this call failed ({})", error.what()),
           "this is a defect of agentmesh; the call was denied to be safe");
    return judgement;
  }
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

Judgement Pipeline::unrecorded(std::string_view why) const {
  Judgement judgement;
  judgement.score = standing_.score();
  denied(
      judgement, "audit", "audit",
      fmt::format("the audit log cannot be written ({}), and nothing goes on without its record",
                  why),
      "see `agentmesh audit verify`, or free some space; `audit.on_error: allow` in agentmesh.yaml changes this");
  return judgement;
}

bool Pipeline::stopped_by_pin(const Message& request, Judgement& judgement) const {
  if (request.method != "tools/call") return false;
  const std::string tool = request.member("name").string();
  if (const WithheldTool* withheld = session_.withheld(tool)) {
    denied(judgement, "pin", withheld->rule, withheld->reason,
           fmt::format("`agentmesh pins list {}` shows its definition", session_.server()));
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
  denied(
      judgement, "pin", fmt::format("pin.{}", trust::to_string(*state)), std::move(reason),
      fmt::format(
          "Look at it with `agentmesh pins list {0}` and accept it with `agentmesh pins approve {0}`",
          session_.server()));
  return true;
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

void Pipeline::settle_approval(const Message& request, Judgement& judgement) {
  const int64_t now = clock_.wall_us();
  const Hash digest = digest_of(request, session_);
  const std::string tool = request.member("name").string();
  if (const auto granted = shared_.use(digest, session_.agent(), session_.server(), now)) {
    judgement.effect = Judgement::Effect::kForward;
    judgement.decision = "allow";
    judgement.ask = granted->id;
    audit::Approval used;
    used.ask = granted->id;
    used.state = "used";
    used.tool = tool;
    used.by = granted->by;
    judgement.before.emplace_back(std::move(used));
    return;
  }
  const json::View args =
      request.method == "tools/call" ? request.member("arguments") : request.params;
  trust::Ticket ticket;
  ticket.id = random_hex(random_, 8);
  ticket.digest = digest;
  ticket.agent = session_.agent();
  ticket.server = session_.server();
  ticket.tool = tool;
  ticket.method = request.method;
  ticket.rule = judgement.rule;
  ticket.brief = brief_of(args, judgement.verdict.facts.secret);
  for (const std::string_view approver : judgement.verdict.approvers) {
    if (!ticket.approvers.empty()) ticket.approvers += ',';
    ticket.approvers += approver;
  }
  ticket.asked_us = now;
  ticket.deadline_us = now + kTicketLife;
  const auto asked = shared_.ask(ticket, now);
  judgement.stage = "approval";
  judgement.decision = "deny";
  if (!asked) {
    judgement.effect = Judgement::Effect::kDeny;
    judgement.way_out = fmt::format("It needs a person's yes, but no ticket could be written: {}",
                                    asked.error().what);
    return;
  }
  judgement.effect = Judgement::Effect::kTicket;
  judgement.ask = asked->id;
  judgement.way_out = ticket_way_out(asked->id);
  if (asked->asked_us != now) return;  // asked before, still open: recorded then
  audit::Approval record;
  record.ask = asked->id;
  record.state = "asked";
  record.tool = tool;
  if (args.present()) record.args = audit::Payload{args.raw(), {}};
  judgement.before.emplace_back(std::move(record));
}

Judgement Pipeline::judge_or_throw(const Message& request, policy::Stage stage) {
  Judgement judgement;
  standing_.know_agent(session_.agent());
  judgement.score = standing_.score();

  if (const auto halt = shared_.halted(session_.server())) {
    denied(judgement, "halt", "halt",
           fmt::format("{} halted by {}: {}",
                       halt->server.empty() ? "every server is" : "this server is", halt->by,
                       halt->why),
           fmt::format("`agentmesh resume{}` ends it",
                       halt->server.empty() ? " --all" : " " + halt->server));
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
    seen.push_back({"tool.unlisted", policy::Severity::kLow, "name"});
  input.findings = seen;

  trust::Evidence evidence(standing_.agent(), standing_.server(), input.tool);
  for (int attempt = 0;; ++attempt) {
    policy::Verdict answer = policy_->ask(input);
    const bool protects_itself = answer.rule == "self.protected";
    if (options_.shadow && pinned_out && !protects_itself) {
      judgement.verdict = std::move(answer);  // its facts and findings; the pin decides
      judgement.effect = Judgement::Effect::kForward;
      judgement.decision = "would_deny";
      return judgement;
    }
    take_verdict(judgement, std::move(answer));
    const policy::Verdict& verdict = judgement.verdict;
    if (options_.shadow && !protects_itself) {
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
      if (stage == policy::Stage::kRequest)
        evidence.add(trust::Happened::kServerDenied);
      else
        evidence.add(verdict.by_limit ? trust::Happened::kLimitHit : trust::Happened::kDenied);
      for (const policy::Finding& f : verdict.findings)
        evidence.finding(static_cast<trust::Severity>(f.severity), stage == policy::Stage::kRequest
                                                                       ? trust::Side::kServer
                                                                       : trust::Side::kAgent);
      judgement.events = evidence.take();
      (void)standing_.apply(judgement.events);
      judgement.score = standing_.score();
      return judgement;
    }
    if (verdict.action == policy::Action::kRequireApproval) {
      if (judgement.ask.empty())
        settle_approval(request, judgement);  // a grant is used once, however often we ask again
      if (!judgement.forwards()) return judgement;
    }
    std::string why;
    if (charge(verdict, why)) {
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

policy::Verdict Pipeline::judge_result(const Call& call, json::View result, bool is_error,
                                       std::vector<policy::Finding> seen) const {
  try {
    policy::Input input = session_.input(policy::Stage::kResult, call.method, call.tool);
    input.result = result;
    input.result_is_error = is_error;
    input.trust = standing_.scores(call.tool);
    input.findings = seen;
    return policy_->ask(input);
  } catch (const std::exception& error) {
    policy::Verdict verdict;
    verdict.policy = policy_->name();
    verdict.rule = "error";
    verdict.reason = fmt::format("judging this result failed ({})", error.what());
    return verdict;
  }
}

policy::Verdict Pipeline::judge_definition(std::string_view tool, json::View definition,
                                           bool changed, std::vector<policy::Finding> seen) const {
  try {
    policy::Input input = session_.input(policy::Stage::kList, "tools/list", tool);
    input.definition = definition;
    input.changed = changed;
    input.trust = standing_.scores(tool);
    input.findings = seen;
    return policy_->ask(input);
  } catch (const std::exception& error) {
    policy::Verdict verdict;
    verdict.policy = policy_->name();
    verdict.rule = "error";
    verdict.reason = fmt::format("judging this definition failed ({})", error.what());
    return verdict;
  }
}

Mark Pipeline::base_mark() const {
  Mark mark;
  mark.server = session_.server();
  mark.log = log_.origin;
  mark.notice = log_.notice;
  if (log_.queued) mark.writer = log_.writer;
  mark.mode = options_.shadow ? "shadow" : "enforce";
  return mark;
}

Mark Pipeline::mark_of_denial(const Judgement& judgement) const {
  Mark mark = base_mark();
  mark.decision = judgement.decision;
  mark.policy = judgement.policy;
  mark.rule = judgement.rule;
  mark.score = judgement.score;
  mark.tier = trust::to_string(trust::tier_of(judgement.score));
  for (const policy::Finding& f : judgement.verdict.findings)
    mark.findings.push_back({f.id, std::string(policy::to_string(f.severity)), f.where});
  return mark;
}

Mark Pipeline::mark_of_result(const Call& call, std::span<const policy::Finding> findings) const {
  Mark mark = base_mark();
  mark.decision = call.decision;
  if (log_.queued)
    mark.decision_wseq = call.wseq;
  else
    mark.decision_seq = call.seq;
  mark.policy = call.policy;
  mark.rule = call.rule;
  const int score = standing_.score();
  mark.score = score;
  mark.tier = trust::to_string(trust::tier_of(score));
  for (const policy::Finding& f : call.findings)
    mark.findings.push_back({f.id, std::string(policy::to_string(f.severity)), f.where});
  for (const policy::Finding& f : findings)
    mark.findings.push_back({f.id, std::string(policy::to_string(f.severity)), f.where});
  return mark;
}

std::vector<trust::Event> Pipeline::evidence_of_bad_line(Direction direction) {
  trust::Evidence evidence(standing_.agent(), standing_.server(), {});
  evidence.add(direction == Direction::kClientToServer ? trust::Happened::kMalformed
                                                       : trust::Happened::kProtocolViolation);
  std::vector<trust::Event> events = evidence.take();
  (void)standing_.apply(events);
  return events;
}

std::vector<trust::Event> Pipeline::evidence_of_junk() {
  trust::Evidence evidence(standing_.agent(), standing_.server(), {});
  evidence.add(trust::Happened::kJunk);
  std::vector<trust::Event> events = evidence.take();
  (void)standing_.apply(events);
  return events;
}

}  // namespace agentmesh::proxy
