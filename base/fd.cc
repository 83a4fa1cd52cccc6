#include "base/fd.h"

#include <unistd.h>

#include <cerrno>

namespace agentmesh {

void Fd::reset(int fd) {
  if (fd_ >= 0) {
    const int saved = errno;  // an Fd often closes while the reason of a failure is still in errno
    (void)::close(fd_);
    errno = saved;
  }
  fd_ = fd;
}

}  // namespace agentmesh
