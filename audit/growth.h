// Growth: how many bytes were added within the last hour, to the minute.
//
// Thread: one. Cost: nothing is allocated; a sum of sixty numbers per minute.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace agentmesh::audit {

class Growth {
 public:
  // Whether that many more keep it within `most` (0: anything is). Times are monotonic.
  bool admits(uint64_t bytes, uint64_t most, int64_t mono_us);
  void add(uint64_t bytes, int64_t mono_us);

 private:
  void turn_to(int64_t minute);
  static constexpr size_t kMinutes = 60;
  std::array<uint64_t, kMinutes> minutes_{};
  int64_t minute_ = 0;
  uint64_t sum_ = 0;
};

}  // namespace agentmesh::audit
