// HeldSignals: from the server's start until the loop listens, a signal that asks us to end waits. Its default would end us at
// once, and whoever the server has started by then would be nobody's: the kernel ends the server with us, and it alone.
//
// Doorbell::catch_signals() lets them through. Only on the thread that runs the loop; the threads it starts meanwhile keep them
// blocked, so that they reach the loop's.

#pragma once

#include <signal.h>

namespace agentmesh::proxy {

class HeldSignals {
 public:
  HeldSignals() {
    sigset_t asking;
    sigemptyset(&asking);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) sigaddset(&asking, signal);
    ::pthread_sigmask(SIG_BLOCK, &asking, &before_);
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  // What came and was not answered ends us now, as it would have.
  ~HeldSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace agentmesh::proxy
