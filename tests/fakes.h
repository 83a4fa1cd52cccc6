// Time and chance as tests want them.

#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "base/clock.h"
#include "base/crypto.h"

namespace agentmesh::tests {

// Also other threads may look at it (the log's keeper does).
class FakeClock final : public Clock {
 public:
  int64_t wall_us() const override { return wall; }
  int64_t mono_us() const override { return mono; }
  void advance_us(int64_t us) {
    wall += us;
    mono += us;
  }
  std::atomic<int64_t> wall = 1'795'000'000'000'000;
  std::atomic<int64_t> mono = 81'000'000;
};

// 0, 1, 2, … and on over every call.
class CountingRandom final : public Random {
 public:
  void fill(std::span<uint8_t> out) override {
    for (uint8_t& byte : out) byte = next_++;
  }

 private:
  uint8_t next_ = 0;
};

}  // namespace agentmesh::tests
