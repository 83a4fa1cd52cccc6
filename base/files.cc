#include "base/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>

#include "base/fd.h"
#include "base/passwd_home.h"
#include "base/way.h"

namespace agentmesh {
namespace {

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t taken = ::write(fd, bytes.data(), bytes.size());
    if (taken < 0 && errno == EINTR) continue;
    if (taken < 0) return fail_errno("write " + path);
    bytes.remove_prefix(static_cast<size_t>(taken));
  }
  return {};
}

Result<void> make_directory(const std::string& path, unsigned mode) {
  if (::mkdir(path.c_str(), static_cast<mode_t>(mode)) == 0) return {};
  const int number = errno;
  struct stat found {};
  if (::stat(path.c_str(), &found) == 0) {
    if (S_ISDIR(found.st_mode)) return {};
    return fail("make directory " + path + ": it exists and is not a directory", ENOTDIR);
  }
  errno = number;
  return fail_errno("make directory " + path);
}

// A temporary file that is gone unless it was renamed.
class Temporary {
 public:
  explicit Temporary(const std::string& target)
      : path_(target + ".XXXXXX.tmp"), fd_(::mkostemps(path_.data(), 4, O_CLOEXEC)) {}
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    if (fd_ && !renamed_) (void)::unlink(path_.c_str());
  }
  int fd() const { return fd_.get(); }
  bool rename_to(const std::string& target) {
    renamed_ = ::rename(path_.c_str(), target.c_str()) == 0;
    return renamed_;
  }

 private:
  std::string path_;
  Fd fd_;
  bool renamed_ = false;
};

// The target of the symbolic link `path`; nothing, with errno, if it is no link (EINVAL) or cannot be asked.
bool read_link(const std::string& path, std::string& target) {
  target.resize(PATH_MAX);
  const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
  if (size < 0) return false;
  target.resize(static_cast<size_t>(size));
  return true;
}

// Takes the first component off `rest`; "" at the end.
std::string_view take_component(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of('/'), rest.size()));
  const std::string_view component = rest.substr(0, rest.find('/'));
  rest.remove_prefix(component.size());
  return component;
}

Result<std::string> read_all(const Fd& fd, const std::string& path, size_t max_bytes) {
  struct stat found {};
  if (::fstat(fd.get(), &found) != 0) return fail_errno("read " + path);
  const auto too_large = [&] {
    return fail("read " + path + ": larger than " + std::to_string(max_bytes) + " bytes", EFBIG);
  };
  const size_t expected = S_ISREG(found.st_mode) ? static_cast<size_t>(found.st_size) : 0;
  if (expected > max_bytes) return too_large();

  std::string bytes;
  size_t size = 0;
  for (;;) {  // to the end, whatever fstat said: the file may grow, and pipes and /proc say 0
    if (size == bytes.size()) {
      bytes.resize(std::max(expected + 1, size + std::min<size_t>(size + 4096, 1U << 20)));
    }
    const ssize_t got = ::read(fd.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read " + path);
    if (got == 0) break;
    size += static_cast<size_t>(got);
    if (size > max_bytes) return too_large();
  }
  bytes.resize(size);
  return bytes;
}

// What open() gave, asked not to wait (O_NONBLOCK; to a file that means nothing).
Result<Fd> only_a_file(int opened, const std::string& context) {
  Fd fd(opened);
  struct stat found {};
  if (!fd && errno != ENXIO) return fail_errno(context);
  if (!fd || (::fstat(fd.get(), &found) == 0 && !S_ISREG(found.st_mode)))
    return fail(context + ": not a file", EINVAL);
  return fd;
}

void go_up(std::string& path) { path.erase(std::min(path.rfind('/'), path.size())); }

// resolve_path(); `visit` is told each directory that something is looked up in, those of links too, and `follow` each link.
using Told = std::function<void(std::string_view)>;
Result<std::string> walk(std::string_view absolute_path, const Told& visit,
                         const Told& follow = {}) {
  constexpr int kMaxLinks = 40;  // as many as Linux follows
  const auto refuse = [&](int number) {
    errno = number;
    return fail_errno("resolve " + std::string(absolute_path));
  };
  if (!absolute_path.starts_with('/') || absolute_path.find('\0') != std::string_view::npos) {
    return refuse(EINVAL);
  }

  // realpath(3) stops at the first thing that is missing; this goes on, so that a link to a file that is not there yet
  // shows where it would be made.
  std::string resolved;
  std::string_view rest = absolute_path;
  std::string expanded;  // what `rest` looks into once a link was followed
  std::string target;
  bool missing = false;
  int links = 0;
  for (std::string_view part = take_component(rest); !part.empty(); part = take_component(rest)) {
    if (part == ".") continue;
    if (part == "..") {  // from a link's target: the parent of what is resolved already
      go_up(resolved);
      missing = false;
      continue;
    }
    if (!missing) visit(resolved.empty() ? std::string_view("/") : resolved);
    resolved.append("/").append(part);
    if (missing) continue;
    if (read_link(resolved, target)) {
      if (++links > kMaxLinks) return refuse(ELOOP);
      if (follow) follow(resolved);
      expanded = target + std::string(rest);
      rest = expanded;
      if (target.starts_with('/')) {
        resolved.clear();
      } else {
        go_up(resolved);
      }
    } else if (errno == ENOENT || errno == ENOTDIR) {
      missing = true;
    } else if (errno != EINVAL) {  // EINVAL: it is there and is no link
      return refuse(errno);
    }
  }
  return resolved.empty() ? "/" : resolved;
}

}  // namespace

Result<std::string> read_file(const std::string& path, size_t max_bytes) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno("read " + path);
  return read_all(fd, path, max_bytes);
}

Result<std::string> read_regular(const std::string& path, size_t max_bytes) {
  const auto fd = open_regular(path);
  if (!fd) return tl::unexpected(fd.error());
  return read_all(*fd, path, max_bytes);
}

Result<Fd> open_regular(const std::string& path) {
  return only_a_file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK), "read " + path);
}

Result<Fd> open_own(const std::string& path, int flags, unsigned mode) {
  const int how = flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  return only_a_file(::open(path.c_str(), how, static_cast<mode_t>(mode)), path);
}

Result<void> lock_file(int fd, const std::string& what, int timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  // Held for microseconds as a rule; who waits longer looks less and less often.
  auto pause = std::chrono::microseconds(200);
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return fail_errno(what);
    if (std::chrono::steady_clock::now() > deadline)
      return fail(what + ": another process keeps it locked", ETIMEDOUT);
    std::this_thread::sleep_for(pause);
    pause = std::min(pause + pause / 4, std::chrono::microseconds(5000));
  }
  return {};
}

Result<void> check_regular(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode))
    return fail(path + ": not a file", EINVAL);
  return {};
}

Result<void> replace_file(const std::string& path, std::string_view bytes, unsigned mode) {
  // A configuration file is often a link into someone's collection: the file is replaced, the link stays.
  std::string target = path;
  std::string link;
  if (read_link(path, link)) {
    Result<std::string> resolved = resolve_path(lexically_normal(path, current_directory()));
    if (!resolved) return tl::unexpected(std::move(resolved.error()));
    target = std::move(*resolved);
  }
  Temporary temporary(target);
  if (temporary.fd() < 0) return fail_errno("create a file next to " + target);
  if (auto written = write_all(temporary.fd(), bytes, target); !written) return written;
  if (::fchmod(temporary.fd(), static_cast<mode_t>(mode)) != 0) {
    return fail_errno("set the mode of " + target);
  }
  if (::fsync(temporary.fd()) != 0) return fail_errno("sync " + target);
  if (!temporary.rename_to(target)) return fail_errno("replace " + target);
  const Fd directory(::open(directory_of(target).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) return fail_errno("sync directory of " + target);
  return {};
}

Result<void> make_directories(const std::string& path, unsigned mode) {
  if (path.empty()) return fail("make directory: the path is empty", ENOENT);
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) {  // else the last step says whether it is a directory
    for (size_t slash = path.find('/', 1); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      if (auto made = make_directory(path.substr(0, slash), mode); !made) return made;
    }
  }
  return make_directory(path, mode);
}

Result<void> check_own_directory(const std::string& path) {
  struct stat status {};
  const bool there = ::stat(path.c_str(), &status) == 0;
  if (there && status.st_uid != ::geteuid())
    return fail(path + ": belongs to another user (uid " + std::to_string(status.st_uid) +
                    "); be that user, or choose another directory",
                EPERM);
  if (there && (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return fail(path + ": others may write in it; run: chmod go-w " + path, EPERM);
  // Nor may they move it away and put another in its place, nor a link on the way to it; else what is made now would be refused
  // the next time.
  std::string open_to_all;
  const auto resolved =
      walk(lexically_normal(path, current_directory()), [&](std::string_view above) {
        const std::string directory(above);
        if (::stat(directory.c_str(), &status) == 0 &&
            (status.st_mode & (S_IWOTH | S_ISVTX)) == S_IWOTH)
          open_to_all = directory;
      });
  if (!open_to_all.empty())
    return fail(path + ": others may move it, since they may write in " + open_to_all +
                    "; run: chmod o-w " + open_to_all + ", or choose another directory",
                EPERM);
  if (there && !resolved) return tl::unexpected(resolved.error());
  return {};
}

bool file_exists(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0;
}

bool is_gone(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

bool is_away(const std::string& path) {
  if (!is_gone(path)) return false;
  const auto place = resolve_path(lexically_normal(path, current_directory()));
  if (!place) return true;
  const auto beside = list_directory(directory_of(*place));
  return !beside || beside->empty();
}

Result<std::vector<std::string>> list_directory(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), &::closedir);
  if (!directory) return fail_errno("list " + path);
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return fail_errno("list " + path);
  std::sort(names.begin(), names.end());
  return names;
}

std::string lexically_normal(std::string_view path, std::string_view base_directory) {
  std::string whole(path);
  if (!path.starts_with('/')) whole.insert(0, "/").insert(0, base_directory);
  std::string_view rest = whole;
  std::string normal;
  for (std::string_view part = take_component(rest); !part.empty(); part = take_component(rest)) {
    if (part == ".") continue;
    if (part == "..") {
      go_up(normal);
    } else {
      normal.append("/").append(part);
    }
  }
  return normal.empty() ? "/" : normal;
}

Result<std::string> resolve_path(std::string_view absolute_path) {
  return walk(absolute_path, [](std::string_view) {});
}

Result<Way> way_of(std::string_view absolute_path) {
  Way way;
  auto end = walk(
      absolute_path, [&](std::string_view directory) { way.directories.emplace_back(directory); },
      [&](std::string_view link) { way.links.emplace_back(link); });
  if (!end) return tl::unexpected(end.error());
  way.end = std::move(*end);
  return way;
}

std::string current_directory() {
  std::string path(PATH_MAX, '\0');
  if (::getcwd(path.data(), path.size()) == nullptr) return "/";
  path.resize(path.find('\0'));
  return path;
}

std::string home_directory() {
  const char* home = ::getenv("HOME");
  if (home != nullptr && *home != '\0') return home;
  return passwd_home();
}

std::string executable_path() {
  constexpr std::string_view kDeleted =
      " (deleted)";  // the kernel's mark when the file was replaced under us
  std::string path;
  if (!read_link("/proc/self/exe", path)) return {};
  if (path.ends_with(kDeleted) && !file_exists(path)) path.resize(path.size() - kDeleted.size());
  return path;
}

}  // namespace agentmesh
