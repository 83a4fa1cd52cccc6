#include "proxy/results.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "proxy/recording.h"
#include "proxy/wording.h"

namespace agentmesh::proxy {
namespace {

constexpr std::string_view kOurNames = "io.agentmesh/";
constexpr size_t kMaxTasks = 65'536;
constexpr std::string_view kUnknownTask = "task.unknown";

std::vector<trust::Severity> severities(std::span<const policy::Finding> findings) {
  std::vector<trust::Severity> out;
  out.reserve(findings.size());
  for (const policy::Finding& f : findings) out.push_back(static_cast<trust::Severity>(f.severity));
  return out;
}

// The id of a task handle, in either spelling of the protocol.
std::string task_id_of(json::View result) {
  const json::View task = result.find("task");
  const json::View id = task.is_object() ? task.find("taskId") : result.find("taskId");
  return id.string();
}

// One request that an answer of the server makes of the client.
struct Asked {
  std::string key;  // of inputRequests
  std::string method;
  json::View params;
  std::string ambiguity;  // why it could be read in two ways, or ""
};

Asked asked_of(std::string key, std::string method, json::View params, json::View envelope) {
  Asked asked{std::move(key), std::move(method), params, {}};
  const Method* row = find_method(asked.method);
  const auto like = [&](json::View object, std::string_view keys) {
    for (const json::View::Member& member : object.members())
      if (const std::string_view word = folds_to_one_of(member.key.string(), keys); !word.empty())
        asked.ambiguity = fmt::format("a key looks like \"{}\" without being it", word);
  };
  like(envelope, "method params");
  if (row != nullptr) like(params, row->more_keys);
  if (const Method* other = look_alike_of(asked.method))
    asked.ambiguity = fmt::format("a method looks like \"{}\" without being it", other->name);
  return asked;
}

// What a client does because of this answer besides reading it: the inputRequests of 2026-07-28, the pages of error -32042.
std::vector<Asked> asked_in(const Message& message) {
  std::vector<Asked> all;
  if (message.kind == MessageKind::kResult) {
    for (const json::View::Member& member : message.member("inputRequests").members())
      all.push_back(asked_of(member.key.string(), member.value.find("method").string(),
                             member.value.find("params"), member.value));
  } else {  // of error -32042 (MCP 2025-11-25), however its number is spelled
    for (const json::View page : message.member("data").find("elicitations").elements())
      all.push_back(asked_of({}, "elicitation/create", page, {}));
  }
  return all;
}

AnswerPlan::Shape withheld_shape(const Call& call) {
  return call.method == "tools/call" || call.method == "tasks/result"
             ? AnswerPlan::Shape::kWithheldResult
             : AnswerPlan::Shape::kDeniedError;
}

}  // namespace

Results::Results(const Options& options, Session& session, Pipeline& pipeline, Standing& standing,
                 const Clock& clock)
    : options_(options),
      session_(session),
      pipeline_(pipeline),
      standing_(standing),
      clock_(clock) {}

const Call* Results::task(const std::string& task_id) const {
  const auto found = tasks_.find(task_id);
  return found == tasks_.end() ? nullptr : &found->second;
}

// A task known under this id stands for `call` if they have one decision.
Call* Results::task_of(const Call& call) {
  if (call.task_id.empty()) return nullptr;
  const auto found = tasks_.find(call.task_id);
  return found == tasks_.end() || found->second.wseq != call.wseq ? nullptr : &found->second;
}

bool Results::first_outcome(const Call& call) {
  const Call* known = task_of(call);
  return known == nullptr ? !call.settled : !known->settled;
}

void Results::task_settled(const Call& call) {
  if (Call* known = task_of(call)) known->settled = true;
}

void Results::keep_task(const std::string& id, const Call& call) {
  if (id.empty() || (tasks_.size() >= kMaxTasks && tasks_.count(id) == 0)) return;
  Call& kept = tasks_[id];
  kept = call;
  kept.task_id = id;
}

Call Results::unknown_task(const Message& request, int64_t now_us) const {
  Call call;
  call.method = request.method;
  call.id_raw = request.id->raw;
  call.task_id = request.member("taskId").string();
  call.policy = pipeline_.policy().name();
  call.rule = kUnknownTask;
  call.decision = "allow";
  call.forwarded_us = now_us;
  call.modern = Session::is_modern(request);
  call.adopted = true;
  return call;
}

audit::Decision Results::decision_of_unknown_task(const Message& request) const {
  Judgement judgement;
  judgement.effect = Judgement::Effect::kForward;
  judgement.decision = "allow";
  judgement.policy = pipeline_.policy().name();
  judgement.rule = kUnknownTask;
  judgement.reason = "this process did not see the task begin";
  judgement.score = standing_.score();
  return decision_record(request, Direction::kClientToServer, judgement, session_, options_.shadow);
}

audit::Outcome Results::outcome(const Call& call, std::string_view status) const {
  audit::Outcome record;
  record.of = call.wseq;
  record.status = status;
  record.us = std::max<int64_t>(0, clock_.mono_us() - call.forwarded_us);
  return record;
}

void Results::settle_trust(audit::Outcome& record, trust::CallStory story, const Call& call) {
  for (const policy::Finding& f : call.findings)
    if (f.id != kUnlisted) story.call_findings.push_back(static_cast<trust::Severity>(f.severity));
  story.shadow_denied = call.decision != "allow";
  story.cancelled = call.cancelled;
  story.hung = call.overdue;
  repeated_.assign(standing_.agent()).append(1, '\0').append(call.tool);
  story.weight = standing_.repetition().weigh(repeated_, clock_.mono_us());
  const auto events = trust::events_of(story, standing_.agent(), standing_.server(), call.tool);
  const int delta = standing_.apply(events);
  record.events = events_of(events);
  record.trust = trust_of(standing_.score(), delta);
  for (std::string& subject : standing_.take_swings())
    record.findings.push_back({"trust.swing", "medium", std::move(subject)});
}

// A call that passed the deadline was counted then.
void Results::count_failure(const Call& call) {
  if (!call.overdue) pipeline_.breakers().failed(call);
}

audit::Outcome Results::unreadable(const Call& call) {
  count_failure(call);
  audit::Outcome record = outcome(call, "withheld");
  record.code = -32603;
  trust::CallStory story;
  story.internal_error = true;
  settle_trust(record, std::move(story), call);
  task_settled(call);
  return record;
}

audit::Outcome Results::lost(const Call& call) {
  audit::Outcome record = outcome(call, call.cancelled ? "cancelled" : "lost");
  trust::CallStory story;
  story.lost = !call.cancelled && call.task_id.empty();  // a task may well outlive the session
  settle_trust(record, std::move(story), call);
  task_settled(call);
  return record;
}

void Results::drop_cancelled(Calls& calls, Direction direction, Turn& turn) {
  std::vector<std::string> keys;
  for (const auto& [key, pending] : calls.of(direction)) {
    if (!pending.cancelled || !pending.sent) continue;
    keys.push_back(key);
    Call* call = calls.at(pending.context);
    if (call == nullptr) continue;
    call->cancelled = true;
    if (first_outcome(*call)) turn.add(lost(*call));
    calls.close(pending.context);
  }
  for (const std::string& key : keys) calls.of(direction).erase(key);
}

audit::Outcome Results::timed_out(const Call& call) {
  count_failure(call);
  audit::Outcome record = outcome(call, "timeout");
  record.code = -32603;
  trust::CallStory story;
  story.timed_out = true;
  settle_trust(record, std::move(story), call);
  return record;
}

audit::Outcome Results::of_client_answer(const Call& call, const Message& message) {
  audit::Outcome record = outcome(call, message.kind == MessageKind::kError ? "rpc_error" : "ok");
  const json::View value = message.kind == MessageKind::kError ? message.error : message.result;
  if (message.kind == MessageKind::kError)
    if (const auto code = value.find("code").integer()) record.code = *code;
  if (value.present()) record.result = audit::Payload{value.raw(), {}};
  return record;
}

void Results::learn(const Call& call, const policy::Verdict& verdict) {
  const bool from_outside =
      call.facts.untrusted || call.facts.type == "network" || call.facts.type == "message";
  const bool suspicious =
      std::any_of(verdict.findings.begin(), verdict.findings.end(),
                  [](const policy::Finding& f) { return f.severity >= policy::Severity::kMedium; });
  if (from_outside || suspicious) session_.taint();
  if (call.facts.reads && call.facts.private_place) session_.read_private();
}

Step Results::read_error(const Message& message, std::string_view bytes, const Call& call,
                         Turn& turn) {
  Step step;
  step.what = Step::What::kForward;
  step.bytes = bytes;
  const policy::Verdict verdict = pipeline_.judge_result(call, message.error, true, {});
  learn(call, verdict);
  const bool passes = judge_asked(message, call, step, turn);
  if (!call.task_id.empty() && !call.adopted && passes)
    return step;  // "not ready" and the like: the task's own outcome is still to come
  if (!first_outcome(call)) return step;
  audit::Outcome record = outcome(call, passes ? "rpc_error" : "withheld");
  const auto code = message.error.find("code").integer();
  if (code) record.code = *code;
  if (code && *code == -32603)
    count_failure(call);
  else
    pipeline_.breakers().answered(call);
  record.result = audit::Payload{message.error.raw(), {}};
  record.findings = findings_of(verdict.findings);
  trust::CallStory story;
  story.internal_error = code && *code == -32603;
  story.result_findings = severities(verdict.findings);
  settle_trust(record, std::move(story), call);
  step.outcome = turn.add(std::move(record));
  task_settled(call);
  return step;
}

Step Results::task_handle(const Message& message, std::string_view bytes, const Call& call,
                          Turn& turn) {
  Step step;
  step.what = Step::What::kForward;
  step.bytes = bytes;
  if (judge_asked(message, call, step, turn)) {
    keep_task(task_id_of(message.result), call);
  } else {
    step.outcome = turn.add(outcome(call, "withheld"));
  }
  return step;
}

bool Results::judge_asked(const Message& message, const Call& call, Step& step, Turn& turn) {
  const std::vector<Asked> all = asked_in(message);
  if (all.empty()) return true;
  // What goes back if a request in it is denied, or cannot be recorded.
  step.fail_closed = true;
  step.answer = std::make_unique<AnswerPlan>();
  step.answer->shape = withheld_shape(call);
  step.answer->id_raw = call.id_raw;
  step.answer->modern = call.modern;
  bool passes = true;
  for (const Asked& one : all) {
    Message asked;
    asked.kind = MessageKind::kRequest;
    asked.method = one.method;
    asked.params = one.params;
    asked.governed = find_method(asked.method);
    Judgement judgement = one.ambiguity.empty() ? pipeline_.judge(asked, policy::Stage::kRequest)
                                                : pipeline_.ambiguous(one.ambiguity);
    // Under such a key the client's person would take the server's question for one of ours.
    if (one.key.starts_with(kOurNames) && !options_.shadow)
      pipeline_.refuse_name_of_ours(judgement);
    for (audit::Record& before : judgement.before) turn.add(std::move(before));
    const int32_t at = turn.add(
        decision_record(asked, Direction::kServerToClient, judgement, session_, options_.shadow));
    if (judgement.forwards() || !passes) continue;
    passes = false;
    step.what = Step::What::kPlanned;
    step.decision = at;
    step.answer->text = denial_text(judgement);
    step.answer->mark = pipeline_.mark_of_denial(judgement);
  }
  return passes;
}

Step Results::input_required(const Message& message, std::string_view bytes, const Call& call,
                             Turn& turn) {
  Step step;
  step.what = Step::What::kForward;
  step.bytes = bytes;
  const bool passes = judge_asked(message, call, step, turn);
  for (const json::View::Member& member : message.member("inputRequests").members())
    if (passes && member.value.find("method").string() == "roots/list")
      session_.roots_asked(member.key.string());
  if (!first_outcome(call)) return step;
  audit::Outcome record = outcome(call, passes ? "ok" : "withheld");
  record.result = audit::Payload{message.result.raw(), {}};
  if (passes && !call.approved.empty())
    pipeline_.approvals().server_asked(call.approved, message.result.find("requestState").string());
  step.outcome = turn.add(std::move(record));
  return step;
}

Step Results::asking(const Message& message, std::string_view bytes, const Call& call, Turn& turn) {
  Step step;
  step.what = Step::What::kForward;
  step.bytes = bytes;
  (void)judge_asked(message, call, step, turn);
  return step;
}

bool Results::asks(const Message& message) { return !asked_in(message).empty(); }

// tasks/get: what the task came for is nested in it once it is done (2026-07-28), and so is what the server asks meanwhile.
Step Results::task_polled(const Message& message, std::string_view bytes, const Call& call,
                          bool twin, Turn& turn) {
  const json::View nested = message.result.find("result");
  if (nested.is_object())
    return scanned(message, bytes, call, {ResultParts(nested), ResultShape::kOther, true, false},
                   twin, turn);
  Step step;
  step.what = Step::What::kForward;
  step.bytes = bytes;
  if (!judge_asked(message, call, step, turn)) return step;
  const json::View error = message.result.find("error");
  if (!error.is_object()) {
    if (call.adopted && task_of(call) == nullptr) keep_task(call.task_id, call);
    return step;
  }
  const policy::Verdict verdict = pipeline_.judge_result(call, error, true, {});
  learn(call, verdict);
  if (!first_outcome(call)) return step;
  audit::Outcome record = outcome(call, "rpc_error");
  if (const auto code = error.find("code").integer()) record.code = *code;
  record.result = audit::Payload{error.raw(), {}};
  record.findings = findings_of(verdict.findings);
  trust::CallStory story;
  story.result_findings = severities(verdict.findings);
  settle_trust(record, std::move(story), call);
  step.outcome = turn.add(std::move(record));
  task_settled(call);
  return step;
}

Step Results::read(const Message& message, std::string_view bytes, const Call& call, bool twin,
                   Turn& turn) {
  if (message.kind == MessageKind::kError) return read_error(message, bytes, call, turn);
  pipeline_.breakers().answered(call);
  if (call.method == "tasks/get") return task_polled(message, bytes, call, twin, turn);
  const bool tool_result = call.method == "tools/call" || call.method == "tasks/result";
  const ResultParts parts(message.result, message.members);
  ResultShape shape = shape_of(parts);
  // Only what this request may be answered with is let off the ordinary path: a key alone must not switch scanning off.
  const bool holds_answer = parts.content.present() || parts.contents.present() ||
                            parts.messages.present() || parts.structured.present() ||
                            message.member("description").present() ||
                            message.member("toolResult").present();
  if (!holds_answer && shape == ResultShape::kTask && call.method == "tools/call" &&
      (call.task || call.modern))
    return task_handle(message, bytes, call, turn);
  if (!holds_answer && shape == ResultShape::kInputRequired && call.modern)
    return input_required(message, bytes, call, turn);
  if (shape != ResultShape::kCallToolResult || !tool_result)
    shape = tool_result && parts.content.is_array() ? ResultShape::kCallToolResult
                                                    : ResultShape::kOther;
  return scanned(message, bytes, call,
                 {parts, shape, tool_result, tool_result && options_.footer != Footer::kOff}, twin,
                 turn);
}

Step Results::scanned(const Message& message, std::string_view bytes, const Call& call,
                      const Answer& answer, bool twin, Turn& turn) {
  Step step;
  step.bytes = bytes;
  // A server may ask for something in any object that a client looks at.
  if (!judge_asked(message, call, step, turn)) {
    if (first_outcome(call)) {
      audit::Outcome record = outcome(call, "withheld");
      record.result = audit::Payload{answer.parts.whole.raw(), {}};
      step.outcome = turn.add(std::move(record));
      task_settled(call);
    }
    return step;
  }
  step.result = turn.plan(bytes);
  ResultPlan& plan = *step.result;
  plan.parts = answer.parts;
  plan.shape = answer.shape;
  std::vector<policy::Finding> seen;
  if (twin) seen.push_back({"response.id-type", policy::Severity::kLow, "id"});
  if (answer.of_tool && strip_forged_marks(plan.splice, answer.parts) > 0)
    seen.push_back({"result.forged-mark", policy::Severity::kHigh, "_meta"});
  const policy::Verdict verdict =
      pipeline_.judge_result(call, answer.parts.whole, false, std::move(seen));
  learn(call, verdict);

  const bool is_error = answer.of_tool && answer.parts.is_error.is_true();
  const bool withheld = !verdict.passes() && !options_.shadow;
  audit::Outcome record = outcome(call, withheld ? "withheld" : is_error ? "tool_error" : "ok");
  record.result = audit::Payload{answer.parts.whole.raw(), {}};
  record.findings = findings_of(verdict.findings);
  trust::CallStory story;
  story.tool_error = is_error;
  story.result_findings = severities(verdict.findings);
  const bool first = first_outcome(call);
  if (first) settle_trust(record, std::move(story), call);

  if (withheld) {
    step.result.reset();
    step.what = Step::What::kPlanned;
    step.answer = std::make_unique<AnswerPlan>();
    step.answer->shape = withheld_shape(call);
    step.answer->id_raw = call.id_raw;
    step.answer->modern = call.modern;
    step.answer->text = withheld_text(verdict);
    pipeline_.mark_result(call, verdict.findings, step.answer->mark);
  } else {
    step.what = Step::What::kResult;
    if (!verdict.replacements.empty() && !options_.shadow) {
      const size_t base = plan.splice.offset_of(answer.parts.whole.raw());
      for (const policy::Replacement& r : verdict.replacements)
        plan.splice.replace(base + r.begin, base + r.end, r.text);
      record.redacted = static_cast<int64_t>(verdict.replacements.size());
    }
    plan.wants_mark = answer.marked;
    if (plan.wants_mark) pipeline_.mark_result(call, verdict.findings, plan.mark);
  }
  if (first) step.outcome = turn.add(std::move(record));
  task_settled(call);
  return step;
}

}  // namespace agentmesh::proxy
