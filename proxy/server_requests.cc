#include "proxy/server_requests.h"

#include <string>
#include <utility>
#include <variant>

#include "proxy/approval_dialog.h"
#include "proxy/recording.h"
#include "proxy/wording.h"

namespace agentmesh::proxy {

Step withdraw_dialog(const Held& held) {
  Step step;
  step.what = Step::What::kAnswer;
  step.text = dialog_withdrawn(held.dialog_id, "AgentMesh needs no answer any more");
  return step;
}

ServerRequests::ServerRequests(const Options& options, Session& session, Calls& calls,
                               Pipeline& pipeline, const Clock& clock)
    : options_(options),
      session_(session),
      calls_(calls),
      pipeline_(pipeline),
      clock_(clock),
      held_reader_(Direction::kServerToClient) {}

Step ServerRequests::judged(const Message& message, std::string_view bytes, Turn& turn) {
  Judgement judgement = pipeline_.judge(message, policy::Stage::kRequest);
  return judgement.effect == Judgement::Effect::kHold
             ? ask_client(message, bytes, std::move(judgement), turn)
             : carry_on(message, bytes, std::move(judgement), turn);
}

std::unique_ptr<AnswerPlan> ServerRequests::denial_of(const Message& message,
                                                      const Judgement& judgement) const {
  auto plan = std::make_unique<AnswerPlan>();
  plan->shape = AnswerPlan::Shape::kDeniedError;
  plan->to = Direction::kClientToServer;
  plan->id_raw = message.id->raw;
  plan->text = denial_text(judgement, {});
  plan->mark = pipeline_.mark_of_denial(judgement);
  return plan;
}

Step ServerRequests::ask_client(const Message& message, std::string_view bytes, Judgement judgement,
                                Turn& turn) {
  for (audit::Record& record : judgement.before) turn.add(std::move(record));
  judgement.before.clear();
  Step step;
  step.what = Step::What::kAsk;
  step.turned = true;  // the dialog goes where the request would have gone
  step.id_key = message.id->key;
  step.ask = judgement.ask;
  // Nobody is asked without a record of it: the request is denied then.
  step.fail_closed = true;
  step.answer = denial_of(message, judgement);
  Pending pending;  // the id is taken, but was not sent
  pending.method = message.method;
  (void)calls_.of(Direction::kServerToClient).add(message.id->key, std::move(pending));
  step.text = pipeline_.approvals().hold(message, Direction::kServerToClient, bytes,
                                         std::move(judgement), pipeline_.shared_policy());
  return step;
}

void ServerRequests::settle(Approvals::Settled settled, Ending ending, Turn& turn) {
  Held& held = settled.held;
  Answered& answer = settled.answer;
  calls_.of(Direction::kServerToClient).erase(held.id_key);
  const bool turned = turn.direction == Direction::kClientToServer;
  if (ending.dialog_open && held.shown) {
    Step step = withdraw_dialog(held);
    step.turned = !turned;
    turn.steps.push_back(std::move(step));
  }
  if (answer.record) turn.add(std::move(*answer.record));
  const std::string_view bytes = turn.kept.emplace_back(std::move(held.line));
  const Reading reading = held_reader_.read(bytes, [](const Id&) { return std::string_view(); });
  const auto* message = std::get_if<Message>(&reading);
  if (message == nullptr) return;  // it was one when it came
  Judgement judgement = std::move(held.judgement);
  if (answer.granted) {
    const std::string ask = judgement.ask;
    const Pipeline::Yes yes{ask, answer.by, Approvals::approvers_of(judgement.verdict)};
    judgement = pipeline_.judge(*message, policy::Stage::kRequest, &yes);
    judgement.ask = ask;
  } else if (options_.shadow && ending.lives()) {
    judgement = pipeline_.judge_refused(*message, policy::Stage::kRequest, judgement.ask);
  } else {
    Approvals::refuse(judgement, std::move(answer.reason));
  }
  Step step = carry_on(*message, bytes, std::move(judgement), turn);
  if (!ending.wants_answer) step.what = Step::What::kNothing;
  step.turned = turned;
  turn.steps.push_back(std::move(step));
}

Step ServerRequests::carry_on(const Message& message, std::string_view bytes, Judgement judgement,
                              Turn& turn) {
  for (audit::Record& record : judgement.before) turn.add(std::move(record));
  Step step;
  step.bytes = bytes;
  step.decision = turn.add(
      decision_record(message, Direction::kServerToClient, judgement, session_, options_.shadow));
  turn.durable = turn.durable || judgement.verdict.durable;
  if (!judgement.forwards()) {
    calls_.remember_answered(Direction::kServerToClient, message.id->key);
    step.what = Step::What::kPlanned;
    step.answer = denial_of(message, judgement);
    return step;
  }
  step.what = Step::What::kForward;
  step.id_key = message.id->key;
  step.call = calls_.open(call_of(message, Direction::kServerToClient, judgement, clock_.mono_us()),
                          step.id_key);
  return step;
}

}  // namespace agentmesh::proxy
