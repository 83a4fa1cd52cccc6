// Timers: one piece of work per slot, due at a time. Times are microseconds of the monotonic clock, handed in.
//
// Thread: one. Cost: logarithmic in the number of slots set.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace agentmesh::proxy {

// Whose slot is whose.
enum Slot : int { kFlushSlot = 1, kApprovalSlot, kReloadSlot, kDeadlineSlot, kOverdueSlot };

class Timers {
 public:
  // Replaces what the slot held.
  void set(int slot, int64_t due_us, std::function<void()> work) {
    cancel(slot);
    due_.emplace(due_us, slot);
    slots_.emplace(slot, Entry{due_us, std::move(work)});
  }

  void cancel(int slot) {
    const auto found = slots_.find(slot);
    if (found == slots_.end()) return;
    due_.erase({found->second.due_us, slot});
    slots_.erase(found);
  }

  std::optional<int64_t> next_due_us() const {
    if (due_.empty()) return std::nullopt;
    return due_.begin()->first;
  }

  // Takes the earliest work that is due at `now_us` out; empty if there is none.
  std::function<void()> take_due(int64_t now_us) {
    if (due_.empty() || due_.begin()->first > now_us) return {};
    const auto found = slots_.find(due_.begin()->second);
    std::function<void()> work = std::move(found->second.work);
    due_.erase(due_.begin());
    slots_.erase(found);
    return work;
  }

 private:
  struct Entry {
    int64_t due_us;
    std::function<void()> work;
  };
  std::map<int, Entry> slots_;
  std::set<std::pair<int64_t, int>> due_;
};

}  // namespace agentmesh::proxy
