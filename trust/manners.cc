#include "trust/manners.h"

#include <algorithm>
#include <utility>

namespace agentmesh::trust {

void Manners::listed(std::string_view tool, json::View definition) {
  if (const auto known = promised_.find(tool); known != promised_.end()) {
    promised_parts_ -= known->second.size();
    promised_bytes_ -= known->second.bytes();
    promised_.erase(known);
  }
  const json::View schema = definition.find("outputSchema");
  if (!schema.is_object() || promised_.size() >= kMaxTools) return;
  Shape shape(schema);
  if (promised_parts_ + shape.size() > kMaxPromised ||
      promised_bytes_ + shape.bytes() > kMaxPromisedBytes)
    return;
  promised_parts_ += shape.size();
  promised_bytes_ += shape.bytes();
  promised_.emplace(std::string(tool), std::move(shape));
}

bool Manners::keeps_promise(std::string_view tool, json::View structured) const {
  const auto promise = promised_.find(tool);
  if (promise == promised_.end()) return true;
  return structured.present() && promise->second.fits(structured);
}

bool Manners::still_keeps_promise(std::string_view tool, json::View structured, json::View was,
                                  const Shape::Matches& matches) const {
  const auto promise = promised_.find(tool);
  return promise == promised_.end() || promise->second.still_fits(structured, was, matches);
}

bool Manners::Norm::out_of(int64_t value, int64_t floor) {
  const size_t known = std::min(count_, kNormOf);
  bool out = false;
  if (value > floor && known >= kNormFrom) {
    std::array<int64_t, kNormOf> sorted = newest_;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(known / 2);
    std::nth_element(sorted.begin(), middle, sorted.begin() + static_cast<std::ptrdiff_t>(known));
    out = value / kTimesMedian > *middle;
  }
  newest_[count_++ % kNormOf] = value;
  return out;
}

bool Manners::repeated_in_vain(const Ended& call, int64_t mono_us) {
  if (!call.failed) {
    if (!failing_.empty()) failing_.erase(call.same);
    return false;
  }
  const auto is_old = [mono_us](const Failing& one) {
    return mono_us - one.at_us > kForgetFailureUs;
  };
  if (failing_.size() >= kMaxFailing && failing_.find(call.same) == failing_.end()) {
    std::erase_if(failing_, [&](const auto& one) { return is_old(one.second); });
    if (failing_.size() >= kMaxFailing) return false;
  }
  Failing& failing = failing_[call.same];
  if (is_old(failing)) failing.times = 0;
  failing.at_us = mono_us;
  return ++failing.times >= kInVain;
}

bool Manners::is_burst(int64_t mono_us) {
  int64_t& oldest = calls_[called_++ % kBurstCalls];
  const bool full = called_ > kBurstCalls;
  const bool burst = full && mono_us - oldest < kBurstUs;
  oldest = mono_us;
  if (!burst || (burst_told_us_ != INT64_MIN && mono_us - burst_told_us_ < kBurstToldUs))
    return false;
  burst_told_us_ = mono_us;
  return true;
}

Manners::Remarks Manners::settle(const Ended& call, int64_t mono_us) {
  Remarks remarks;
  remarks.burst = is_burst(mono_us);
  remarks.in_vain = repeated_in_vain(call, mono_us);
  if (!call.answered) return remarks;
  auto known = norms_.find(call.tool);
  if (known == norms_.end()) {
    if (norms_.size() >= kMaxTools) return remarks;
    known = norms_.emplace(std::string(call.tool), Norms{}).first;
  }
  remarks.slow = known->second.us.out_of(call.us, kLateUs);
  remarks.oversized = known->second.bytes.out_of(call.bytes, kLargeBytes);
  return remarks;
}

}  // namespace agentmesh::trust
