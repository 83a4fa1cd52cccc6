#include "cli/evidence.h"

#include "cli/say.h"

namespace agentmesh::cli {

Result<trust::Score> count_evidence(trust::Store& store, std::span<const trust::Event> events,
                                    int64_t now_us, const trust::Options& options,
                                    const Recorder& record) {
  trust::SubjectSums delta{events.front().subject, {}};
  for (const trust::Event& event : events) delta.sums.add(event, now_us, options);
  const auto totals = store.add({&delta, 1}, options, true);
  if (!totals) return tl::unexpected(totals.error());
  const trust::Score after = score_of(totals->front().sums, now_us, options);
  trust::Sums without = totals->front().sums;
  for (const trust::Event& event : events) without.take_back(event, now_us, options);
  const trust::Score before = score_of(without, now_us, options);
  if (before.tier() == after.tier()) return after;
  audit::TrustChange change;
  change.subject = delta.subject;
  change.from = before.total;
  change.to = after.total;
  change.tier = to_string(after.tier());
  change.cause = "tier";
  if (auto recorded = record(change); !recorded) complain(recorded.error().what);
  return after;
}

}  // namespace agentmesh::cli
