#include "proxy/breaker_watch.h"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "proxy/timers.h"
#include "trust/governed.h"

namespace agentmesh::proxy {

void BreakerWatch::watch() {
  if (!pipeline_.breakers().on()) return;
  watching_ = true;
  wire_.after(kOverdueSlot, pipeline_.breakers().deadline_us(), [this] { look_for_overdue(); });
}

void BreakerWatch::look_for_overdue() {
  const int64_t now = clock_.mono_us();
  const int64_t deadline = pipeline_.breakers().deadline_us();
  std::optional<int64_t> next;
  calls_.each_of_client([&](const Pending& pending, Call& call) {
    const bool may_last = call.method == "subscriptions/listen" || call.method == "tasks/result";
    if (call.overdue || pending.cancelled || may_last) return;
    const int64_t due = call.forwarded_us + deadline;
    if (now < due) {
      next = next ? std::min(*next, due) : due;
      return;
    }
    pipeline_.breakers().failed(call);
    call.overdue = true;
    call.probe = false;
  });
  std::vector<audit::Record> records;
  tell(records);
  records_.write(std::move(records));
  watching_ = next.has_value();
  if (next) wire_.after(kOverdueSlot, *next - now, [this] { look_for_overdue(); });
}

void BreakerWatch::tell(std::vector<audit::Record>& records) {
  const std::vector<Breakers::Changed> changes = pipeline_.breakers().take_changes();
  if (changes.empty()) return;
  for (const Breakers::Changed& change : changes) {
    audit::TrustChange record;
    record.subject = change.tool.empty()
                         ? trust::server_subject(options_.server)
                         : trust::tool_subject(options_.server, standing_.public_tool(change.tool));
    const int score = standing_.book().score(record.subject, clock_.wall_us()).total;
    record.from = score;
    record.to = score;
    record.tier = trust::to_string(trust::tier_of(score));
    record.cause = "breaker";
    record.why = change.open
                     ? fmt::format("open after {} failures in a row; the next try is in {} s",
                                   change.failures, (change.wait_us + 999'999) / 1'000'000)
                     : "closed: it answers again";
    wire_.to_stderr(fmt::format("agentmesh: the circuit breaker of {} is {}\n",
                                trust::printable(record.subject, 512), record.why));
    records.emplace_back(std::move(record));
  }
  kept_ = true;
  keeper_.give(
      [pid = ::getpid(), copies = pipeline_.breakers().copies(::getpid())](trust::Store& store) {
        (void)store.put_breakers(pid, copies);
      });  // a copy, for `status`
}

}  // namespace agentmesh::proxy
