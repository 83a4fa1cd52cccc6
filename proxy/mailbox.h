// Mailbox: work that other threads leave for the loop's.
//
// Thread: put() from any; the rest on the loop's. Order: as it was put. Ring the loop's bell (doorbell.h) after put().

#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace agentmesh::proxy {

class Mailbox {
 public:
  void put(std::function<void()> work) {
    {
      const std::lock_guard lock(lock_);
      work_.push_back(std::move(work));
    }
    full_ = true;
  }

  bool full() const { return full_; }

  // Does what is there; what that puts in waits for the next time.
  void deliver() {
    if (!full_.exchange(false)) return;
    std::vector<std::function<void()>> work;
    {
      const std::lock_guard lock(lock_);
      work.swap(work_);
    }
    for (const auto& one : work) one();
  }

 private:
  std::mutex lock_;
  std::vector<std::function<void()>> work_;
  std::atomic<bool> full_ = false;
};

}  // namespace agentmesh::proxy
