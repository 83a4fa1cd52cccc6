// Governor: one session between a client and a server, without sockets, children or clocks of its own.
//
// Lines come in from both sides; bytes go out through Wire. Everything between (reading, correlation, policy, pins, breaker,
// tickets, records, marks) happens here and in the files it uses. A step that has to wait (a record that another process
// keeps from being written, a person who has to say yes) is suspended and resumed; order within a direction is kept.
//
// Order: client_lines / server_lines as they are framed, all lines of one read together; flush what Wire was given after
// each call; resume() when a posted function says so; finish() once.
// Thread: one. Failure: whatever cannot be judged is denied, with a reason, in exactly one place (pipeline.cc).

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "proxy/framing.h"
#include "proxy/message.h"

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
  // Calls `work` once after `delay_us`; a new call with the same `slot` replaces the older one; a negative delay cancels.
  virtual void after(int slot, int64_t delay_us, std::function<void()> work) = 0;
};

}  // namespace agentmesh::proxy
