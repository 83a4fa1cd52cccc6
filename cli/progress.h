// Progress: a line on stderr while a long log is read, for a person who waits. It comes after a second, renews itself, and is
// gone when the work is done; nothing is written where stderr is no terminal.
//
// Thread: one. Cost: a comparison per record, and the clock once in 4,096.

#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include "base/clock.h"

namespace agentmesh::cli {

class Progress {
 public:
  // `doing`: "reading", "verifying". `with_output`: records go to stdout meanwhile, which has to be elsewhere then.
  explicit Progress(std::string doing, bool with_output = false);
  Progress(std::string doing, std::FILE* out, bool shown, const Clock& clock);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void at(uint64_t records) {
    if (shown_ && records >= next_look_) look(records);
  }

 private:
  void look(uint64_t records);

  const SystemClock system_clock_;
  const std::string doing_;
  std::FILE* const out_;
  const bool shown_;
  const Clock& clock_;
  uint64_t next_look_ = 0;
  int64_t next_us_ = 0;
  bool told_ = false;
};

}  // namespace agentmesh::cli
