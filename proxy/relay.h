// Relay and Wire: the two halves of the seam between the loop, which moves bytes, and what stands between the two sides.
//
// The loop reads both sides, frames lines, and calls a Relay; the Relay gives bytes back through the Wire. The one real Relay
// is the Governor (governor.h); Pump (loop.h) measures the least a process in between can do; tests have their own.
// Thread: all calls on the loop's thread, except Wire::post.

#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/direction.h"
#include "proxy/framing.h"

namespace agentmesh::proxy {

// Where bytes go. What is given is written in order, per side. `bytes` are only good during the call.
class Wire {
 public:
  virtual ~Wire() = default;
  virtual void to_client(std::string_view bytes) = 0;
  virtual void to_server(std::string_view bytes) = 0;
  // A copy of a server line that is no message goes to stderr (bounded by the caller).
  virtual void to_stderr(std::string_view text) = 0;
  // Runs `work` on the governor's thread soon, outside the current call. Callable from any thread.
  virtual void post(std::function<void()> work) = 0;
  // From now on these files are watched, in place of those before: Relay::files_changed.
  virtual void watch(const std::vector<std::string>& files) { (void)files; }
  // Calls `work` once after `delay_us`; a new call with the same `slot` replaces the older one; a negative delay cancels.
  virtual void after(int slot, int64_t delay_us, std::function<void()> work) = 0;
};

// Why a session came to its end: the first cause.
enum class End : uint8_t {
  kServerExit,    // the server ended by itself
  kServerClosed,  // it closed its stdout, lived on, and had to be told to go
  kClientEof,     // the client closed our stdin
  kClientGone,    // the client closed its end of our stdout
  kSignal,        // SIGTERM, SIGINT, SIGHUP or SIGQUIT to us, or our time is used up
  kFailure,       // the loop could not begin, or not go on: no descriptors left
};

// What stands between the two sides. Calls come in the order of things; none while another one runs.
class Relay {
 public:
  virtual ~Relay() = default;

  // All lines of one read, in order; their bytes are good during the call,
  // and on until that side is unpaused if the call leaves it paused. An unterminated tail comes alone, last.
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
  // A watched file was written or replaced, or another one beside it was moved into its place.
  virtual void files_changed() {}
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

}  // namespace agentmesh::proxy
