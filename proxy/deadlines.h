// Deadlines: which calls have waited for the server longer than `call_timeout_ms`, in the order in which they were forwarded.
//
// All wait equally long, so the first in is the first due. Answered calls are not taken out: whoever takes a due one looks
// whether it still waits. Thread: one. Memory: one entry per call forwarded in the last `call_timeout_ms`.

#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace agentmesh::proxy {

class Deadlines {
 public:
  struct Entry {
    std::string id_key;
    int64_t started_us = 0;  // monotonic
  };

  explicit Deadlines(uint32_t timeout_ms) : timeout_us_(int64_t{timeout_ms} * 1000) {}

  bool on() const { return timeout_us_ > 0; }
  void started(std::string id_key, int64_t now_us) {
    waiting_.push_back({std::move(id_key), now_us});
  }
  // Until the next one is due, 0 if one is; nothing if none waits.
  std::optional<int64_t> left_us(int64_t now_us) const {
    if (waiting_.empty()) return std::nullopt;
    const int64_t left = waiting_.front().started_us + timeout_us_ - now_us;
    return left > 0 ? left : 0;
  }
  std::optional<Entry> take_due(int64_t now_us) {
    if (waiting_.empty() || *left_us(now_us) > 0) return std::nullopt;
    Entry entry = std::move(waiting_.front());
    waiting_.pop_front();
    return entry;
  }

 private:
  int64_t timeout_us_;
  std::deque<Entry> waiting_;
};

}  // namespace agentmesh::proxy
