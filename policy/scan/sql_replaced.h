// SQL replaced: what a text drops and makes again, as migrations do where a database has no CREATE OR REPLACE. For sql.cc alone.
//
// Sees: views, indexes, triggers, routines, types, rules and policies of rows, by kind and name. A table that is made again is
// empty, and what CASCADE takes along does not come back: those are dropped.
// Cost: one pass over the tokens. Pure functions, any thread.

#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "policy/scan/sql_statement.h"

namespace agentmesh::policy::scan {

class SqlReplaced {
 public:
  explicit SqlReplaced(SqlTokens tokens);
  // Whether the statement in [begin, end) drops something that a later one makes.
  bool holds(size_t begin, size_t end) const;

 private:
  SqlTokens tokens_;
  std::map<std::string, size_t> made_;  // where the last statement begins that makes this
};

}  // namespace agentmesh::policy::scan
