// What the scores are made of, as records for the log: written before a prune takes the records away that they came from, and at the
// beginning of a log that was begun anew.
//
// Opens the state database for itself, to read: any thread, seldom.
// Failure: a database that is not there, cannot be read, or was begun anew and not restored yet. Whoever would lose the scores
// with the records then keeps the records.

#pragma once

#include <string>
#include <vector>

#include "audit/record.h"
#include "base/result.h"

namespace agentmesh::proxy {

Result<std::vector<audit::TrustSnapshot>> trust_snapshots(const std::string& state_dir);

}  // namespace agentmesh::proxy
