// Restore: what state.db lost is read from the log again, by whoever notices first.
//
// Two losses: the file itself (removed, or moved aside as corrupt), and the last moments of a proxy that was killed before
// its evidence was flushed. Every flush says up to which of its records a writer's evidence is in the file (Store::Flushed),
// so that nothing is counted twice: also not what proxies that run still owe. Pins come back as they were accepted at first
// sight; what a person accepted or refused later waits for a person again.
// Thread: the keeper's, or a command's. Cost: one pass over the log.
// Failure: an error is said and the scores stay as they are.

#pragma once

#include <string>

#include "base/result.h"
#include "trust/options.h"
#include "trust/shared.h"
#include "trust/store.h"

namespace agentmesh::proxy {

// True if scores in `store` are not what the log says, because this process made the file or a proxy died.
Result<bool> needs_restoring(trust::Store& store);
// Returns how many subjects changed.
Result<size_t> restore_scores(trust::Store& store, const std::string& log_dir,
                              const trust::Options& options);
// The definitions that were accepted at first sight, or by the policy later, in a file made anew.
Result<size_t> restore_pins(trust::Store& store, const std::string& log_dir);
// Halts that the log knows and the file (made anew) does not.
Result<size_t> restore_halts(trust::Shared& shared, const std::string& log_dir);

}  // namespace agentmesh::proxy
