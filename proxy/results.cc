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

constexpr std::string_view kUnknownTask = "task.unknown";
constexpr std::string_view kTakenTask = "task.id-taken";  // the server gave it to another call

// The id of a task handle, in either spelling of the protocol.
std::string task_id_of(json::View result) {
  const json::View task = result.find("task");
  const json::View id = task.is_object() ? task.find("taskId") : result.find("taskId");
  return id.string();
}

// `whole` with the bytes of `part` made a number, so that everything else stands where it stood.
std::string blanked(json::View whole, json::View part) {
  std::string text(whole.raw());
  const std::string_view gone = part.raw();
  const auto at = static_cast<size_t>(gone.data() - whole.raw().data());
  std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(at), gone.size(), ' ');
  text[at] = '0';
  return text;
}

// What the mark says became of a result.
void tell_change(const policy::Verdict& verdict, Mark& mark) {
  mark.change = policy::to_string(verdict.action);
  mark.change_rule = verdict.rule;
}

std::vector<policy::Finding> seen_in(const Message& message) {
  if (!message.forged) return {};
  return {forged_mark()};
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
  if (const Call* before = tasks_.withdrawn(call.task_id)) {
    call.tool = before->tool;  // its rules still hold
    call.facts = before->facts;
  }
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
  const Call* before = tasks_.withdrawn(request.member("taskId").string());
  if (before != nullptr) judgement.reason = "something of this task was withheld before";
  audit::Decision record =
      decision_record(request, Direction::kClientToServer, judgement, session_, options_.shadow);
  if (before != nullptr) record.tool = public_name(before->tool);
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
  const policy::Verdict verdict =
      pipeline_.judge_result(call, message.error, true, seen_in(message));
  learn(call, verdict);
  const bool passes = questions_.judge(message, call, step, turn);
  const bool withheld = passes && !verdict.passes() && !options_.shadow;
  if (withheld) {
    withhold(call, verdict, step);
  } else if (passes && !verdict.replacements.empty() && !options_.shadow) {
    Splice splice(bytes);
    put_replacements(verdict, message.error, splice);
    step.text = splice.apply();
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

bool Results::judge_told(const Message& message, const Call& call, bool is_error, Step& step,
                         Turn& turn) {
  const policy::Verdict verdict =
      pipeline_.judge_result(call, message.result, is_error, seen_in(message));
  learn(call, verdict);
  tasks_.found(call, verdict.findings);
  if (verdict.passes() || options_.shadow) {
    if (!verdict.replacements.empty() && !options_.shadow) {
      Splice splice(step.bytes);
      put_replacements(verdict, message.result, splice);
      step.text = splice.apply();
    }
    return true;
  }
  withhold(call, verdict, step);
  if (!first_outcome(call)) return false;
  audit::Outcome record = outcomes_.of(call, "withheld");
  record.result = audit::Payload{message.result.raw(), {}};
  record.findings = findings_of(verdict.findings);
  record.tags = texts_of(verdict.tags);
  trust::CallStory story;
  story.result_findings = standing_.remarks(verdict.findings, trust::Side::kServer);
  outcomes_.settle_trust(record, std::move(story), call);
  step.outcome = turn.add(std::move(record));
  tasks_.withdraw(call);
  return false;
}

// The call that had the task's id before gets no other outcome than this.
void Results::keep_task(const Call& task, Turn& turn) {
  auto before = tasks_.keep(task.task_id, task);
  if (!before) return;
  if (!before->adopted)
    before->told.push_back({std::string(kTakenTask), policy::Severity::kMedium, "taskId"});
  turn.add(outcomes_.lost(*before));
}

Step Results::task_handle(const Message& message, std::string_view bytes, const Call& call,
                          Turn& turn) {
  Step step;
  step.what = Step::What::kForward;
  step.bytes = bytes;
  if (!questions_.judge(message, call, step, turn)) {
    step.outcome = turn.add(outcomes_.of(call, "withheld"));
    return step;
  }
  Call task = call;
  task.task_id = task_id_of(message.result);
  keep_task(task, turn);
  (void)judge_told(message, task, false, step, turn);
  return step;
}

Step Results::input_required(const Message& message, std::string_view bytes, const Call& call,
                             Turn& turn) {
  Step step;
  step.what = Step::What::kForward;
  step.bytes = bytes;
  const bool passes = questions_.judge(message, call, step, turn);
  for (const json::View::Member& member : message.member("inputRequests").members())
    if (passes && member.value.find("method").string() == "roots/list")
      session_.roots_asked(member.key.string());
  if (!first_outcome(call)) return step;
  // What fetches a task's result comes again; the outcome is what comes then.
  if (tasks_.keeps(call)) {
    tasks_.found(call, seen_in(message));
    return step;
  }
  audit::Outcome record = outcomes_.of(call, passes ? "ok" : "withheld");
  record.result = audit::Payload{message.result.raw(), {}};
  record.findings = findings_of(seen_in(message));
  if (passes && !call.approved.empty())
    pipeline_.approvals().server_asked(call.approved, message.result.find("requestState").string());
  step.outcome = turn.add(std::move(record));
  return step;
}

Step Results::asking(const Message& message, std::string_view bytes, const Call& call, Turn& turn) {
  Step step;
  step.what = Step::What::kForward;
  step.bytes = bytes;
  (void)questions_.judge(message, call, step, turn);
  return step;
}

// tasks/get: what the task came for is nested in it once it is done (2026-07-28), and so is what the server asks meanwhile.
Step Results::task_polled(const Message& message, std::string_view bytes, const Call& call,
                          bool twin, Turn& turn) {
  const json::View nested = message.result.find("result");
  if (nested.present() && !nested.is_null())
    return scanned(message, bytes, call,
                   {ResultParts(nested), ResultShape::kOther, true, false, message.result}, twin,
                   turn);
  Step step;
  step.what = Step::What::kForward;
  step.bytes = bytes;
  if (!questions_.judge(message, call, step, turn)) return step;
  const json::View error = message.result.find("error");
  const bool failed = error.is_object();
  if (!failed && call.adopted && !tasks_.keeps(call)) keep_task(call, turn);
  if (!judge_told(message, call, failed, step, turn) || !failed || !first_outcome(call))
    return step;
  audit::Outcome record = outcomes_.of(call, "rpc_error");
  if (const auto code = error.find("code").integer()) record.code = *code;
  record.result = audit::Payload{error.raw(), {}};
  const auto told = tasks_.found_so_far(call);
  record.findings = findings_of(told);
  trust::CallStory story;
  story.result_findings = standing_.remarks(told, trust::Side::kServer);
  outcomes_.settle_trust(record, std::move(story), call);
  step.outcome = turn.add(std::move(record));
  tasks_.settle(call);
  return step;
}

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
  Step step;
  step.what = Step::What::kForward;
  step.bytes = bytes;
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
  if (!withheld && !options_.shadow && !verdict.replacements.empty()) {
    Splice splice(bytes);
    put_replacements(verdict, said, splice);
    step.text = splice.apply();
  }
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
  verdict.findings = seen_in(message);
  verdict.rule = "result.forged-mark";
  verdict.reason = "a mark in the name of AgentMesh was taken out of what the server said";
  return record_of_words(message, method, std::move(verdict), false);
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
      (call.task || call.modern) && tasks_.may_keep(task_id_of(message.result), call))
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
  std::vector<policy::Finding> seen;
  if (twin) seen.push_back({"response.id-type", policy::Severity::kLow, "id"});
  if (message.forged) seen.push_back(forged_mark());
  policy::Verdict verdict = pipeline_.judge_result(call, answer.parts.whole, false, seen);
  learn(call, verdict);
  const bool is_error = answer.of_tool && answer.parts.is_error.is_true();
  if (answer.of_tool && !is_error && !options_.shadow && verdict.passes() &&
      altered_.breaks_promise(verdict, answer.parts, call.tool, standing_.manners()))
    verdict = kept_for_schema(std::move(verdict));
  size_t replaced = verdict.replacements.size();
  if (!options_.shadow) put_replacements(verdict, answer.parts.whole, plan.splice);
  if (answer.nested_in.present()) {
    const std::string around = blanked(answer.nested_in, answer.parts.whole);
    policy::Verdict told = pipeline_.judge_result(call, json::View(around), false, {});
    learn(call, told);
    if (!options_.shadow) {
      const size_t base = plan.splice.offset_of(answer.nested_in.raw());
      for (const policy::Replacement& r : told.replacements)
        plan.splice.replace(base + r.begin, base + r.end, r.text);
    }
    replaced += told.replacements.size();
    told.findings.insert(told.findings.begin(), verdict.findings.begin(), verdict.findings.end());
    for (const std::string_view tag : verdict.tags)
      if (std::find(told.tags.begin(), told.tags.end(), tag) == told.tags.end())
        told.tags.push_back(tag);
    if (verdict.passes() && !told.passes()) {
      verdict = std::move(told);
    } else {
      verdict.findings = std::move(told.findings);
      verdict.tags = std::move(told.tags);
    }
  }
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
