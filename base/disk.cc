#include "base/disk.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <limits>

namespace agentmesh {
namespace {

// Repeats a call that a signal cut off. `call` returns negative on failure, with errno.
template <class Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

// What the kernel calls the file behind a descriptor: usually its path.
std::string name_of(int fd) {
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  char target[PATH_MAX];
  const ssize_t size = ::readlink(link.c_str(), target, sizeof target);
  return size > 0 ? std::string(target, static_cast<size_t>(size))
                  : "descriptor " + std::to_string(fd);
}

// fail_errno() for a call on a descriptor; `errno` is taken before the name is looked up.
tl::unexpected<Error> fail_on(int fd, const char* doing, int number) {
  std::string what = std::string(doing) + " " + name_of(fd);
  errno = number;
  return fail_errno(std::move(what));
}

Result<off_t> as_offset(int fd, const char* doing, uint64_t size) {
  if (size > static_cast<uint64_t>(std::numeric_limits<off_t>::max())) {
    return fail_on(fd, doing, EFBIG);
  }
  return static_cast<off_t>(size);
}

}  // namespace

Result<Fd> SystemDisk::open(const std::string& path, int flags, unsigned mode) {
  // What would block an open (a pipe without its other end) comes back at once; to a file the flag means nothing.
  // And a link in its place is somebody's who wants us to write elsewhere.
  const int how = flags | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW;
  Fd fd(uninterrupted([&] { return ::open(path.c_str(), how, static_cast<mode_t>(mode)); }));
  struct stat found {};
  if (!fd && errno == ELOOP) return fail("open " + path + ": a link, not a file", ELOOP);
  if (!fd && errno != ENXIO) return fail_errno("open " + path);
  if (!fd || (::fstat(fd.get(), &found) == 0 && !S_ISREG(found.st_mode)))
    return fail("open " + path + ": not a file", EINVAL);
  return fd;
}

Result<size_t> SystemDisk::write(int fd, std::string_view bytes) {
  const ssize_t taken = uninterrupted([&] { return ::write(fd, bytes.data(), bytes.size()); });
  if (taken < 0) return fail_on(fd, "write to", errno);
  return static_cast<size_t>(taken);
}

Result<void> SystemDisk::sync_data(int fd) {
  if (uninterrupted([&] { return ::fdatasync(fd); }) != 0) return fail_on(fd, "sync", errno);
  return {};
}

Result<void> SystemDisk::sync_directory(const std::string& path) {
  const Fd fd(
      uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!fd) return fail_errno("open directory " + path);
  if (uninterrupted([&] { return ::fsync(fd.get()); }) != 0) {
    return fail_errno("sync directory " + path);
  }
  return {};
}

Result<void> SystemDisk::truncate(int fd, uint64_t size) {
  const Result<off_t> offset = as_offset(fd, "truncate", size);
  if (!offset) return tl::unexpected(offset.error());
  if (uninterrupted([&] { return ::ftruncate(fd, *offset); }) != 0) {
    return fail_on(fd, "truncate", errno);
  }
  return {};
}

Result<void> SystemDisk::allocate(int fd, uint64_t size) {
  if (size == 0) return {};  // the call itself would refuse
  const Result<off_t> offset = as_offset(fd, "allocate", size);
  if (!offset) return tl::unexpected(offset.error());
  int number = ::posix_fallocate(fd, 0, *offset);
  while (number == EINTR) number = ::posix_fallocate(fd, 0, *offset);
  if (number != 0) return fail_on(fd, "allocate space for", number);
  return {};
}

Result<void> SystemDisk::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return fail_errno("rename " + from + " to " + to);
  return {};
}

Result<void> SystemDisk::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return fail_errno("remove " + path);
  return {};
}

}  // namespace agentmesh
