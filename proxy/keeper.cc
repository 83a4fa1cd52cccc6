#include "proxy/keeper.h"

#include <signal.h>

#include <utility>

namespace agentmesh::proxy {

Keeper::Keeper(std::unique_ptr<trust::Store> store) : store_(std::move(store)) {
  // Signals are the io thread's.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Keeper::~Keeper() { finish(); }

void Keeper::finish() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  more_.notify_one();
  thread_.join();
}

void Keeper::give(std::function<void(trust::Store&)> work) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(work));
  }
  more_.notify_one();
}

void Keeper::run() {
  for (;;) {
    std::function<void(trust::Store&)> work;
    {
      std::unique_lock lock(mutex_);
      more_.wait(lock, [this] { return done_ || !queue_.empty(); });
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work(*store_);
  }
}

}  // namespace agentmesh::proxy
