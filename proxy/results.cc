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

bool Results::first_outcome(const Call& call) const {
  if (call.task_id.empty()) return !call.settled;
  const Call* known = task(call.task_id);
  return known != nullptr && !known->settled;
}

void Results::task_settled(const Call& call) {
  if (const auto known = tasks_.find(call.task_id); known != tasks_.end())
    known->second.settled = true;
}

Call Results::unknown_task(const Message& request, int64_t now_us) const {
  Call call;
  call.method = request.method;
  call.id_raw = request.id->raw;
  call.task_id = request.member("taskId").string();
  call.policy = pipeline_.policy().name();
  call.rule = "default";
  call.decision = "allow";
  call.forwarded_us = now_us;
  call.modern = Session::is_modern(request);
  call.settled = true;  // no decision of this process stands behind it
  return call;
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
  const std::string key = standing_.agent() + '\0' + call.tool;
  story.weight = standing_.repetition().weigh(key, clock_.mono_us());
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
  story.lost = !call.cancelled;
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
  const bool from_outside = call.facts.type == "network" || call.facts.type == "message";
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
  if (!call.task_id.empty())
    return step;  // "not ready" and the like: the task's own outcome is still to come
  audit::Outcome record = outcome(call, "rpc_error");
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
  return step;
}

Step Results::task_handle(const Message& message, std::string_view bytes, const Call& call) {
  Step step;
  step.what = Step::What::kForward;
  step.bytes = bytes;
  const std::string id = task_id_of(message.result);
  if (id.empty() || (tasks_.size() >= kMaxTasks && tasks_.count(id) == 0)) return step;
  Call kept = call;
  kept.task_id = id;
  tasks_[id] = std::move(kept);
  return step;
}

Step Results::input_required(const Message& message, std::string_view bytes, const Call& call,
                             Turn& turn) {
  Step step;
  step.what = Step::What::kForward;
  step.bytes = bytes;
  audit::Outcome record = outcome(call, "ok");
  record.result = audit::Payload{message.result.raw(), {}};
  // What goes back if a request in it is denied, or cannot be recorded.
  step.fail_closed = true;
  step.answer = std::make_unique<AnswerPlan>();
  step.answer->shape = call.method == "tools/call" ? AnswerPlan::Shape::kWithheldResult
                                                   : AnswerPlan::Shape::kDeniedError;
  step.answer->id_raw = call.id_raw;
  step.answer->modern = true;
  bool denied = false;
  for (const json::View::Member& member : message.result.find("inputRequests").members()) {
    Message asked;
    asked.kind = MessageKind::kRequest;
    asked.method = member.value.find("method").string();
    asked.params = member.value.find("params");
    asked.governed = find_method(asked.method);
    Judgement judgement = pipeline_.judge(asked, policy::Stage::kRequest);
    // Under such a key the client's person would take the server's question for one of ours.
    if (member.key.string().starts_with(kOurNames) && !options_.shadow)
      pipeline_.refuse_name_of_ours(judgement);
    for (audit::Record& before : judgement.before) turn.add(std::move(before));
    turn.add(
        decision_record(asked, Direction::kServerToClient, judgement, session_, options_.shadow));
    if (judgement.forwards() || denied) continue;
    denied = true;
    step.answer->text = denial_text(judgement);
    step.answer->mark = pipeline_.mark_of_denial(judgement);
  }
  if (denied) {
    step.what = Step::What::kPlanned;
    record.status = "withheld";
  } else if (!call.approved.empty()) {
    pipeline_.approvals().server_asked(call.approved, message.result.find("requestState").string());
  }
  step.outcome = turn.add(std::move(record));
  return step;
}

Step Results::read(const Message& message, std::string_view bytes, const Call& call, bool twin,
                   Turn& turn) {
  if (message.kind == MessageKind::kError) return read_error(message, bytes, call, turn);
  pipeline_.breakers().answered(call);
  const bool tool_result = call.method == "tools/call" || call.method == "tasks/result";
  ResultShape shape = shape_of(message.result);
  // Only what this request may be answered with is let off the ordinary path: a key alone must not switch scanning off.
  const bool holds_answer = message.result.find("content").present() ||
                            message.result.find("contents").present() ||
                            message.result.find("messages").present();
  if (!holds_answer && shape == ResultShape::kTask && call.method == "tools/call" &&
      (call.task || call.modern))
    return task_handle(message, bytes, call);
  if (!holds_answer && shape == ResultShape::kInputRequired && call.modern)
    return input_required(message, bytes, call, turn);
  if (shape != ResultShape::kCallToolResult || !tool_result)
    shape = tool_result && message.result.find("content").is_array() ? ResultShape::kCallToolResult
                                                                     : ResultShape::kOther;

  Step step;
  step.bytes = bytes;
  step.result = std::make_unique<ResultPlan>(bytes);
  ResultPlan& plan = *step.result;
  plan.result = message.result;
  plan.shape = shape;
  std::vector<policy::Finding> seen;
  if (twin) seen.push_back({"response.id-type", policy::Severity::kLow, "id"});
  if (tool_result && strip_forged_marks(plan.splice, message.result) > 0)
    seen.push_back({"result.forged-mark", policy::Severity::kHigh, "_meta"});
  const policy::Verdict verdict =
      pipeline_.judge_result(call, message.result, false, std::move(seen));
  learn(call, verdict);

  const bool is_error = tool_result && message.result.find("isError").is_true();
  const bool withheld = !verdict.passes() && !options_.shadow;
  audit::Outcome record = outcome(call, withheld ? "withheld" : is_error ? "tool_error" : "ok");
  record.result = audit::Payload{message.result.raw(), {}};
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
    step.answer->shape =
        tool_result ? AnswerPlan::Shape::kWithheldResult : AnswerPlan::Shape::kDeniedError;
    step.answer->id_raw = call.id_raw;
    step.answer->modern = call.modern;
    step.answer->text = withheld_text(verdict);
    step.answer->mark = pipeline_.mark_of_result(call, verdict.findings);
  } else {
    step.what = Step::What::kResult;
    if (!verdict.replacements.empty() && !options_.shadow) {
      const size_t base = plan.splice.offset_of(message.result.raw());
      for (const policy::Replacement& r : verdict.replacements)
        plan.splice.replace(base + r.begin, base + r.end, r.text);
      record.redacted = static_cast<int64_t>(verdict.replacements.size());
    }
    plan.wants_mark = tool_result && options_.footer != Footer::kOff;
    if (plan.wants_mark) plan.mark = pipeline_.mark_of_result(call, verdict.findings);
  }
  if (first) step.outcome = turn.add(std::move(record));
  task_settled(call);
  return step;
}

}  // namespace agentmesh::proxy
