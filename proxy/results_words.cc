// What a server says outside the answer to a governed call.

#include <algorithm>
#include <utility>
#include <vector>

#include "proxy/forgery.h"
#include "proxy/recording.h"
#include "proxy/results.h"

namespace agentmesh::proxy {
namespace {

// Of words that answer no governed call: whether there is anything to write down. Colours of a log line, which no rule says a
// word about, are none: a server may say thousands of such lines.
bool deserves_record(const policy::Verdict& verdict) {
  if (!verdict.passes() || !verdict.replacements.empty()) return true;
  if (!verdict.matched.empty()) return !verdict.findings.empty();
  return std::any_of(verdict.findings.begin(), verdict.findings.end(),
                     [](const policy::Finding& f) { return f.severity > policy::Severity::kLow; });
}

json::View said_in(const Message& message) {
  switch (message.kind) {
    case MessageKind::kNotification: return message.params;
    case MessageKind::kError: return message.error;
    default: return message.result;
  }
}

}  // namespace

Step Results::of_words(const Message& message, std::string_view bytes, std::string_view method,
                       Turn& turn) {
  Step step = forward(bytes);
  const bool is_error = message.kind == MessageKind::kError;
  const json::View said = said_in(message);
  if (!said.present()) return step;
  Call about;
  about.method = method;
  about.adopted = method.find("tasks/") != std::string_view::npos;  // it may be about any call
  if (message.id) about.id_raw = message.id->raw;
  policy::Verdict verdict = pipeline_.judge_result(about, said, is_error, {});
  learn(about, verdict);
  if (!deserves_record(verdict)) return step;

  const bool withheld = !verdict.passes() && !options_.shadow;
  about.decision = "deny";
  about.policy = verdict.policy;
  about.rule = verdict.rule;
  if (withheld && message.id) withhold(about, verdict, step);
  if (withheld && !message.id) step.what = Step::What::kNothing;  // nobody waits for it
  if (!withheld) redact(verdict, said, step);
  step.decision = turn.add(record_of_words(message, method, std::move(verdict), withheld));
  return step;
}

// What stands in the log of words that answer no governed call: a decision, of stage `result` whatever came of it, since no call
// was decided.
audit::Decision Results::record_of_words(const Message& message, std::string_view method,
                                         policy::Verdict verdict, bool withheld) {
  trust::Evidence evidence(standing_.agent(), standing_.server(), {});
  for (const trust::Remark remark : standing_.remarks(verdict.findings, trust::Side::kServer))
    evidence.finding(remark, trust::Side::kServer);
  const std::vector<trust::Event> events = evidence.take();
  (void)standing_.apply(events);

  Message spoken;
  spoken.method = method;
  spoken.id = message.id;
  spoken.params = said_in(message);
  Judgement judgement;
  judgement.effect = withheld ? Judgement::Effect::kDeny : Judgement::Effect::kForward;
  judgement.decision = withheld ? "deny" : verdict.passes() ? "allow" : "would_deny";
  judgement.stage = "result";
  judgement.policy = verdict.policy;
  judgement.rule = verdict.rule;
  judgement.reason = verdict.reason;
  judgement.score = standing_.score();
  judgement.events = events;
  judgement.verdict = std::move(verdict);
  return decision_record(spoken, Direction::kServerToClient, judgement, session_, options_.shadow);
}

audit::Decision Results::forgery(const Message& message, std::string_view method) {
  session_.taint();  // as by such a finding in a result
  policy::Verdict verdict;
  verdict.action = policy::Action::kAllow;
  verdict.policy = pipeline_.policy().name();
  verdict.findings = forged_marks(message);
  verdict.rule = "result.forged-mark";
  verdict.reason = "a mark in the name of AgentMesh was taken out of what the server said";
  return record_of_words(message, method, std::move(verdict), false);
}

}  // namespace agentmesh::proxy
