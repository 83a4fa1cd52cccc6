// Doorbell: how a signal, or another thread, gets the attention of a loop that sleeps in poll(2).
//
// Order: one at a time catches signals; the handlers that were there come back when it goes. A signal that was ignored when
// we started (nohup, a shell's background job) stays ignored, as it would for the server without us.
// Thread: ring() from any; the rest on the loop's. Cost: one write per ring of a bell that is not ringing already.

#pragma once

#include <signal.h>

#include <atomic>
#include <utility>
#include <vector>

#include "base/fd.h"

namespace agentmesh::proxy {

class Doorbell {
 public:
  Doorbell();
  ~Doorbell();
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  bool works() const { return static_cast<bool>(read_); }  // false: no descriptors left
  int fd() const { return read_.get(); }                   // readable while it rings
  void catch_signals();  // SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGXCPU, SIGUSR1, SIGCHLD
  void ring();
  // Stops the ringing; which signals came, in order. What others ring for has to be in place before they ring, and is to be
  // looked at after this call.
  std::vector<int> answer();

 private:
  Fd read_, write_;
  std::atomic<bool> ringing_ = false;
  std::vector<std::pair<int, struct sigaction>> before_;
};

}  // namespace agentmesh::proxy
