// Loop: what runs between a client's two pipes and a server's two pipes until both are done with each other.
//
// It reads both sides, frames lines, hands them to a Session, and writes what the Session gives back through Wire. It knows
// the life of the two processes (protocol, section 9): ends of file, signals, exits, who is killed when; it knows nothing of
// JSON. One read and one write per turn and direction: what a Session forwards is written straight from the buffer it was
// read into, and copied only if the other side does not take it at once.
//
// Order: Loop, then the Session that was given the Loop as its Wire, then run() once. open_standard_streams() (stream.h)
// before anything else in the process; Child::spawn before any thread.
// Thread: run() and every Session call on the caller's thread; post() from any thread, as long as the Loop lives.
// Cost: per message three system calls (poll, read, write), nothing allocated. Memory: per direction the line in hand and
// at most 1 MiB queued; a full sink stops the reading of its source, and nothing else.
// Failure: a stream that fails is a stream that ended. run() itself cannot fail.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "proxy/child.h"
#include "proxy/framing.h"
#include "proxy/governor.h"
#include "proxy/options.h"

namespace agentmesh::proxy {

// Why a session came to its end: the first cause.
enum class End : uint8_t {
  kServerExit,    // the server ended by itself
  kServerClosed,  // it closed its stdout, lived on, and had to be told to go
  kClientEof,     // the client closed our stdin
  kClientGone,    // the client closed its end of our stdout
  kSignal,        // SIGTERM, SIGINT or SIGHUP to us
};

// What stands between the two sides. Calls come in the order of things; none while another one runs.
class Session {
 public:
  virtual ~Session() = default;

  // All lines of one read, in order; their bytes are good during the call. An unterminated tail comes alone, last.
  virtual void client_lines(std::span<const Line> lines) = 0;
  virtual void server_lines(std::span<const Line> lines) = 0;
  // After the last line of that side. Once each, unless the session ends otherwise first.
  virtual void client_eof() {}
  virtual void server_eof() {}

  // While true, that side is not read. Asked every turn: a change made by posted or timed work is seen at once.
  virtual bool client_paused() const { return false; }
  virtual bool server_paused() const { return false; }
  // While true, something read from that side may still be forwarded: the far end is not closed yet (lines that wait for
  // their record). A call held for a person is not such a thing: client_eof() denies it.
  virtual bool client_pending() const { return false; }
  virtual bool server_pending() const { return false; }
  // Requests of either side that still wait for an answer: how long an ending session may take.
  virtual size_t outstanding() const { return 0; }

  // <state>/wake was touched.
  virtual void woken() {}
  // SIGUSR1.
  virtual void reload() {}
  // The peer on the receiving side of `direction` takes nothing any more; these bytes never reached it (the first may be
  // the rest of a line that was begun). Called again for whatever is sent that way later.
  virtual void refused(Direction direction, std::string_view bytes) {
    (void)direction;
    (void)bytes;
  }
  // The last call: the server has ended with `exit_status` (N, or 128 + signal). Wire takes nothing any more.
  virtual void finish(End end, int exit_status) {
    (void)end;
    (void)exit_status;
  }

  // False: the loop forwards bytes as they come, and calls neither client_lines nor server_lines (measuring only).
  virtual bool wants_lines() const { return true; }
};

// Bytes through, unread and unframed: the least that a process in between can do.
class Pump final : public Session {
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
  std::string wake_path;  // file to watch, "" for none; its directory must exist
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
  int run(Child child, Session& session);

  void to_client(std::string_view bytes) override;
  void to_server(std::string_view bytes) override;
  void to_stderr(std::string_view text) override;
  void post(std::function<void()> work) override;
  void after(int slot, int64_t delay_us, std::function<void()> work) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace agentmesh::proxy
