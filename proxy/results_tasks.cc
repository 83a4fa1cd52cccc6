// Answers about tasks: handles, polls, and tasks that began in another process.

#include <algorithm>
#include <string>
#include <utility>

#include "proxy/forgery.h"
#include "proxy/public_text.h"
#include "proxy/recording.h"
#include "proxy/results.h"

namespace agentmesh::proxy {
namespace {

constexpr std::string_view kUnknownTask = "task.unknown";
constexpr std::string_view kTakenTask = "task.id-taken";  // the server gave it to another call

// `whole` with the bytes of `part` made a number, so that everything else stands where it stood.
std::string blanked(json::View whole, json::View part) {
  std::string text(whole.raw());
  const std::string_view gone = part.raw();
  const auto at = static_cast<size_t>(gone.data() - whole.raw().data());
  std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(at), gone.size(), ' ');
  text[at] = '0';
  return text;
}

}  // namespace

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

bool Results::judge_told(const Message& message, const Call& call, bool is_error, Step& step,
                         Turn& turn) {
  const policy::Verdict verdict =
      pipeline_.judge_result(call, message.result, is_error, forged_marks(message));
  learn(call, verdict);
  tasks_.found(call, verdict.findings);
  if (verdict.passes() || options_.shadow) {
    redact(verdict, message.result, step);
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
  Step step = forward(bytes);
  if (!questions_.judge(message, call, step, turn)) {
    step.outcome = turn.add(outcomes_.of(call, "withheld"));
    return step;
  }
  Call task = call;
  task.task_id = Tasks::id_in(message.result);
  keep_task(task, turn);
  (void)judge_told(message, task, false, step, turn);
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
  Step step = forward(bytes);
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

// Rules judge it and the result that is nested in it each by itself: what one says does not count as said by the other.
size_t Results::judge_around(const Call& call, const Answer& answer, policy::Verdict& verdict,
                             ResultPlan& plan) {
  const std::string around = blanked(answer.nested_in, answer.parts.whole);
  policy::Verdict told = pipeline_.judge_result(call, json::View(around), false, {});
  learn(call, told);
  const size_t replaced = told.replacements.size();
  if (!options_.shadow) {
    const size_t base = plan.splice.offset_of(answer.nested_in.raw());
    for (const policy::Replacement& r : told.replacements)
      plan.splice.replace(base + r.begin, base + r.end, r.text);
  }
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
  return replaced;
}

}  // namespace agentmesh::proxy
