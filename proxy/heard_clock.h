// HeardClock: time as one has it whom somebody listens to. It stands still while nobody does, so that nothing is held against a
// server that could not be heard.
//
// No clock of its own: times are microseconds of the monotonic clock, handed in and never going back. Pure arithmetic, one thread.

#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

namespace agentmesh::proxy {

class HeardClock {
 public:
  static constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();

  // `most_us`: what its pauses may come to together; from there on it runs through them.
  explicit HeardClock(int64_t most_us = kNoLimit) : most_us_(most_us) {}

  void pause(int64_t now) {
    if (!paused_at_) paused_at_ = now;
  }
  void go_on(int64_t now) {
    missed_us_ = missed(now);
    paused_at_.reset();
  }
  // Forgets the pauses so far; one that lasts begins now.
  void restart(int64_t now) {
    missed_us_ = 0;
    if (paused_at_) paused_at_ = now;
  }

  // What it shows.
  int64_t at(int64_t now) const { return now - missed(now); }
  // When it will show `time`, if nothing pauses it or lets it go on; none: never.
  std::optional<int64_t> when(int64_t time) const {
    const int64_t running = when_running(time);
    if (!paused_at_ || running <= *paused_at_) return running;
    if (most_us_ == kNoLimit) return std::nullopt;
    return time + most_us_;
  }
  // When it would, if its last pause had not been.
  int64_t when_running(int64_t time) const { return time + missed_us_; }

 private:
  int64_t missed(int64_t now) const {
    const int64_t pause = paused_at_ ? std::max<int64_t>(now - *paused_at_, 0) : 0;
    return std::min(most_us_ - missed_us_, pause) + missed_us_;
  }

  int64_t most_us_;
  int64_t missed_us_ = 0;  // in pauses that are over
  std::optional<int64_t> paused_at_;
};

}  // namespace agentmesh::proxy
