// SQL replaced: what a text drops and makes again, as migrations do where a database has no CREATE OR REPLACE. For sql.cc alone.
//
// Sees: views, indexes, triggers, routines, types, rules and policies of rows, by kind and name (one in quotes in its own case;
// "public." and "dbo." in front are like nothing, and not like each other); on the same table, where the drop names one, which policies and rules must. A table that
// is made again is empty, and what CASCADE takes along does not come back: those are dropped.
// It is in doubt, and a question, where the parameters of a routine are others than the drop says, where a view becomes one that is
// kept or the other way round, and where something stands between the two that is no change of the schema or of rows: behind BEGIN or
// COMMIT AND CHAIN the making could be rolled back alone, and behind SET or USE be another schema's.
// What the body of a routine would make is not made, and a policy AS RESTRICTIVE that does not ask who may restrict less than the one
// before it: that is a question.
// Cannot see: what is made (CREATE OR REPLACE may make anything as well), and whether making it fails.
// Cost: one pass over the tokens; of routines of one name sixteen are compared, by 64 parameters. Pure functions, any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "policy/scan/sql_statement.h"

namespace agentmesh::policy::scan {

enum class Replaced : uint8_t { kNo, kInDoubt, kYes };

class SqlReplaced {
 public:
  explicit SqlReplaced(SqlTokens tokens);
  // Whether the statement in [begin, end) drops something that a later one makes.
  Replaced ask(size_t begin, size_t end) const;

 private:
  // A parameter by its type, in one spelling; a name may stand in front of it.
  struct Parameter {
    std::string whole;
    std::string without_first;
  };
  struct Parameters {
    bool too_many = false;  // the same as none
    std::vector<Parameter> types;
  };
  struct Made {
    size_t begin = 0;           // where its statement begins
    bool materialized = false;  // a view
    bool widens = false;        // a policy that may restrict less than what was there
    std::string name;           // with its schema
    std::string table;
    Parameters parameters;  // of a routine
  };

  static Parameters parameters_in(SqlTokens list);
  static bool are_same(const Parameters& one, const Parameters& other);
  bool nothing_between(size_t begin, size_t end) const;

  SqlTokens tokens_;
  // By kind and name, and by these and the table, in the order of the text.
  std::map<std::pair<std::string, std::string>, std::vector<Made>> made_;
  std::vector<size_t> breaks_;  // statements across which nothing is replaced
};

}  // namespace agentmesh::policy::scan
