// Breaker: stops calling what does not answer, and tries again later. One per server and one per tool.
//
// closed → open after `failures` consecutive failures → half-open when the wait is over: one call probes → closed, or open
// again with the wait doubled up to max_wait. Failures are transport or internal ones only (no answer before the deadline,
// crash, JSON-RPC −32603, unreadable output); a tool's own isError is an answer.
// Order: may_pass() before a call; then exactly one of succeeded(), failed() or abandoned() for each call it let pass.
// Thread: one. Time: monotonic microseconds, handed in.

#pragma once

#include <cstdint>
#include <string_view>

namespace agentmesh::trust {

enum class BreakerState : uint8_t { kClosed, kOpen, kHalfOpen };
std::string_view to_string(BreakerState state);  // "closed", "open", "half-open"

class Breaker {
 public:
  struct Settings {
    uint32_t failures = 3;  // 0: never opens
    int64_t wait_us = 60'000'000;
    int64_t max_wait_us = 600'000'000;
  };
  explicit Breaker(Settings settings) : settings_(settings), wait_us_(settings.wait_us) {}

  // True if a call may go through now. Half-open lets one through, the probe, until it is settled.
  bool may_pass(int64_t now_us);
  // The same question without taking the probe.
  bool would_pass(int64_t now_us) const;
  void succeeded();
  void failed(int64_t now_us);
  // A call that was let pass but says nothing about the server (cancelled, denied further on): frees the probe.
  void abandoned();

  BreakerState state(int64_t now_us) const;
  uint32_t failures() const { return consecutive_; }
  // When open: the moment of the next probe; else 0.
  int64_t probe_at_us() const { return open_ ? open_until_us_ : 0; }

 private:
  void open(int64_t now_us);

  Settings settings_;
  int64_t wait_us_;
  int64_t open_until_us_ = 0;
  uint32_t consecutive_ = 0;
  bool open_ = false;
  bool probing_ = false;
};

}  // namespace agentmesh::trust
