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

  // Empties the directory; `top`: it is the one that everything else is moved up to. False, with errno (ETIME: that was all the
  // time): something stays.
  bool empty(int directory, bool top) {
    const int listed = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(listed), &::closedir);
    if (!entries) {
      const Fd unused(listed);
      return false;
    }
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
        if (!(top ? remove(entry->d_name) : move_up(directory, entry->d_name))) return false;
      }
    }
    return true;
  }

 private:
  bool late() const {
    if (clock_.mono_us() < until_us_) return false;
    errno = ETIME;
    return true;
  }

  // A directory of the first level.
  bool remove(const char* name) {
    if (::unlinkat(top_.get(), name, AT_REMOVEDIR) == 0) return true;
    (void)::fchmodat(top_.get(), name, S_IRWXU, 0);  // not a link: it was called a directory
    const Fd directory(::openat(top_.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    return directory && empty(directory.get(), false) &&
           ::unlinkat(top_.get(), name, AT_REMOVEDIR) == 0;
  }

  bool move_up(int from, const char* name) {
    constexpr int kTries = 1000;
    for (int i = 0; i < kTries; ++i) {
      const std::string free = ".up-" + std::to_string(number_++);
      if (::renameat(from, name, top_.get(), free.c_str()) == 0) return true;
      // Its own "..", which changes, may be closed to us; or the name is taken.
      if (errno == EACCES && ::fchmodat(from, name, S_IRWXU, 0) == 0) continue;
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

Result<void> remove_tree(const std::string& path, int64_t patience_ms) {
  const auto open = [&path] {
    return Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  };
  Fd top = open();
  if (!top && errno == EACCES && ::fchmodat(AT_FDCWD, path.c_str(), S_IRWXU, 0) == 0) top = open();
  if (!top && errno == ENOENT) return {};
  if (!top) return fail_errno("remove " + path);
  const int directory = top.get();
  (void)::fchmod(directory, S_IRWXU);  // it may be closed to writing alone
  if (!Removal(std::move(top), patience_ms).empty(directory, true) || ::rmdir(path.c_str()) != 0)
    return errno == ETIME
               ? fail("remove " + path + ": there is more in it than could be removed in " +
                          std::to_string(patience_ms) + " ms, or it grows",
                      ETIME)
               : fail_errno("remove " + path);
  return {};
}

}  // namespace agentmesh
