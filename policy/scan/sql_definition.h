// SQL definitions: what CREATE, ALTER and INSTALL make, whose code they bring, and what the bodies of routines, triggers and events
// will do. For sql_statement.cc alone.
//
// Cost: a few passes over the tokens. Pure functions, any thread.

#pragma once

#include "policy/scan/sql_statement.h"

namespace agentmesh::policy::scan {

// CREATE or ALTER at `i`. `strings`: the literals that the statement stands in.
void read_definition(SqlTokens tokens, size_t i, SqlReading& reading, int strings);

}  // namespace agentmesh::policy::scan
