// SQL conditions: whether a WHERE holds for every row. For sql_statement.cc and its like alone.
//
// Sees: constants compared (2 > 1, 'a' = 'a', coalesce(1, 0) = 1: any comparison that names no column and no parameter), NOT, AND
// and OR of such, x OR NOT x in its forms (IS NULL OR IS NOT NULL, >= OR <), x = x, LIKE '%', length(x) >= 0, EXISTS (SELECT 1),
// IN (SELECT … FROM the same table).
// Cannot see: what holds because of the data (id > 0).
// Cost: linear in the tokens of the condition. Pure functions, any thread.

#pragma once

#include "policy/scan/sql_statement.h"

namespace agentmesh::policy::scan {

// True if the condition that begins at `from`, of a statement that changes `table`, holds whatever the row is.
bool always_true(SqlTokens tokens, size_t from, std::string_view table);

// True if these tokens, a whole condition, hold whatever the row is.
bool holds(SqlTokens condition, std::string_view table);
// And for no row.
bool never_holds(SqlTokens condition);

}  // namespace agentmesh::policy::scan
