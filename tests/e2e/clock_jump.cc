// A wall clock that a test can move: loaded in front of the C library, it adds to CLOCK_REALTIME the seconds that stand, as a
// 64-bit integer, in the file that AGENTMESH_TEST_CLOCK names. Nothing of it is in the product.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

namespace {

const volatile int64_t* map_offset() {
  static const int64_t kNone = 0;
  const char* const path = std::getenv("AGENTMESH_TEST_CLOCK");
  if (path == nullptr) return &kNone;
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return &kNone;
  void* const map = ::mmap(nullptr, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
  ::close(fd);
  return map == MAP_FAILED ? &kNone : static_cast<const volatile int64_t*>(map);
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const long done = ::syscall(SYS_clock_gettime, clock, time);
  if (done == 0 && clock == CLOCK_REALTIME) {
    static const volatile int64_t* const kOffset = map_offset();
    time->tv_sec += *kOffset;
  }
  return static_cast<int>(done);
}
