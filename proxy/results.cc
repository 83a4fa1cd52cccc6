#include "proxy/results.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "proxy/forgery.h"
#include "proxy/public_text.h"
#include "proxy/recording.h"
#include "proxy/wording.h"

namespace agentmesh::proxy {
namespace {

// What the mark says became of a result.
void tell_change(const policy::Verdict& verdict, Mark& mark) {
  mark.change = policy::to_string(verdict.action);
  mark.change_rule = verdict.rule;
}

}  // namespace

Results::Results(const Options& options, Session& session, Pipeline& pipeline, Standing& standing,
                 const Clock& clock)
    : options_(options),
      session_(session),
      pipeline_(pipeline),
      standing_(standing),
      outcomes_(pipeline, standing, tasks_, clock),
      questions_(options, session, pipeline) {}

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
  Step step = forward(bytes);
  const policy::Verdict verdict =
      pipeline_.judge_result(call, message.error, true, forged_marks(message));
  learn(call, verdict);
  const bool passes = questions_.judge(message, call, step, turn);
  const bool withheld = passes && !verdict.passes() && !options_.shadow;
  if (withheld) {
    withhold(call, verdict, step);
  } else if (passes) {
    redact(verdict, message.error, step);
  }
  if (!call.task_id.empty() && !call.adopted && passes && !withheld) {
    tasks_.found(call, verdict.findings);
    return step;  // "not ready" and the like: the task's own outcome is still to come
  }
  if (!first_outcome(call)) return step;
  audit::Outcome record = outcomes_.of(call, passes && !withheld ? "rpc_error" : "withheld");
  const auto code = message.error.find("code").integer();
  if (code) record.code = *code;
  if (code && *code == -32603)
    outcomes_.count_failure(call);
  else
    pipeline_.breakers().answered(call);
  record.result = audit::Payload{message.error.raw(), {}};
  record.findings = findings_of(verdict.findings);
  record.tags = texts_of(verdict.tags);
  trust::CallStory story;
  story.internal_error = code && *code == -32603;
  story.result_findings = standing_.remarks(verdict.findings, trust::Side::kServer);
  outcomes_.settle_trust(record, std::move(story), call);
  step.outcome = turn.add(std::move(record));
  tasks_.settle(call);
  return step;
}

void Results::redact(const policy::Verdict& verdict, json::View part, Step& step) const {
  if (verdict.replacements.empty() || options_.shadow) return;
  Splice splice(step.bytes);
  put_replacements(verdict, part, splice);
  step.text = splice.apply();
}

void Results::withhold(const Call& call, const policy::Verdict& verdict, Step& step) {
  step.what = Step::What::kPlanned;
  step.answer = std::make_unique<AnswerPlan>();
  step.answer->shape = withheld_shape(call);
  step.answer->id_raw = call.id_raw;
  step.answer->modern = call.modern;
  step.answer->text = withheld_text(verdict);
  pipeline_.mark_result(call, verdict.findings, step.answer->mark);
  tell_change(verdict, step.answer->mark);
}

Step Results::input_required(const Message& message, std::string_view bytes, const Call& call,
                             Turn& turn) {
  Step step = forward(bytes);
  const bool passes = questions_.judge(message, call, step, turn);
  for (const json::View::Member& member : message.member("inputRequests").members())
    if (passes && member.value.find("method").string() == "roots/list")
      session_.roots_asked(member.key.string());
  if (!first_outcome(call)) return step;
  // What fetches a task's result comes again; the outcome is what comes then.
  if (tasks_.keeps(call)) {
    tasks_.found(call, forged_marks(message));
    return step;
  }
  audit::Outcome record = outcomes_.of(call, passes ? "ok" : "withheld");
  record.result = audit::Payload{message.result.raw(), {}};
  record.findings = findings_of(forged_marks(message));
  if (passes && !call.approved.empty())
    pipeline_.approvals().server_asked(call.approved, message.result.find("requestState").string());
  step.outcome = turn.add(std::move(record));
  return step;
}

Step Results::asking(const Message& message, std::string_view bytes, const Call& call, Turn& turn) {
  Step step = forward(bytes);
  (void)questions_.judge(message, call, step, turn);
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
      (call.task || call.modern) && tasks_.may_keep(Tasks::id_in(message.result), call))
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
  if (!questions_.judge(message, call, step, turn)) {
    if (first_outcome(call)) {
      audit::Outcome record = outcomes_.of(call, "withheld");
      record.result = audit::Payload{answer.parts.whole.raw(), {}};
      step.outcome = turn.add(std::move(record));
      tasks_.settle(call);
    }
    return step;
  }
  step.result = turn.plan(bytes);
  ResultPlan& plan = *step.result;
  plan.parts = answer.parts;
  plan.shape = answer.shape;
  std::vector<policy::Finding> seen = forged_marks(message);
  if (twin) seen.push_back({"response.id-type", policy::Severity::kLow, "id"});
  policy::Verdict verdict = pipeline_.judge_result(call, answer.parts.whole, false, seen);
  learn(call, verdict);
  const bool is_error = answer.of_tool && answer.parts.is_error.is_true();
  if (answer.of_tool && !is_error && !options_.shadow && verdict.passes() &&
      altered_.breaks_promise(verdict, answer.parts, call.tool, standing_.manners()))
    verdict = kept_for_schema(std::move(verdict));
  size_t replaced = verdict.replacements.size();
  if (!options_.shadow) put_replacements(verdict, answer.parts.whole, plan.splice);
  if (answer.nested_in.present()) replaced += judge_around(call, answer, verdict, plan);
  if (!call.task_id.empty()) {
    tasks_.found(call, verdict.findings);
    const auto told = tasks_.found_so_far(call);
    if (tasks_.keeps(call)) verdict.findings.assign(told.begin(), told.end());
  }

  const bool withheld = !verdict.passes() && !options_.shadow;
  audit::Outcome record = outcomes_.of(call, withheld   ? "withheld"
                                             : is_error ? "tool_error"
                                                        : "ok");
  record.result = audit::Payload{answer.parts.whole.raw(), {}};
  record.findings = findings_of(verdict.findings);
  record.tags = texts_of(verdict.tags);
  trust::CallStory story;
  story.tool_error = is_error;
  story.schema_mismatch = answer.of_tool && !is_error &&
                          !standing_.manners().keeps_promise(call.tool, answer.parts.structured);
  story.result_findings = standing_.remarks(verdict.findings, trust::Side::kServer);
  const bool first = first_outcome(call);
  if (first) outcomes_.settle_trust(record, std::move(story), call);

  if (withheld) {
    step.result.reset();
    withhold(call, verdict, step);
  } else {
    step.what = Step::What::kResult;
    // Whether a mark inside a nested result is let pass by clients is not known: it has none, and the record says so.
    if (answer.nested_in.present() && options_.footer != Footer::kOff)
      record.findings.push_back({"mark.left-out", "low", "result"});
    const json::View meta = answer.parts.meta;
    if (answer.marked && options_.footer != Footer::kText && meta.present() && !meta.is_object())
      record.findings.push_back({"mark.left-out", "low", "_meta"});
    if (replaced > 0 && !options_.shadow) record.redacted = static_cast<int64_t>(replaced);
    plan.wants_mark = answer.marked;
    if (plan.wants_mark) {
      pipeline_.mark_result(call, verdict.findings, plan.mark);
      plan.mark.fetched_again = !first;
      if (replaced > 0 && !options_.shadow) tell_change(verdict, plan.mark);
    }
  }
  if (first) step.outcome = turn.add(std::move(record));
  tasks_.settle(call);
  return step;
}

}  // namespace agentmesh::proxy
