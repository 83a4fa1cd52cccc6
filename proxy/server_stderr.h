// ServerStderr: what a server in a sandbox writes to its stderr goes on to ours as it is, through a pipe of ours.
//
// Where it had our own descriptor it could read what is typed in a terminal and set its modes, or empty the file that the
// client keeps the lines in: the kernel asks who opened, not who holds. A pipe has nothing but what the server wrote.
// Nothing waits for anybody here: what our stderr does not take stays in the pipe, and once that is full it is the server
// that waits, as it would without us. Where nobody reads our stderr any more, nobody reads the server's.
//
// Order: turn() when poll(2) says that source() or sink() is ready; finish() once the server has ended.
// Thread: one. Memory: one read. Failure: a stream that fails is a stream that ended.

#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "proxy/stream.h"

namespace agentmesh::proxy {

class ServerStderr {
 public:
  ServerStderr() = default;  // the server has ours
  explicit ServerStderr(Fd from);

  int source() const { return sink_.waiting() ? -1 : source_.fd(); }  // to read from; -1: nothing
  int sink() const { return sink_.waiting() ? sink_.fd() : -1; }      // to write to
  void turn();
  // What the server wrote before its end; what is not taken after `patience_us` is lost.
  void finish(int64_t patience_us);

 private:
  bool read();
  void write();

  Source source_;
  Sink sink_;
  std::string room_;
};

}  // namespace agentmesh::proxy
