// Restore lost: what state.db or the file `shared` lost is read from the log once, whoever comes first.
//
// A file that was begun anew says of itself that nothing was read back yet, until that has succeeded (Store::unrestored,
// Shared::unrestored). So it does not matter who made it: whoever opens it restores it, and where the log cannot be read the next
// one tries again. One does it at a time; the others wait for that, and then have what they came for.
// Thread: the keeper's, or a command's; at a proxy's start the main one. Cost: two look-ups where nothing was lost (nearly always),
// else a pass over the log, or as long a wait for somebody else's.
// Failure: what comes back is what a person should hear, errors too.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audit/options.h"
#include "trust/options.h"
#include "trust/shared.h"
#include "trust/store.h"

namespace agentmesh::proxy {

// Pins, scores, and the names of the exceptions that cannot come back. `log`: which is read.
std::vector<std::string> restore_lost(trust::Store& store, const audit::Options& log,
                                      const trust::Options& options, int64_t now_us);
// Halts. (Limits are read by whoever has the policy: restore_limits.)
std::vector<std::string> restore_lost(trust::Shared& shared, const std::string& state_dir,
                                      const std::string& log_dir);

}  // namespace agentmesh::proxy
