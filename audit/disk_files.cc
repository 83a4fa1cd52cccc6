#include "audit/disk_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/files.h"

namespace agentmesh::audit {

namespace {

Result<void> write_and_sync(Disk& disk, const std::string& path, std::string_view bytes,
                            int flags) {
  const auto fd = disk.open(path, O_WRONLY | O_CREAT | flags, 0600);
  if (!fd) return tl::unexpected(fd.error());
  if (auto wrote = write_all(disk, fd->get(), bytes); !wrote) return wrote;
  return disk.sync_data(fd->get());
}

}  // namespace

Result<void> write_all(Disk& disk, int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto wrote = disk.write(fd, bytes);
    if (!wrote) {
      if (wrote.error().errno_value == EINTR) continue;
      return tl::unexpected(wrote.error());
    }
    if (*wrote == 0) return fail("a write took nothing", ENOSPC);
    bytes.remove_prefix(*wrote);
  }
  return {};
}

Result<void> put_new_file(Disk& disk, const std::string& path, std::string_view bytes) {
  return write_and_sync(disk, path, bytes, O_EXCL);
}

Result<void> put_file(Disk& disk, const std::string& path, std::string_view bytes) {
  if (auto wrote = write_and_sync(disk, path + ".tmp", bytes, O_TRUNC); !wrote) return wrote;
  return disk.rename(path + ".tmp", path);
}

bool is_at(const std::string& path, int fd) {
  struct stat there {
  }, here{};
  return ::stat(path.c_str(), &there) == 0 && ::fstat(fd, &here) == 0 &&
         there.st_ino == here.st_ino && there.st_dev == here.st_dev;
}

bool is_locked(const std::string& path) {
  const auto lock = open_regular(path);
  return lock && ::flock(lock->get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace agentmesh::audit
