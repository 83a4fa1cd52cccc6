// What the scores are made of, as records for the log: written before a prune takes the records away that they came from.
//
// Opens the state database for itself: any thread, seldom.

#pragma once

#include <string>
#include <vector>

#include "audit/record.h"

namespace agentmesh::proxy {

// Nothing if there is no database yet, or none that can be read.
std::vector<audit::TrustSnapshot> trust_snapshots(const std::string& state_dir);

}  // namespace agentmesh::proxy
