// Keeper: the one thread that may wait for state.db. What the session owes the database goes there; what others changed comes
// back by post.
//
// Order: made after the child was spawned; give() any time; finish() while all that the work refers to is still there.
// Thread: give() from the io thread; the work runs on the keeper's. Failure: an error of the database is said on stderr
// once per kind, and the session goes on with what it has in memory.

#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "trust/store.h"

namespace agentmesh::proxy {

class Keeper {
 public:
  explicit Keeper(std::unique_ptr<trust::Store> store);
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  void give(std::function<void(trust::Store&)> work);
  // Runs what is queued, and joins. Work that is given later is not done.
  void finish();

 private:
  void run();

  std::unique_ptr<trust::Store> store_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<std::function<void(trust::Store&)>> queue_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace agentmesh::proxy
