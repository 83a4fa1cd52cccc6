// RestoreLock: one process at a time reads back from the log what state.db or `shared` lost.
//
// What keeps the files right is in the files themselves (Store::restore, Shared::restored); this spares others the same pass over
// the log, and lets them wait until what they are about to read is there.
// Thread: any that may wait. Cost: two system calls, and the time of whoever holds it; at most kPatience. The lock of a process
// that dies is free. Failure: it is not had in time, or the directory cannot be written: who asked goes on without it.

#pragma once

#include <chrono>
#include <string>

#include "base/fd.h"

namespace agentmesh::trust {

class RestoreLock {
 public:
  static constexpr std::chrono::seconds kPatience{10};
  explicit RestoreLock(const std::string& state_dir);

 private:
  Fd file_;
};

}  // namespace agentmesh::trust
