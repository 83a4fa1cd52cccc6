// Birth: how a log comes to be, whole or not at all, and how a damaged one is set aside for a new one.
//
// Everything is built under another name, synced, and renamed into its place under flock of <state>/keys/audit/lock.
// Failure: the error of the step; what was built so far is swept up by the next birth.

#pragma once

#include <optional>
#include <string>

#include "audit/line.h"
#include "audit/options.h"
#include "base/disk.h"
#include "base/result.h"

namespace agentmesh::audit {

// Makes the log's directory and keys if they are not there. `made` is whose genesis it would be.
Result<void> ensure_log(const Options& options, const Made& made, Disk& disk, Random& random);

// Moves the log to audit/`name` and begins a new one with the same key, whose genesis says `after`. The moved log's public
// keys are kept as <name>.vkeys. The caller holds the log's lock.
Result<void> set_aside(const Options& options, const std::string& name,
                       const std::optional<Genesis::After>& after, const Made& made, Disk& disk,
                       Random& random);

// For who finds no log where there may be one: returns when nobody is at either of both any more, or after a second.
void wait_for_birth(const std::string& state_dir);

}  // namespace agentmesh::audit
