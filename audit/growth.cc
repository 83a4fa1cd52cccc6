#include "audit/growth.h"

#include <algorithm>
#include <numeric>

namespace agentmesh::audit {

void Growth::turn_to(int64_t minute) {
  const int64_t passed = std::min<int64_t>(minute - minute_, kMinutes);
  if (passed <= 0) return;
  for (int64_t i = 1; i <= passed; ++i) minutes_[static_cast<size_t>(minute_ + i) % kMinutes] = 0;
  if (passed == kMinutes) minutes_.fill(0);
  minute_ = minute;
  sum_ = std::accumulate(minutes_.begin(), minutes_.end(), uint64_t{0});
}

bool Growth::admits(uint64_t bytes, uint64_t most, int64_t mono_us) {
  if (most == 0) return true;
  turn_to(mono_us / 60'000'000);
  return sum_ + bytes <= most;
}

void Growth::add(uint64_t bytes, int64_t mono_us) {
  turn_to(mono_us / 60'000'000);
  minutes_[static_cast<size_t>(minute_) % kMinutes] += bytes;
  sum_ += bytes;
}

}  // namespace agentmesh::audit
