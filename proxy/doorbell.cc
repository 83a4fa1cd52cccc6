#include "proxy/doorbell.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace agentmesh::proxy {
namespace {

// The one thing a signal handler can know. Set by catch_signals(), and only there.
std::atomic<int> handler_fd = -1;
static_assert(std::atomic<int>::is_always_lock_free);

void on_signal(int signal) {
  const int saved = errno;
  const auto byte = static_cast<unsigned char>(signal);
  (void)!::write(handler_fd.load(std::memory_order_relaxed), &byte, 1);
  errno = saved;
}

}  // namespace

Doorbell::Doorbell() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return;
  read_.reset(ends[0]);
  write_.reset(ends[1]);
}

Doorbell::~Doorbell() {
  for (const auto& [signal, action] : before_) (void)::sigaction(signal, &action, nullptr);
  if (!before_.empty()) handler_fd = -1;
}

void Doorbell::catch_signals() {
  if (!works()) return;
  handler_fd = write_.get();
  sigset_t caught;
  sigemptyset(&caught);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGXCPU, SIGUSR1, SIGCHLD}) {
    struct sigaction action {};
    struct sigaction before {};
    if (::sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_IGN &&
        (signal == SIGHUP || signal == SIGINT || signal == SIGQUIT)) {
      continue;
    }
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
    sigfillset(&action.sa_mask);
    if (::sigaction(signal, &action, &before) == 0) before_.emplace_back(signal, before);
    sigaddset(&caught, signal);
  }
  // What came while nobody could answer it (held_signals.h) is answered now.
  ::pthread_sigmask(SIG_UNBLOCK, &caught, nullptr);
}

void Doorbell::ring() {
  if (ringing_.exchange(true) || !works()) return;
  const unsigned char none = 0;
  (void)!::write(write_.get(), &none, 1);
}

std::vector<int> Doorbell::answer() {
  std::vector<int> signals;
  unsigned char bytes[64];
  ssize_t got;
  do {
    got = ::read(read_.get(), bytes, sizeof bytes);
    for (ssize_t i = 0; i < got; ++i) {
      if (bytes[i] != 0) signals.push_back(bytes[i]);
    }
  } while (got == static_cast<ssize_t>(sizeof bytes));
  // Last. Before the reading, a ring could fall in between: its byte taken, the bell left ringing with nothing to hear, and no
  // later ring would write. Who rings until now is heard all the same: what he rang for is looked at after this.
  ringing_ = false;
  return signals;
}

}  // namespace agentmesh::proxy
