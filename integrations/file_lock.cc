#include "integrations/file_lock.h"

#include <sys/file.h>
#include <time.h>

#include <cerrno>

namespace agentmesh::integrations {

bool lock_within(int fd, std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds kTenth{100};
  for (;; patience -= kTenth) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return true;
    if (patience.count() <= 0) return false;
    const timespec tenth{0, 100'000'000};
    (void)::nanosleep(&tenth, nullptr);
  }
}

}  // namespace agentmesh::integrations
