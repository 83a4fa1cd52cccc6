#include "proxy/snapshots.h"

#include <cerrno>
#include <cmath>

#include "base/clock.h"
#include "trust/book.h"
#include "trust/store.h"

namespace agentmesh::proxy {

namespace {

constexpr size_t kSubjectsPerRecord = 32;

int64_t thousandths(double sum) { return std::llround(sum * 1000); }

}  // namespace

Result<std::vector<audit::TrustSnapshot>> trust_snapshots(const std::string& state_dir) {
  std::vector<audit::TrustSnapshot> out;
  const SystemClock clock;
  const auto store = trust::Store::open_to_read(state_dir, clock);
  if (!store) return tl::unexpected(store.error());
  if (!*store) return fail(state_dir + "/state.db is not there: scores cannot be kept", ENOENT);
  const auto lost = (*store)->unrestored();
  if (!lost) return tl::unexpected(lost.error());
  if (*lost)
    return fail(
        state_dir + "/state.db was begun anew, and its scores are not read from the log yet",
        EAGAIN);
  const auto subjects = (*store)->subjects();
  if (!subjects) return tl::unexpected(subjects.error());
  for (const trust::SubjectSums& each : *subjects) {
    if (out.empty() || out.back().subjects.size() == kSubjectsPerRecord) out.emplace_back();
    audit::TrustSnapshot::Subject subject{
        each.subject, each.sums.at_us, static_cast<int64_t>(each.sums.events), {}};
    for (const trust::Sums::Part& part : each.sums.parts)
      subject.sums.push_back({thousandths(part.good_weight), thousandths(part.good_value),
                              thousandths(part.bad_weight), thousandths(part.bad_value)});
    out.back().subjects.push_back(std::move(subject));
  }
  return out;
}

}  // namespace agentmesh::proxy
