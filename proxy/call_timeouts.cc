#include "proxy/call_timeouts.h"

#include <fmt/format.h>

#include "proxy/answer.h"
#include "proxy/timers.h"

namespace agentmesh::proxy {

void CallTimeouts::forwarded(const std::string& id_key, const Pending& pending) {
  if (!deadlines_.on()) return;
  // These last as long as they last.
  if (pending.method == "subscriptions/listen" || pending.method == "tasks/result") return;
  deadlines_.started(id_key, clock_.mono_us());
  arm();
}

void CallTimeouts::arm() {
  if (armed_) return;
  const auto left = deadlines_.left_us(clock_.mono_us());
  if (!left) return;
  armed_ = true;
  wire_.after(kDeadlineSlot, *left, [this] { expire(); });
}

void CallTimeouts::expire() {
  armed_ = false;
  Outstanding& table = calls_.of(Direction::kClientToServer);
  while (const auto due = deadlines_.take_due(clock_.mono_us())) {
    const Pending* pending = table.find(due->id_key);
    Call* call = pending == nullptr ? nullptr : calls_.at(pending->context);
    // Answered in time, and perhaps another request has the id now.
    if (call == nullptr || !pending->sent || pending->forwarded_us > due->started_us) continue;
    const std::string id_raw = call->id_raw;
    const bool cancelled = pending->cancelled;
    call->cancelled = cancelled;
    records_.write(
        {cancelled ? results_.outcomes().lost(*call) : results_.outcomes().timed_out(*call)});
    calls_.close(pending->context);
    table.erase(due->id_key);
    if (cancelled) continue;  // the client waits no longer, and the server was told
    wire_.to_server(cancellation(id_raw, "no answer in time (call_timeout_ms)"));
    wire_.to_client(
        plain_error(id_raw, -32603,
                    fmt::format("AgentMesh: the server did not answer within {} ms "
                                "(call_timeout_ms); the call was cancelled, but may have had "
                                "its effect",
                                options_.call_timeout_ms)));
  }
  arm();
}

}  // namespace agentmesh::proxy
