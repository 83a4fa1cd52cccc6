// SQL replaced: what a text drops and makes again, as migrations do where a database has no CREATE OR REPLACE. For sql.cc alone.
//
// Sees: views, indexes, triggers, routines, types, rules and policies of rows, by kind and name (one in quotes in its own case); on
// the same table, where the drop names one, which policies and rules must; of routines with the same parameters, where it says
// them. Between the two stand only changes of the schema and of rows: behind BEGIN or COMMIT AND CHAIN the making could be rolled
// back alone, and behind SET or USE be another schema's. A table that is made again is empty, and what CASCADE takes along does not
// come back: those are dropped.
// Cannot see: what is made (CREATE OR REPLACE may make anything as well), and whether making it fails.
// Cost: one pass over the tokens; of routines of one name sixteen are compared. Pure functions, any thread.

#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "policy/scan/sql_statement.h"

namespace agentmesh::policy::scan {

class SqlReplaced {
 public:
  explicit SqlReplaced(SqlTokens tokens);
  // Whether the statement in [begin, end) drops something that a later one makes.
  bool holds(size_t begin, size_t end) const;

 private:
  struct Made {
    size_t begin = 0;      // where its statement begins
    std::string table;     // on which it is
    SqlTokens parameters;  // of a routine, without parentheses
  };

  bool nothing_between(size_t begin, size_t end) const;

  SqlTokens tokens_;
  std::map<std::string, std::vector<Made>> made_;  // by kind and name, in the order of the text
  std::vector<size_t> breaks_;                     // statements across which nothing is replaced
};

}  // namespace agentmesh::policy::scan
