#include "proxy/snapshots.h"

#include <cmath>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/files.h"
#include "trust/book.h"
#include "trust/store.h"

namespace agentmesh::proxy {

namespace {

constexpr size_t kSubjectsPerRecord = 32;

int64_t thousandths(double sum) { return std::llround(sum * 1000); }

}  // namespace

std::vector<audit::TrustSnapshot> trust_snapshots(const std::string& state_dir) {
  std::vector<audit::TrustSnapshot> out;
  if (!file_exists(state_dir + "/state.db")) return out;
  const SystemClock clock;
  SystemRandom random;
  const auto store = trust::Store::open(state_dir, clock, random);
  if (!store) return out;
  const auto subjects = (*store)->subjects();
  if (!subjects) return out;
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
