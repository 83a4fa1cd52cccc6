// `audit recover`: what the first append after a crash would do, done now; and setting a damaged log aside.

#pragma once

#include <string>

#include "audit/options.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/disk.h"
#include "base/result.h"

namespace agentmesh::audit {

// Cuts off a torn end and signs what is left. Returns what was done, in one sentence; an error with errno kDamaged
// (tail_end.h) says that the log is damaged, and then nothing was touched.
Result<std::string> recover(const Options& options, Disk& disk, const Clock& clock, Random& random);

// Moves the log to audit/`name` and begins a new one whose genesis names the last good checkpoint of the old.
Result<std::string> seal_log(const Options& options, const std::string& name, Disk& disk,
                             const Clock& clock, Random& random);

}  // namespace agentmesh::audit
