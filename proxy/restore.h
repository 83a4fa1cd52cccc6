// Restore: what state.db and the file `shared` lost, read from the log again (restore_lost.h says when, and by whom).
//
// Two losses of state.db: the file itself (removed, or moved aside as corrupt), and the last moments of a proxy that was killed
// before its evidence was flushed. Every flush says up to which of its records a writer's evidence is in the file
// (Store::Flushed), so that nothing is counted twice: also not what proxies that run still owe. Pins come back with what people
// answered; the definitions themselves are not in the log, and are kept again when they are listed. Exceptions cannot come back
// (the log does not have their arguments): they are named.
// Of `shared`, halts and counted limits come back; tickets do not. A limit counts the calls that the policy in use, asked about
// what the log kept of them, counts against it: a rule whose condition looks at arguments counts none of them.
// Thread: the keeper's, or a command's. Cost: one pass over the log.
// Failure: an error is said and the scores stay as they are.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "policy/policy.h"
#include "trust/options.h"
#include "trust/shared.h"
#include "trust/store.h"

namespace agentmesh::proxy {

// True if a proxy died before its last evidence was in `store`. (What is unrestored() is restore_lost.h's.)
Result<bool> needs_restoring(trust::Store& store);
// Returns how many subjects changed. Ends that the file is unrestored, so it comes last.
Result<size_t> restore_scores(trust::Store& store, const std::string& log_dir,
                              const trust::Options& options);
// For a proxy whose evidence Store::add refused with ESTALE: what it recorded since others restored the file, in place of what it
// still owes. Returns the totals of all subjects.
Result<std::vector<trust::SubjectSums>> join_restored(trust::Store& store,
                                                      const std::string& log_dir,
                                                      const trust::Flushed& mark,
                                                      const trust::Options& options);
// What was accepted at first sight, by the policy or by a person, and what a person refused, in a file made anew.
Result<size_t> restore_pins(trust::Store& store, const std::string& log_dir);
// The exceptions (`agentmesh allow`) that held when the file was lost and are not in this one, a line each:
// "files/delete_file 3f9a1c7e, until …".
Result<std::vector<std::string>> lost_exceptions(trust::Store& store, const std::string& log_dir,
                                                 int64_t now_us);
// Halts that the log knows and the file (made anew) does not.
Result<size_t> restore_halts(trust::Shared& shared, const std::string& log_dir);
// Calls that count against limits of `policy` and went on before the file was made. Doing it twice does no harm.
Result<size_t> restore_limits(trust::Shared& shared, const policy::Policy& policy,
                              const std::string& log_dir, int64_t now_us);

}  // namespace agentmesh::proxy
