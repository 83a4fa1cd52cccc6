// WakeFile: notices that `<state>/wake` was touched, which is how the command line tells running proxies that something in the
// state directory changed (trust.md, State). By inotify; where the system allows no more watches, by a look now and then.
//
// Thread: one. Cost: nothing while nothing happens; without inotify one stat(2) each 200 ms.

#pragma once

#include <time.h>

#include <cstdint>
#include <optional>
#include <string>

#include "proxy/watched_files_linux.h"

namespace agentmesh::proxy {

class WakeFile {
 public:
  // The directory of `path` must exist, the file need not. Times are microseconds of the monotonic clock.
  WakeFile(std::string path, int64_t now_us);

  int fd() const { return watched_ ? watched_->fd() : -1; }  // readable: ask touched(); -1: looks
  bool touched() { return watched_ && watched_->touched(); }

  std::optional<int64_t> next_look_us() const;  // none where fd() tells
  // Looks if that is due: was the file touched since the last look?
  bool look(int64_t now_us);

 private:
  std::string path_;
  std::optional<WatchedFiles> watched_;
  timespec seen_{};  // the time of its last change, at the last look
  int64_t next_look_us_ = 0;
};

}  // namespace agentmesh::proxy
