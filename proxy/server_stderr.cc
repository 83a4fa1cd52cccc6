#include "proxy/server_stderr.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <string_view>
#include <utility>

#include "base/clock.h"

namespace agentmesh::proxy {
namespace {

constexpr size_t kRead = 64U << 10;

}  // namespace

ServerStderr::ServerStderr(Fd from)
    : source_(Stream::own(std::move(from))),
      sink_(Stream::shared(Fd(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)), true)) {}

// False if there is nothing now, or will not be any more.
bool ServerStderr::read() {
  if (!source_.is_open()) return false;
  room_.resize(kRead);
  const ssize_t got = source_.read(room_);
  if (got == 0) source_.close();
  if (got <= 0) return false;
  sink_.put(std::string_view(room_).substr(0, static_cast<size_t>(got)), false);
  return true;
}

void ServerStderr::write() {
  if (sink_.flush()) return;
  source_.close();
  sink_ = Sink();  // not close(): a socket would be shut for the client's other programs as well
}

void ServerStderr::turn() {
  if (sink_.waiting() || read()) write();
}

void ServerStderr::finish(int64_t patience_us) {
  const SystemClock clock;
  const int64_t until = clock.mono_us() + patience_us;
  for (int64_t left = patience_us; left > 0; left = until - clock.mono_us()) {
    if (!sink_.waiting()) {
      if (!read()) break;
      write();
      continue;
    }
    pollfd one{sink_.fd(), POLLOUT, 0};
    if (::poll(&one, 1, static_cast<int>((left + 999) / 1000)) <= 0) break;
    write();
  }
  source_.close();
}

}  // namespace agentmesh::proxy
