#include "proxy/wake_linux.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace agentmesh::proxy {

Result<WakeFile> WakeFile::watch(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "."
                                : slash == 0               ? "/"
                                                           : path.substr(0, slash);
  Fd fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!fd) return fail_errno("inotify");
  constexpr uint32_t kEvents = IN_ATTRIB | IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR;
  if (::inotify_add_watch(fd.get(), directory.c_str(), kEvents) < 0) return fail_errno(directory);
  return WakeFile(std::move(fd), path.substr(slash == std::string::npos ? 0 : slash + 1));
}

bool WakeFile::touched() {
  bool ours = false;
  alignas(inotify_event) char bytes[4096];
  for (;;) {
    const ssize_t got = ::read(fd_.get(), bytes, sizeof bytes);
    if (got <= 0) return ours;
    for (ssize_t at = 0; at < got;) {
      inotify_event event;
      std::memcpy(&event, bytes + at, sizeof event);
      const char* const name = bytes + at + sizeof event;
      // An overflow tells nothing: look.
      if ((event.mask & IN_Q_OVERFLOW) != 0 || (event.len > 0 && name_ == name)) ours = true;
      at += static_cast<ssize_t>(sizeof event + event.len);
    }
  }
}

}  // namespace agentmesh::proxy
