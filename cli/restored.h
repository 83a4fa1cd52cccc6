// What commands that read derived state do first: what state.db or the shared file lost is read from the log again.

#pragma once

#include "cli/here.h"

namespace agentmesh::cli {

// Does nothing where nothing was lost (the usual case), and where there is no log. Complaints go to stderr.
void restore_lost(const Here& here);

}  // namespace agentmesh::cli
