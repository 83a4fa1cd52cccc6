#include "trust/breaker.h"

#include <algorithm>

namespace agentmesh::trust {

std::string_view to_string(BreakerState state) {
  switch (state) {
    case BreakerState::kClosed: return "closed";
    case BreakerState::kOpen: return "open";
    case BreakerState::kHalfOpen: break;
  }
  return "half-open";
}

bool Breaker::would_pass(int64_t now_us) const {
  if (!open_) return true;
  return now_us >= open_until_us_ && !probing_;
}

bool Breaker::may_pass(int64_t now_us) {
  if (!would_pass(now_us)) return false;
  if (open_) probing_ = true;
  return true;
}

void Breaker::succeeded() {
  consecutive_ = 0;
  // An answer closes it, also one to a call from before it opened: the server is there.
  open_ = false;
  probing_ = false;
  wait_us_ = settings_.wait_us;
}

void Breaker::failed(int64_t now_us) {
  if (consecutive_ < UINT32_MAX) ++consecutive_;
  if (open_) {
    // Late failures of calls from before it opened do not lengthen the wait; the probe's own does.
    if (!probing_) return;
    wait_us_ =
        std::min(settings_.max_wait_us,
                 wait_us_ > settings_.max_wait_us / 2 ? settings_.max_wait_us : wait_us_ * 2);
    open(now_us);
    return;
  }
  if (settings_.failures > 0 && consecutive_ >= settings_.failures) open(now_us);
}

void Breaker::abandoned() { probing_ = false; }

void Breaker::open(int64_t now_us) {
  open_ = true;
  probing_ = false;
  open_until_us_ = now_us + wait_us_;
}

BreakerState Breaker::state(int64_t now_us) const {
  if (!open_) return BreakerState::kClosed;
  return now_us >= open_until_us_ ? BreakerState::kHalfOpen : BreakerState::kOpen;
}

}  // namespace agentmesh::trust
