// SQL sentences: whether a text is a statement or English that begins with one of its verbs ("drop table if exists postgres vs
// mysql", "update Windows set up"). For sql.cc and its like alone.
//
// A statement reads to its end: behind the verb names, operators and clauses in their order, and nothing else. Where English
// could say the same in the same words ("delete from trash", "drop user alice"), something has to show that SQL is meant: a sign,
// a literal, a name no English word is, a verb in capitals.
// Cost: linear in the tokens. Pure functions, any thread.

#pragma once

#include "policy/scan/sql_statement.h"

namespace agentmesh::policy::scan {

// True if the tokens of a text read as a statement, or several. `in_code`: it stands in a literal of SQL, where nobody speaks
// English, and need not show that it is SQL.
bool reads_as_sql(SqlTokens tokens, bool in_code);

}  // namespace agentmesh::policy::scan
