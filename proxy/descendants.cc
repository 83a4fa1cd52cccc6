#include "proxy/descendants.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/clock.h"
#include "base/fd.h"
#include "base/files.h"

namespace agentmesh::proxy::descendants {
namespace {

constexpr int64_t kAfterKillUs = 1'000'000;  // until what was killed has gone
constexpr size_t kWatched = 64;              // of them at a time
constexpr int64_t kLookAgainUs = 10'000;     // where they cannot all be watched
// A server can make them faster than we can take them, so both have a bound: what is taken at a time, and in a round of end().
constexpr int kTakenAtOnce = 64;
constexpr int kTakenInARound = 16 * kTakenAtOnce;

// Until one of `pids` ends, at most until `left_us` are over; not so long where not all can be watched.
void wait_for_one(const std::vector<pid_t>& pids, int64_t left_us) {
  std::vector<Fd> kept;
  std::vector<pollfd> polled;
  for (const pid_t pid : pids) {
    Fd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!fd && errno == ESRCH) return;  // it has gone already
    if (!fd || kept.size() == kWatched) {
      left_us = std::min(left_us, kLookAgainUs);
      break;
    }
    polled.push_back({fd.get(), POLLIN, 0});
    kept.push_back(std::move(fd));
  }
  (void)::poll(polled.data(), polled.size(), static_cast<int>((left_us + 999) / 1000));
}

// For the one that cannot ask for memory.
std::array<pid_t, 64> spared;
size_t spared_count = 0;

// Ends every child of the main thread but `spared`. True if there was any.
bool kill_children() {
  char path[64];
  (void)std::snprintf(path, sizeof path, "/proc/self/task/%d/children", ::getpid());
  const Fd list(::open(path, O_RDONLY | O_CLOEXEC));
  char text[4096];
  const ssize_t size = list ? ::read(list.get(), text, sizeof text) : 0;
  bool any = false;
  for (const char *at = text, *const end = text + std::max<ssize_t>(size, 0); at < end; ++at) {
    pid_t pid = 0;
    at = std::from_chars(at, end, pid).ptr;
    const auto last = spared.begin() + static_cast<std::ptrdiff_t>(spared_count);
    if (pid <= 0 || std::find(spared.begin(), last, pid) != last) continue;
    (void)::kill(pid, SIGKILL);
    (void)::waitpid(pid, nullptr, WNOHANG);
    any = true;
  }
  return any;
}

[[noreturn]] void end_and_abort() {
  constexpr std::string_view kSaid =
      "agentmesh: ended by an error that nobody takes: no memory, most likely\n";
  (void)!::write(STDERR_FILENO, kSaid.data(), kSaid.size());
  constexpr int kRounds = 200;  // what one leaves comes to us in turn
  for (int i = 0; i < kRounds && kill_children(); ++i) (void)::poll(nullptr, 0, 5);
  std::abort();
}

// Whether there is any, when they cannot be listed.
bool any_child() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

}  // namespace

bool adopt() { return ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0; }

bool reap(pid_t server) {
  for (int taken = 0; taken < kTakenAtOnce; ++taken) {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
      return false;
    // The session is about to end, and the others with it.
    if (info.si_pid == server) return false;
    (void)::waitpid(info.si_pid, nullptr, WNOHANG);
  }
  return true;
}

Result<std::vector<pid_t>> children() {
  std::vector<pid_t> all;
  const auto threads = list_directory("/proc/self/task");
  if (!threads) return tl::unexpected(threads.error());
  for (const std::string& thread : *threads) {
    const auto text = read_file("/proc/self/task/" + thread + "/children", 1 << 20);
    if (!text && (text.error().errno_value == ENOENT || text.error().errno_value == ESRCH))
      continue;  // a thread that has just ended
    if (!text) return tl::unexpected(text.error());
    std::string_view rest = *text;
    while (!rest.empty()) {
      pid_t pid = 0;
      const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), pid);
      if (error == std::errc()) all.push_back(pid);
      rest.remove_prefix(std::min(rest.size(), static_cast<size_t>(end - rest.data()) + 1));
    }
  }
  return all;
}

std::vector<Other> others() {
  std::vector<Other> all;
  for (const pid_t pid : children().value_or(std::vector<pid_t>()))
    if (Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); process)
      all.push_back({pid, std::move(process)});
  return all;
}

void end(pid_t group, int64_t patience_us, std::span<const Other> others) {
  const SystemClock clock;
  const int64_t kill_at = clock.mono_us() + patience_us;
  std::unordered_set<pid_t> told;
  const auto is_other = [&](pid_t pid) {
    return std::any_of(others.begin(), others.end(), [&](const Other& other) {
      pollfd ended{other.process.get(), POLLIN, 0};
      return other.pid == pid && ::poll(&ended, 1, 0) == 0;
    });
  };
  for (;;) {
    for (int taken = 0; taken < kTakenInARound && reap(-1); taken += kTakenAtOnce) {
    }
    auto listed = children();
    std::vector<pid_t> left = listed ? std::move(*listed) : std::vector<pid_t>();
    std::erase_if(left, is_other);
    if (listed ? left.empty() : !any_child()) return;
    const int64_t now = clock.mono_us();
    if (now >= kill_at + kAfterKillUs) return;
    for (const pid_t pid : left) {
      const bool known = !told.insert(pid).second;
      if (now >= kill_at) {
        (void)::kill(pid, SIGKILL);
      } else if (!known && ::getpgid(pid) != group) {
        (void)::kill(pid, SIGTERM);
      }
    }
    int64_t wait_us = (now < kill_at ? kill_at : kill_at + kAfterKillUs) - now;
    if (!listed)
      wait_us = std::min(wait_us, kLookAgainUs);  // no descriptors left to read /proc with
    wait_for_one(left, wait_us);
  }
}

Ending::Ending(std::span<const Other> others) : others_(others) {
  for (const Other& other : others)
    if (spared_count < spared.size()) spared[spared_count++] = other.pid;
  std::set_terminate(end_and_abort);
}

Ending::~Ending() {
  try {
    end(-1, 0, others_);
  } catch (const std::exception&) {  // no memory, even now
  }
}

}  // namespace agentmesh::proxy::descendants
