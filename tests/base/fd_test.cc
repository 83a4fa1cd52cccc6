#include "base/fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/result.h"
#include "tests/catch.h"

namespace agentmesh {
namespace {

int open_null() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

TEST_CASE("a descriptor is closed exactly when its owner ends") {
  const int raw = open_null();
  {
    const Fd fd(raw);
    CHECK(static_cast<bool>(fd));
    CHECK(is_open(raw));
  }
  CHECK_FALSE(is_open(raw));
}

TEST_CASE("a moved-from descriptor is empty and closes nothing") {
  const int raw = open_null();
  Fd second;
  {
    Fd first(raw);
    second = std::move(first);
    CHECK(first.get() == -1);  // NOLINT(bugprone-use-after-move): that is what is tested
  }
  CHECK(second.get() == raw);
  CHECK(is_open(raw));
  Fd& same = second;
  second = std::move(same);
  CHECK(is_open(raw));
  CHECK(second.release() == raw);
  CHECK_FALSE(static_cast<bool>(second));
  CHECK(::close(raw) == 0);
}

TEST_CASE("reset closes the old descriptor and takes the new one") {
  const int old = open_null();
  const int next = open_null();
  Fd fd(old);
  fd.reset(next);
  CHECK_FALSE(is_open(old));
  CHECK(fd.get() == next);
}

TEST_CASE("closing does not lose the reason of an earlier failure") {
  errno = ENOSPC;
  { const Fd nobody(1'000'000); }  // close() fails with EBADF
  CHECK(errno == ENOSPC);
}

TEST_CASE("an error says what was tried and why it failed, and keeps the errno") {
  errno = ENOENT;
  const auto error = fail_errno("open /x");
  CHECK(error.value().what == "open /x: No such file or directory");
  CHECK(error.value().errno_value == ENOENT);
  CHECK(fail("unknown unit 'm'").value().errno_value == 0);
}

}  // namespace
}  // namespace agentmesh
