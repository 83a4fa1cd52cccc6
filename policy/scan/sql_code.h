// SQL code in strings and bodies: what DO, EXEC, PREPARE, procedures and functions that run text come to. For sql_statement.cc and its
// like alone.
//
// Sees: statements that begin anywhere in a body; strings in strings; what is put together out of literals ('DR' || 'OP TABLE a',
// CHAR(68) …, 0x4452…), where the text runs what strings hold.
// Cannot see: what is put together out of columns, variables and replaced letters.
// Cost: each string once, and once more where it is put together with its neighbours. Pure functions, any thread.

#pragma once

#include "policy/scan/sql_statement.h"

namespace agentmesh::policy::scan {

// Reads each statement that begins at one of the marked tokens: up to where the next begins, or to the end of what encloses it.
// `strings`: the literals that these tokens stand in.
void read_each(SqlTokens tokens, const std::vector<bool>& begins, SqlReading& reading, int strings);

// Reads a body: statements may begin anywhere in it.
void read_body(SqlTokens tokens, SqlReading& reading, int strings);
// The same of the body in a literal. What it does besides may be anything.
void read_body(const SqlToken& literal, SqlReading& reading, int strings);

// Reads the literal if it is a statement as a whole, and keeps what it destroys, grants or gives away.
void read_literal(const SqlToken& literal, SqlReading& reading, int strings);
// The same of every literal among the tokens, and of what stands beside others to be put together.
void read_literals(SqlTokens tokens, SqlReading& reading, int strings);

}  // namespace agentmesh::policy::scan
