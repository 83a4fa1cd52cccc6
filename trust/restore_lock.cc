#include "trust/restore_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <time.h>

#include <cerrno>

#include "base/files.h"

namespace agentmesh::trust {

RestoreLock::RestoreLock(const std::string& state_dir)
    : file_(open_own(state_dir + "/restore.lock", O_RDWR | O_CREAT).value_or(Fd())) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (file_ && ::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return;
    if (std::chrono::steady_clock::now() >= give_up) return;
    const timespec pause{0, 5'000'000};
    ::nanosleep(&pause, nullptr);
  }
}

}  // namespace agentmesh::trust
