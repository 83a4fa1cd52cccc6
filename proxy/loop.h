// Loop: what runs between a client's two pipes and a server's two pipes until both are done with each other.
//
// It reads both sides, frames lines, hands them to a Relay, and writes what the Relay gives back through Wire. It knows
// the life of the two processes (protocol, section 9): ends of file, signals, exits, who is killed when; it knows nothing of
// JSON. One read and one write per turn and direction: what a Relay forwards is written straight from the buffer it was
// read into. What the other side does not take at once is copied, or, if it is much, left there and that side not read.
//
// Order: Loop, then the Relay that was given the Loop as its Wire, then run() once. open_standard_streams() (stream.h)
// before anything else in the process; Child::spawn before any thread.
// Thread: run() and every Relay call on the caller's thread; post() from any thread, as long as the Loop lives.
// Cost: per message three system calls (poll, read, write), nothing allocated. Memory: per direction the line in hand and
// at most 1 MiB queued; a full sink stops the reading of its source, and nothing else.
// Failure: a stream that fails is a stream that ended. run() fails only where the process has no descriptors left; where
// that happens on the way (poll refuses), it ends the session and the server with it.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "proxy/child.h"
#include "proxy/descendants.h"
#include "proxy/framing.h"
#include "proxy/options.h"
#include "proxy/relay.h"

namespace agentmesh::proxy {

// Bytes through, unread and unframed: the least that a process in between can do.
class Pump final : public Relay {
 public:
  void client_lines(std::span<const Line>) override {}
  void server_lines(std::span<const Line>) override {}
  bool wants_lines() const override { return false; }
};

struct LoopOptions {
  Fd client_in;   // take_standard_stream(0); any kind of file
  Fd client_out;  // take_standard_stream(1)
  size_t max_message_bytes = 67'108'864;
  ShutdownTimes shutdown;
  std::span<const descendants::Other> others;  // who was here before the server; outlives the loop
  std::string wake_path;    // file to watch, "" for none; its directory must exist
  std::string state_words;  // proxy/options.h
  uint32_t descendant_ms =
      2'000;  // the server is gone, its stdout is not: from the last byte to our end
  uint32_t client_gone_ms = 1'000;  // from the client's closed read end to SIGTERM
};

class Loop final : public Wire {
 public:
  explicit Loop(LoopOptions options);
  ~Loop() override;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Returns when the server has ended and everything it said was delivered (or nobody is left to take it): its status.
  int run(Child child, Relay& relay);

  void to_client(std::string_view bytes) override;
  void to_server(std::string_view bytes) override;
  void to_stderr(std::string_view text) override;
  void post(std::function<void()> work) override;
  void watch(const std::vector<std::string>& files) override;
  void after(int slot, int64_t delay_us, std::function<void()> work) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace agentmesh::proxy
