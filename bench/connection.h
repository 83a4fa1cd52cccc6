// Connection: one command on two pipes, as a client has it, and the first words that a session begins with.
//
// Blocking. What is on its way at one time must fit the pipes (64 KiB), but for a single large answer.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "bench/arguments.h"
#include "proxy/child.h"

namespace agentmesh::bench {

// What a process has used since its start: nothing of it is changed by what else the machine does, but for the caches.
struct Spent {
  double loop_us = 0;    // processor time of its first thread
  double beside_us = 0;  // and of all others
  double switches = 0;   // times that a thread of it went to sleep
  double faults = 0;     // pages that were not there yet
};
// Per call, as JSON.
std::string json(const Spent& before, const Spent& after, size_t calls);

class Connection {
 public:
  // Starts the command and says hello: initialize, initialized, tools/list.
  explicit Connection(const Case& what);

  // Sends a line and waits for its answer: the nanoseconds from the first byte out to the last byte in. The answer has to
  // hold `id` and must not be a refusal.
  int64_t round_trip(std::string_view request, std::string_view id);

  void send(std::string_view bytes);
  // Reads once (some bytes, not a line); returns how many lines ended in them. What was read is in bytes().
  size_t receive();
  std::string_view bytes() const { return {buffer_.data(), got_}; }
  // The last answer of round_trip(), LF included.
  const std::string& answer() const { return answer_; }
  // Ends the program with the answer's beginning if `lines` hold a refusal.
  void check(std::string_view lines) const;

  int out() const { return out_.get(); }
  const std::string& name() const { return name_; }
  // Kilobytes of the command's own process that are in memory.
  uint64_t resident_kib() const;
  // Likewise of its own process.
  Spent spent() const;
  // Closes its stdin and waits for its end.
  void finish();

 private:
  std::string name_;
  proxy::Child child_;
  pid_t pid_;
  Fd in_, out_;
  std::string answer_;
  std::string buffer_;
  size_t got_ = 0;
};

}  // namespace agentmesh::bench
