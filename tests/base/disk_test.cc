#include "base/disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <limits>

#include "base/files.h"
#include "tests/catch.h"
#include "tests/fault_disk.h"
#include "tests/temp_directory.h"

namespace agentmesh {
namespace {

using tests::FaultDisk;
using tests::TempDirectory;
using Op = FaultDisk::Op;

constexpr int kAppend = O_WRONLY | O_CREAT | O_APPEND;

TEST_CASE("the disk writes, cuts, allocates, renames and removes") {
  const TempDirectory dir;
  SystemDisk disk;
  const std::string path = dir / "log";
  const auto fd = disk.open(path, O_RDWR | O_CREAT, 0600);
  REQUIRE(fd);
  CHECK((::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(disk.write(fd->get(), "0123456789") == size_t{10});
  CHECK(disk.sync_data(fd->get()));
  CHECK(disk.truncate(fd->get(), 4));
  CHECK(read_file(path) == "0123");
  CHECK(disk.allocate(fd->get(), 4096));
  struct stat found {};
  REQUIRE(::fstat(fd->get(), &found) == 0);
  CHECK(found.st_size == 4096);
  CHECK(disk.allocate(fd->get(), 0));
  CHECK(disk.rename(path, dir / "moved"));
  CHECK(disk.sync_directory(dir.path()));
  CHECK_FALSE(file_exists(path));
  CHECK(disk.remove(dir / "moved"));
  CHECK_FALSE(file_exists(dir / "moved"));
}

TEST_CASE(
    "a link in the place of a file is refused, and what it leads to is neither made nor opened") {
  const TempDirectory dir;
  SystemDisk disk;
  REQUIRE(::symlink((dir / "victim").c_str(), (dir / "lock").c_str()) == 0);
  const auto opened = disk.open(dir / "lock", O_RDWR | O_CREAT, 0600);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().what == "open " + dir / "lock" + ": a link, not a file");
  CHECK_FALSE(file_exists(dir / "victim"));
}

TEST_CASE("a disk that fails names the file and gives the errno") {
  const TempDirectory dir;
  SystemDisk disk;
  const std::string path = dir / "log";
  const std::string absent = dir / "absent/x";
  const auto fd = disk.open(path, O_RDONLY | O_CREAT, 0600);
  REQUIRE(fd);

  CHECK(disk.open(absent, O_RDONLY, 0).error().what ==
        "open " + absent + ": No such file or directory");
  CHECK(disk.open(absent, O_RDONLY, 0).error().errno_value == ENOENT);
  CHECK(disk.write(fd->get(), "x").error().what == "write to " + path + ": Bad file descriptor");
  CHECK(disk.write(fd->get(), "x").error().errno_value == EBADF);
  CHECK(disk.truncate(fd->get(), 1).error().errno_value == EINVAL);
  CHECK(disk.allocate(fd->get(), 1).error().what ==
        "allocate space for " + path + ": Bad file descriptor");
  CHECK(disk.truncate(fd->get(), std::numeric_limits<uint64_t>::max()).error().errno_value ==
        EFBIG);
  CHECK(disk.sync_directory(path).error().errno_value == ENOTDIR);
  CHECK(disk.rename(absent, path).error().what.find(absent) != std::string::npos);
  CHECK(disk.remove(absent).error().errno_value == ENOENT);

  const int closed = ::dup(fd->get());
  ::close(closed);
  const auto error = disk.sync_data(closed).error();
  CHECK(error.what == "sync descriptor " + std::to_string(closed) + ": Bad file descriptor");
  CHECK(error.errno_value == EBADF);
}

TEST_CASE("a full device is an error with ENOSPC, not a short write") {
  SystemDisk disk;
  const Fd fd(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  if (!fd) return;  // only Linux has it
  CHECK(disk.write(fd.get(), "x").error().errno_value == ENOSPC);
}

TEST_CASE("what is no file is not opened, and not waited for") {
  const TempDirectory dir;
  SystemDisk disk;
  const std::string pipe = dir / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const std::string link = dir / "link";
  REQUIRE(::symlink(pipe.c_str(), link.c_str()) == 0);
  const std::string loop = dir / "loop";
  REQUIRE(::symlink(loop.c_str(), loop.c_str()) == 0);
  const std::string socket = dir / "socket";
  REQUIRE(::mknod(socket.c_str(), S_IFSOCK | 0600, 0) == 0);
  for (const std::string& path : {pipe, link, loop, socket, dir.path(), std::string("/dev/zero")})
    for (const int how : {O_RDONLY, O_WRONLY, O_RDWR, O_RDWR | O_CREAT, O_WRONLY | O_TRUNC}) {
      CAPTURE(path, how);
      CHECK_FALSE(disk.open(path, how, 0600));
    }
  CHECK(disk.open(pipe, O_RDWR, 0).error().what == "open " + pipe + ": not a file");
  CHECK(disk.open(pipe, O_WRONLY, 0).error().errno_value == EINVAL);
}

TEST_CASE("a faulty disk fails exactly the call it was told to") {
  const TempDirectory dir;
  SystemDisk system;
  FaultDisk disk(system);
  const auto fd = disk.open(dir / "log", kAppend, 0600);
  REQUIRE(fd);
  REQUIRE(disk.write(fd->get(), "a"));
  disk.fail(Op::kWrite, 2, ENOSPC);
  CHECK(disk.write(fd->get(), "b"));
  CHECK(disk.write(fd->get(), "c").error().errno_value == ENOSPC);
  CHECK(disk.write(fd->get(), "d"));
  CHECK(read_file(dir / "log") == "abd");
  CHECK(disk.calls(Op::kWrite) == 4);

  disk.fail(Op::kSyncData, 1, EIO);
  CHECK(disk.sync_data(fd->get()).error().errno_value == EIO);
  CHECK(disk.sync_data(fd->get()));
  disk.fail(Op::kOpen, 1, EMFILE);
  CHECK(disk.open(dir / "log", O_RDONLY, 0).error().errno_value == EMFILE);
  disk.fail(Op::kSyncDirectory, 1, EIO);
  CHECK_FALSE(disk.sync_directory(dir.path()));
  disk.fail(Op::kTruncate, 1, EIO);
  CHECK_FALSE(disk.truncate(fd->get(), 0));
  disk.fail(Op::kAllocate, 1, ENOSPC);
  CHECK_FALSE(disk.allocate(fd->get(), 10));
  disk.fail(Op::kRename, 1, EROFS);
  CHECK_FALSE(disk.rename(dir / "log", dir / "moved"));
  disk.fail(Op::kRemove, 1, EROFS);
  CHECK_FALSE(disk.remove(dir / "log"));
  CHECK(read_file(dir / "log") == "abd");
}

TEST_CASE("a faulty disk stays full until it is healed") {
  const TempDirectory dir;
  SystemDisk system;
  FaultDisk disk(system);
  const auto fd = disk.open(dir / "log", kAppend, 0600);
  disk.fail_from(Op::kWrite, 2, ENOSPC);
  CHECK(disk.write(fd->get(), "a"));
  CHECK_FALSE(disk.write(fd->get(), "b"));
  CHECK_FALSE(disk.write(fd->get(), "c"));
  CHECK(disk.sync_data(fd->get()));
  disk.heal();
  CHECK(disk.write(fd->get(), "d"));
  CHECK(read_file(dir / "log") == "ad");
}

TEST_CASE("a short write takes what it says, and a lost disk keeps what it took") {
  const TempDirectory dir;
  SystemDisk system;
  FaultDisk disk(system);
  const auto fd = disk.open(dir / "log", kAppend, 0600);
  disk.short_write(1, 3);
  CHECK(disk.write(fd->get(), "abcdef") == size_t{3});
  CHECK(disk.write(fd->get(), "def") == size_t{3});
  disk.lose_power(1, 2);
  CHECK(disk.write(fd->get(), "ghi").error().errno_value == EIO);
  CHECK_FALSE(disk.sync_data(fd->get()));
  CHECK_FALSE(disk.open(dir / "log", O_RDONLY, 0));
  CHECK(read_file(dir / "log") == "abcdefgh");
  disk.heal();
  CHECK(disk.sync_data(fd->get()));
}

}  // namespace
}  // namespace agentmesh
