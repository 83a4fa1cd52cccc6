#include "proxy/client_side.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "proxy/answer.h"
#include "proxy/approval_dialog.h"
#include "proxy/recording.h"
#include "proxy/wording.h"

namespace agentmesh::proxy {
namespace {

// Our own answer and state leave the request before the server sees it: it never issued them.
void take_out_ours(Splice& splice, json::View params) {
  for (const json::View::Member& member : params.members()) {
    const std::string key = member.key.string();
    if (key == "requestState") {
      if (ApprovalState::claims(member.value.string())) splice.remove_member(params, member);
    } else if (key == "inputResponses") {
      bool others = false;
      for (const json::View::Member& response : member.value.members())
        others = others || response.key.string() != kApprovalKey;
      if (!others) {
        splice.remove_member(params, member);
        continue;
      }
      for (const json::View::Member& response : member.value.members())
        if (response.key.string() == kApprovalKey) splice.remove_member(member.value, response);
    }
  }
}

// True if take_out_ours() takes out what stands at `at`.
bool is_ours(json::View params, const char* at) {
  const auto holds = [at](const json::View::Member& member) {
    const std::string_view value = member.value.raw();
    return at >= member.key.raw().data() && at < value.data() + value.size();
  };
  for (const json::View::Member& response : params.find("inputResponses").members())
    if (holds(response)) return response.key.string() == kApprovalKey;
  return false;
}

// What goes on instead of the line as received: with the values masked that the policy wants masked, and without what is
// ours. "" if the line goes on as it is.
std::string changed_line(std::string_view bytes, const Message& message, const Judgement& judgement,
                         bool shadow) {
  const auto& replacements = judgement.verdict.replacements;
  const bool redacts = !replacements.empty() && !shadow;
  if (!redacts && !judgement.returned) return "";
  Splice splice(bytes);
  if (redacts) {
    const size_t base = splice.offset_of(message.text);
    for (const policy::Replacement& r : replacements)
      if (!judgement.returned || !is_ours(message.params, message.text.data() + r.begin))
        splice.replace(base + r.begin, base + r.end, r.text);
  }
  if (judgement.returned) take_out_ours(splice, message.params);
  return splice.apply();
}

// The server hears that its question has no answer.
Step no_answer(const Id& id, std::string_view reason) {
  Step step = forward({});
  step.text = plain_error(id.raw, -32603, refusal_text(reason));
  return step;
}

bool is_dialog_id(const std::string& id_key) {
  return id_key.starts_with('s') && std::string_view(id_key).substr(1).starts_with(kDialogIdPrefix);
}

// Methods that no policy decides and whose params a server may take for a path: those nobody lists, and completions.
bool carries_anything(const Message& message) {
  return message.governed == nullptr || message.method == "completion/complete";
}

}  // namespace

ClientSide::ClientSide(const Options& options, Session& session, Calls& calls, Pipeline& pipeline,
                       Results& results, const Clock& clock)
    : Side(Direction::kClientToServer, options, session, calls, pipeline, results),
      clock_(clock),
      held_reader_(Direction::kClientToServer),
      server_requests_(options, session, calls, pipeline, clock) {}

bool ClientSide::batch_may_pass(const Batch& batch) {
  if (!Side::batch_may_pass(batch)) return false;
  return std::none_of(batch.members.begin(), batch.members.end(), [this](std::string_view text) {
    const Reading reading = read_member(text);
    const auto* message = std::get_if<Message>(&reading);
    return message != nullptr && message->method == "initialize";
  });
}

// R15: refused whole; every request in it with a legal id that is its alone gets an answer, and so does whoever waits for an
// answer in it. What gets none has one record together, however much it is.
Step ClientSide::refused_batch(const Batch& batch, std::string_view, Turn& turn) {
  Step step;
  step.what = Step::What::kBatch;
  const std::string_view reason =
      session_.batches_allowed()
          ? "a batch holds objects only, and no initialize"
          : "JSON-RPC batches exist only in MCP 2025-03-26, which this session did not agree on";
  std::unordered_map<std::string, int> seen;  // requests per id
  std::vector<std::optional<Id>> ids;         // of the members that are requests
  for (const std::string_view member : batch.members) {
    const Reading reading = read_member(member);
    std::optional<Id> id;
    if (const auto* bad = std::get_if<Refusal>(&reading)) {
      if (bad->was_request) id = bad->id;
    } else if (const auto* message = std::get_if<Message>(&reading)) {
      if (message->kind == MessageKind::kRequest) id = message->id;
    }
    if (id) ++seen[id->key];
    ids.push_back(std::move(id));
    instead_of_member(reading, reason, turn);
  }
  constexpr std::string_view kRule = "read.R15";
  ReadFault others{Direction::kClientToServer, kRule, reason, 0, 0, {}, {}, {}};
  bool charged = false;
  for (size_t i = 0; i < batch.members.size(); ++i) {
    const uint64_t bytes = batch.members[i].size();
    if (!ids[i] || seen[ids[i]->key] != 1) {
      others.bytes += bytes;
      ++others.count;
      continue;
    }
    Step answer = refusal_of(*ids[i], -32600, fmt::format("{} ({})", reason, kRule));
    answer.decision = record_of(
        {Direction::kClientToServer, kRule, reason, bytes, 1, {}, ids[i]->raw, {}}, charged, turn);
    step.members.push_back(std::move(answer));
  }
  if (others.count > 0) {
    Step unanswered;
    unanswered.decision = record_of(others, charged, turn);
    step.members.push_back(std::move(unanswered));
  }
  return step;
}

Step ClientSide::instead(const Id& id, std::string_view reason, Turn& turn, bool) {
  bool ours = false;
  if (dialog_answered(id, {}, turn, ours) || ours) return {};
  std::string key;
  bool twin = false;
  Pending* pending = calls_.answered(Direction::kServerToClient, id, key, twin);
  if (pending == nullptr) return {};
  Step step =
      no_answer(id, "the client's answer cannot be read in one way: " + std::string(reason));
  if (const Call* call = calls_.at(pending->context)) {
    step.outcome = turn.add(results_.outcomes().unreadable(*call));
    calls_.close(pending->context);
  }
  calls_.of(Direction::kServerToClient).erase(key);
  return step;
}

Step ClientSide::request(const Message& message, std::string_view bytes, Turn& turn) {
  Outstanding& table = calls_.of(Direction::kClientToServer);
  if (auto refusal = no_place_for(message, bytes, turn)) return std::move(*refusal);
  calls_.forget_answered(Direction::kClientToServer, message.id->key);
  session_.request_seen(message);
  const bool known = message.governed != nullptr && message.governed->from_client &&
                     !message.governed->notification;  // with an id it is a method nobody lists
  if ((known && message.governed->decided) || (!known && pipeline_.denies_unknown_methods()) ||
      (carries_anything(message) && pipeline_.reaches_our_own(message)))
    return governed_request(message, bytes, turn);

  Pending pending;
  pending.method = message.method;
  pending.modern = Session::is_modern(message);
  pending.forwarded_us = clock_.mono_us();
  pending.first_page = !message.member("cursor").is_string();
  Step step = forward(bytes);
  step.id_key = message.id->key;
  if (message.method == "tasks/result" || message.method == "tasks/get") {
    if (const Call* task = results_.task(message.member("taskId").string())) {
      Call call = *task;  // the call it was, fetched by this request
      call.method = message.method;
      call.id_raw = message.id->raw;
      call.probe = false;
      call.forwarded_us = pending.forwarded_us;
      call.modern = pending.modern;
      pending.context = calls_.open(std::move(call));
    } else {
      step.decision = turn.add(results_.decision_of_unknown_task(message));
      step.call = calls_.open(results_.unknown_task(message, pending.forwarded_us));
      pending.context = step.call;
    }
  }
  (void)table.add(step.id_key, std::move(pending));  // neither doubled nor full: looked at above
  return step;
}

Step ClientSide::governed_request(const Message& message, std::string_view bytes, Turn& turn) {
  Judgement judgement = pipeline_.judge(message, policy::Stage::kCall);
  if (judgement.effect == Judgement::Effect::kHold ||
      judgement.effect == Judgement::Effect::kInputRequired)
    return ask_client(message, bytes, std::move(judgement), turn);
  return carry_on(message, bytes, std::move(judgement), turn);
}

std::unique_ptr<AnswerPlan> ClientSide::denial_of(const Message& message,
                                                  const Judgement& judgement) const {
  auto plan = std::make_unique<AnswerPlan>();
  plan->modern = Session::is_modern(message);
  const bool task = message.member("task").is_object() && !plan->modern;
  const bool as_result =
      message.method == "tools/call" && !task && options_.deny_as == DenyAs::kResult;
  plan->shape = as_result ? AnswerPlan::Shape::kDeniedResult : AnswerPlan::Shape::kDeniedError;
  plan->to = Direction::kServerToClient;
  plan->id_raw = message.id->raw;
  plan->text = denial_text(judgement, options_.state_words);
  plan->mark = pipeline_.mark_of_denial(judgement);
  return plan;
}

Step ClientSide::ask_client(const Message& message, std::string_view bytes, Judgement judgement,
                            Turn& turn) {
  for (audit::Record& record : judgement.before) turn.add(std::move(record));
  judgement.before.clear();
  Step step;
  step.what = Step::What::kAsk;
  step.id_key = message.id->key;
  step.ask = judgement.ask;
  // Nobody is asked without a record of it: the call is denied then.
  step.fail_closed = true;
  step.answer = denial_of(message, judgement);
  if (judgement.effect == Judgement::Effect::kInputRequired) {
    step.text = pipeline_.approvals().input_required_line(message, judgement);
    calls_.remember_answered(Direction::kClientToServer, message.id->key);
    return step;
  }
  // The id is taken as long as the call waits; it was not sent, so that nothing can answer it.
  Pending pending;
  pending.method = message.method;
  (void)calls_.of(Direction::kClientToServer).add(message.id->key, std::move(pending));
  step.text = pipeline_.approvals().hold(message, Direction::kClientToServer, bytes,
                                         std::move(judgement), pipeline_.shared_policy());
  return step;
}

void ClientSide::settle_held(Approvals::Settled settled, ServerRequests::Ending ending,
                             Turn& turn) {
  Held& held = settled.held;
  if (held.direction == Direction::kServerToClient)
    return server_requests_.settle(std::move(settled), ending, turn);
  Answered& answer = settled.answer;
  calls_.of(Direction::kClientToServer).erase(held.id_key);
  if (ending.dialog_open && held.shown) turn.steps.push_back(withdraw_dialog(held));
  if (answer.record) turn.add(std::move(*answer.record));
  const std::string_view bytes = turn.kept.emplace_back(std::move(held.line));
  const Reading reading = held_reader_.read(bytes, result_of_);
  const auto* message = std::get_if<Message>(&reading);
  if (message == nullptr) return;  // it was one when it came
  Judgement judgement = std::move(held.judgement);
  if (answer.granted) {
    const std::string ask = judgement.ask;
    const Pipeline::Yes yes{ask, answer.by, Approvals::approvers_of(judgement.verdict)};
    judgement = pipeline_.judge(*message, policy::Stage::kCall, &yes);
    judgement.ask = ask;
  } else if (options_.shadow && ending.lives()) {
    judgement = pipeline_.judge_refused(*message, policy::Stage::kCall, judgement.ask);
  } else {
    Approvals::refuse(judgement, std::move(answer.reason));
  }
  Step step = carry_on(*message, bytes, std::move(judgement), turn);
  if (!ending.wants_answer) step.what = Step::What::kNothing;
  turn.steps.push_back(std::move(step));
}

bool ClientSide::dialog_answered(const Id& id, json::View result, Turn& turn, bool& found) {
  found = false;
  if (!is_dialog_id(id.key)) return false;
  auto settled = pipeline_.approvals().answered(std::string_view(id.key).substr(1), result, found);
  if (!settled) return false;
  settle_held(std::move(*settled), {}, turn);
  return true;
}

void ClientSide::attend(Turn& turn) {
  Approvals& approvals = pipeline_.approvals();
  while (auto settled = approvals.settled_elsewhere()) {
    const bool client_said = settled->held.said.has_value();
    settle_held(std::move(*settled), {!client_said, true}, turn);
  }
  while (options_.shadow) {
    auto settled = approvals.let_go();
    if (!settled) break;
    settle_held(std::move(*settled), {true, true}, turn);
  }
  for (audit::Record& record : approvals.forgotten_states(false)) turn.add(std::move(record));
  if (std::string progress = approvals.due_progress(); !progress.empty())
    turn.steps.push_back(answered(std::move(progress)));
}

void ClientSide::give_up_held(Turn& turn) {
  while (auto settled = pipeline_.approvals().given_up())
    settle_held(std::move(*settled), {false, true, true}, turn);
}

Step ClientSide::carry_on(const Message& message, std::string_view bytes, Judgement judgement,
                          Turn& turn) {
  session_.call_seen(!judgement.forwards());
  for (audit::Record& record : judgement.before) turn.add(std::move(record));

  audit::Decision record =
      decision_record(message, Direction::kClientToServer, judgement, session_, options_.shadow);
  Step step;
  step.decision = turn.add(std::move(record));
  turn.durable = turn.durable || judgement.verdict.durable;
  step.bytes = bytes;

  if (judgement.forwards()) {
    step.what = Step::What::kForward;
    step.id_key = message.id->key;
    const json::View args =
        message.method == "tools/call" ? message.member("arguments") : message.params;
    step.text = changed_line(bytes, message, judgement, options_.shadow);

    Call call = call_of(message, Direction::kClientToServer, judgement, clock_.mono_us());
    if (message.method == "tools/call") {
      call.tool = message.member("name").string();
      session_.tool_called(call.tool);
    }
    call.same = std::hash<std::string_view>{}(args.raw()) ^
                std::hash<std::string>{}(call.tool.empty() ? call.method : call.tool);
    call.approved = std::move(judgement.approved);
    call.probe = judgement.probe;
    call.modern = Session::is_modern(message);
    call.task = message.member("task").is_object();
    call.progress_token = Calls::token_of(message.member("_meta").find("progressToken"));
    step.call = calls_.open(std::move(call), step.id_key);
    return step;
  }

  calls_.remember_answered(Direction::kClientToServer, message.id->key);
  step.what = Step::What::kPlanned;
  step.answer = denial_of(message, judgement);
  return step;
}

Step ClientSide::answer(const Message& message, std::string_view bytes, Turn& turn) {
  // The peer could not read an id: nothing to match, nothing to govern, and it should hear of it.
  if (message.kind == MessageKind::kError && !message.id) return forward(bytes);
  bool ours = false;
  if (dialog_answered(*message.id, message.result, turn, ours) || ours) return {};
  std::string key;
  bool twin = false;
  Pending* pending = calls_.answered(Direction::kServerToClient, *message.id, key, twin);
  if (pending == nullptr)
    return dropped("read.unmatched", "an answer that nothing waits for", message, bytes, turn);

  if (pending->method == "roots/list" && message.kind == MessageKind::kResult)
    session_.roots_announced(message.result);
  // What a person was asked for, a server may well open.
  const bool ours_named = pending->method == "elicitation/create" &&
                          pipeline_.reaches_our_own(pending->method, message.result);
  Step step = forward(bytes);
  if (ours_named) {
    constexpr std::string_view kReason = "the client's answer names what is AgentMesh's own";
    step = no_answer(*message.id, kReason);
    step.decision = dropped("self.protected", kReason, message, bytes, turn).decision;
  }
  if (Call* call = calls_.at(pending->context)) {
    step.outcome = turn.add(ours_named ? results_.outcomes().kept_from_server(*call)
                                       : results_.outcomes().of_client_answer(*call, message));
    calls_.close(pending->context);
  }
  calls_.of(Direction::kServerToClient).erase(key);
  return step;
}

Step ClientSide::notification(const Message& message, std::string_view bytes, Turn& turn) {
  if (message.method == "notifications/cancelled") {
    if (const auto id = id_of(message.member("requestId"))) {
      if (auto settled = pipeline_.approvals().cancelled(Direction::kClientToServer, id->key)) {
        settle_held(std::move(*settled), {true, false}, turn);
        return {};
      }
      if (never_left(*id)) return {};
      if (Pending* pending = calls_.of(Direction::kClientToServer).find(id->key)) {
        pending->cancelled = true;
        if (Call* call = calls_.at(pending->context)) {
          pipeline_.breakers().abandoned(*call);  // no answer is owed any more
          call->probe = false;
        }
      }
      Step step = forward(bytes);
      step.cancels = id->key;
      return step;
    }
  }
  if (carries_anything(message) && pipeline_.reaches_our_own(message))
    return dropped("self.protected", "a notification that reaches for what is AgentMesh's own",
                   message, bytes, turn);
  return forward(bytes);
}

}  // namespace agentmesh::proxy
