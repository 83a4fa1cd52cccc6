#include "proxy/watched_files_linux.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace agentmesh::proxy {

Result<WatchedFiles> WatchedFiles::watch(const std::vector<std::string>& paths, Of what) {
  Fd fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!fd) return fail_errno("inotify");
  WatchedFiles watched(std::move(fd), what);
  const uint32_t events = IN_ATTRIB | IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR |
                          (what == Of::kTouch ? static_cast<uint32_t>(IN_CREATE) : 0U);
  for (const std::string& path : paths) {
    const size_t slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "."
                                  : slash == 0               ? "/"
                                                             : path.substr(0, slash);
    const int number = ::inotify_add_watch(watched.fd(), directory.c_str(), events);
    if (number < 0) return fail_errno(directory);
    watched.names_[number].insert(path.substr(slash == std::string::npos ? 0 : slash + 1));
  }
  return watched;
}

bool WatchedFiles::touched() {
  bool ours = false;
  alignas(inotify_event) char bytes[4096];
  for (;;) {
    const ssize_t got = ::read(fd_.get(), bytes, sizeof bytes);
    if (got <= 0) return ours;
    for (ssize_t at = 0; at < got;) {
      inotify_event event;
      std::memcpy(&event, bytes + at, sizeof event);
      const char* const name = bytes + at + sizeof event;
      const auto names = names_.find(event.wd);
      // An overflow tells nothing: look.
      if ((event.mask & IN_Q_OVERFLOW) != 0 ||
          (what_ == Of::kEdit && (event.mask & IN_MOVED_TO) != 0) ||
          (event.len > 0 && names != names_.end() &&
           names->second.contains(std::string_view(name))))
        ours = true;
      at += static_cast<ssize_t>(sizeof event + event.len);
    }
  }
}

}  // namespace agentmesh::proxy
