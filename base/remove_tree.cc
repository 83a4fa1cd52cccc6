#include "base/remove_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/fd.h"

namespace agentmesh {
namespace {

class Removal {
 public:
  Removal(Fd top, int64_t patience_ms)
      : top_(std::move(top)), until_us_(clock_.mono_us() + patience_ms * 1000) {}

  // False, with errno (ETIME: that was all the time): something stays.
  bool remove(const std::string& path) {
    while (empty(top_.get(), true)) {
      if (::rmdir(path.c_str()) == 0 || errno == ENOENT) return true;
      if (!changed_meanwhile() || !lies_at(path) || late()) return false;
    }
    return false;
  }

 private:
  // Empties the directory; `top`: it is the one that everything else is moved up to.
  bool empty(int directory, bool top) {
    Fd listed(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!listed) return false;
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(listed.get()), &::closedir);
    if (!entries) return false;
    (void)listed.release();
    // A pass may miss what was moved up behind its back; the last one has nothing to do.
    for (bool done = false; !done;) {
      done = true;
      ::rewinddir(entries.get());
      while (const dirent* entry = ::readdir(entries.get())) {
        const std::string_view name = entry->d_name;
        if (name == "." || name == "..") continue;
        done = false;
        if (late()) return false;
        if (::unlinkat(directory, entry->d_name, 0) == 0 || errno == ENOENT) continue;
        if (errno != EISDIR) return false;
        if (!(top ? remove_below(entry->d_name) : move_up(directory, entry->d_name)) &&
            !changed_meanwhile())
          return false;
      }
    }
    return true;
  }

  // What has just failed did so because somebody makes or takes things there: it is tried again.
  static bool changed_meanwhile() {
    return errno == ENOTEMPTY || errno == EEXIST || errno == ENOENT;
  }

  // Not so if another directory was put in its place: that is not ours to empty. errno stays.
  bool lies_at(const std::string& path) const {
    const int reason = errno;
    struct stat ours {};
    struct stat there {};
    const bool same = ::fstat(top_.get(), &ours) == 0 && ::lstat(path.c_str(), &there) == 0 &&
                      ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
    errno = reason;
    return same;
  }

  bool late() const {
    if (clock_.mono_us() < until_us_) return false;
    errno = ETIME;
    return true;
  }

  // A directory of the first level.
  bool remove_below(const char* name) {
    if (::unlinkat(top_.get(), name, AT_REMOVEDIR) == 0) return true;
    const Fd directory = open_whatever_mode(top_.get(), name);
    return directory && empty(directory.get(), false) &&
           ::unlinkat(top_.get(), name, AT_REMOVEDIR) == 0;
  }

  bool move_up(int from, const char* name) {
    constexpr int kTries = 1000;
    for (int i = 0; i < kTries; ++i) {
      const std::string free = ".up-" + std::to_string(number_++);
      if (::renameat(from, name, top_.get(), free.c_str()) == 0) return true;
      // Its own "..", which changes, may be closed to us; or the name is taken.
      if (errno == EACCES && open_whatever_mode(from, name)) continue;
      if (errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR) return false;
    }
    return false;
  }

  SystemClock clock_;
  Fd top_;
  int64_t until_us_;
  uint64_t number_ = 0;
};

}  // namespace

Fd open_whatever_mode(int at, const char* name) {
  const Fd found(::openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!found) return {};
  // chmod(2) follows what is in its place by now, and a descriptor of a closed directory takes no fchmod(2).
  const std::string same = "/proc/self/fd/" + std::to_string(found.get());
  (void)::chmod(same.c_str(), S_IRWXU);
  return Fd(::openat(found.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

Result<void> remove_tree(const std::string& path, int64_t patience_ms) {
  Fd top = open_whatever_mode(AT_FDCWD, path.c_str());
  if (!top && errno == ENOENT) return {};
  if (!top) return fail_errno("remove " + path);
  if (!Removal(std::move(top), patience_ms).remove(path))
    return errno == ETIME
               ? fail("remove " + path + ": there is more in it than could be removed in " +
                          std::to_string(patience_ms) + " ms, or it grows",
                      ETIME)
               : fail_errno("remove " + path);
  return {};
}

}  // namespace agentmesh
