#include "proxy/outcomes.h"

#include <algorithm>
#include <utility>

#include "proxy/recording.h"

namespace agentmesh::proxy {

Outcomes::Outcomes(Pipeline& pipeline, Standing& standing, Tasks& tasks, const Clock& clock)
    : pipeline_(pipeline), standing_(standing), tasks_(tasks), clock_(clock) {}

audit::Outcome Outcomes::of(const Call& call, std::string_view status) const {
  audit::Outcome record;
  record.of = call.wseq;
  record.status = status;
  record.us = std::max<int64_t>(0, clock_.mono_us() - call.forwarded_us);
  return record;
}

void Outcomes::note_manners(audit::Outcome& record, trust::CallStory& story, const Call& call) {
  trust::Manners::Ended ended;
  ended.tool = call.tool.empty() ? call.method : call.tool;
  ended.same = call.same;
  ended.answered = !story.lost && !story.cancelled && !story.timed_out;
  ended.failed = record.status == "tool_error" || record.status == "rpc_error" || story.timed_out;
  ended.us = record.us;
  ended.bytes = record.result ? static_cast<int64_t>(record.result->data.size()) : 0;
  const auto remarks = standing_.manners().settle(ended, clock_.mono_us());
  story.slow = remarks.slow;
  story.oversized = story.oversized || remarks.oversized;
  story.retried_failure = remarks.in_vain;
  story.burst = remarks.burst;
  // They count as what they are (trust/events.h), not as findings in what was said.
  const auto note = [&record](bool so, std::string_view id, std::string_view where) {
    if (so) record.findings.push_back({std::string(id), "low", std::string(where)});
  };
  note(story.schema_mismatch, "result.schema-mismatch", "structuredContent");
  note(story.slow, "result.slow", "result");
  note(story.oversized, "result.oversized", "result");
  note(story.retried_failure, "call.repeated-in-vain", "arguments");
  note(story.burst, "call.burst", "call");
}

void Outcomes::settle_trust(audit::Outcome& record, trust::CallStory story, const Call& call) {
  if (call.direction == Direction::kServerToClient)
    return;  // nothing that the client did is the server's
  story.shadow_denied = call.decision != "allow";
  story.call_findings = standing_.remarks(call.findings, trust::Side::kAgent, story.shadow_denied);
  story.cancelled = call.cancelled;
  story.hung = call.overdue;
  story.progress_kept = call.progress.has_value() && !call.progress_fell;
  note_manners(record, story, call);
  repeated_.assign(standing_.agent()).append(1, '\0').append(call.tool);
  story.weight = standing_.repetition().weigh(repeated_, clock_.mono_us());
  const auto events = trust::events_of(story, standing_.agent(), standing_.server(),
                                       standing_.public_tool(call.tool));
  const int delta = standing_.apply(events);
  record.events = events_of(events);
  record.trust = trust_of(standing_.score(), delta);
  for (std::string& subject : standing_.take_swings())
    record.findings.push_back({"trust.swing", "medium", std::move(subject)});
}

// A call that passed the deadline was counted then.
void Outcomes::count_failure(const Call& call) {
  if (!call.overdue && call.direction == Direction::kClientToServer)
    pipeline_.breakers().failed(call);
}

audit::Outcome Outcomes::unreadable(const Call& call, bool oversized) {
  count_failure(call);
  audit::Outcome record = of(call, "withheld");
  record.code = -32603;
  trust::CallStory story;
  story.internal_error = true;
  story.oversized = oversized;
  settle_trust(record, std::move(story), call);
  tasks_.settle(call);
  return record;
}

audit::Outcome Outcomes::lost(const Call& call) {
  audit::Outcome record = of(call, call.cancelled ? "cancelled" : "lost");
  const auto told = tasks_.found_so_far(call);
  record.findings = findings_of(told);
  trust::CallStory story;
  story.result_findings = standing_.remarks(told, trust::Side::kServer);
  story.lost = !call.cancelled && call.task_id.empty();  // a task may well outlive the session
  settle_trust(record, std::move(story), call);
  tasks_.settle(call);
  return record;
}

void Outcomes::drop_cancelled(Calls& calls, Direction direction, Turn& turn) {
  std::vector<std::string> keys;
  for (const auto& [key, pending] : calls.of(direction)) {
    if (!pending.cancelled || !pending.sent) continue;
    keys.push_back(key);
    Call* call = calls.at(pending.context);
    if (call == nullptr) continue;
    call->cancelled = true;
    if (tasks_.first_outcome(*call)) turn.add(lost(*call));
    calls.close(pending.context);
  }
  for (const std::string& key : keys) calls.of(direction).erase(key);
}

audit::Outcome Outcomes::timed_out(const Call& call) {
  count_failure(call);
  audit::Outcome record = of(call, "timeout");
  record.code = -32603;
  trust::CallStory story;
  story.timed_out = true;
  settle_trust(record, std::move(story), call);
  return record;
}

audit::Outcome Outcomes::of_client_answer(const Call& call, const Message& message) {
  audit::Outcome record = of(call, message.kind == MessageKind::kError ? "rpc_error" : "ok");
  const json::View value = message.kind == MessageKind::kError ? message.error : message.result;
  if (message.kind == MessageKind::kError)
    if (const auto code = value.find("code").integer()) record.code = *code;
  if (value.present()) record.result = audit::Payload{value.raw(), {}};
  return record;
}

audit::Outcome Outcomes::kept_from_server(const Call& call) const {
  audit::Outcome record = of(call, "withheld");
  record.code = -32603;
  return record;
}

}  // namespace agentmesh::proxy
