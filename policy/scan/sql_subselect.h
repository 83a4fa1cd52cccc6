// SQL subselects in a condition of rows: which tables one names, and whether it goes by the row that the condition is asked of. For
// sql_row_policy.cc alone.
//
// Only one SELECT over plain tables is read. Its tables are joined if columns of them, each with its table in front, are compared by
// = outside of any OR, or USING says so; it goes by the row if such a column is compared with one of a table that is not among its
// own. A column with no table in front says neither: where the subselect's tables have none of that name it is the row's.
// Cost: a few passes over the tokens. Pure functions, any thread.

#pragma once

#include <string>
#include <vector>

#include "policy/scan/sql_statement.h"

namespace agentmesh::policy::scan {

struct Subselect {
  bool plain = false;  // else of the rest nothing is said
  SqlTokens selected;
  SqlTokens where;                  // empty: there is none
  std::vector<std::string> tables;  // as its columns call them
  bool joined = false;
  bool by_row = false;
  bool of_accounts = false;  // a table of everybody there is: auth.users
  // `table` is one of its own, or not said.
  bool may_own(const std::string& table) const;
};
// These begin with SELECT, and end with it.
Subselect read_subselect(SqlTokens tokens);

SqlTokens without_parentheses(SqlTokens tokens);

// The table in front of a column that these are as a whole; "" where none is.
std::string table_in_front(SqlTokens column);
// Behind the name, with dots, at `at`; `at` if none stands there.
size_t name_end(SqlTokens tokens, size_t at);

// The parts between the words and signs that `joins` is true of, outside of parentheses.
template <class Joins>
std::vector<SqlTokens> parts(SqlTokens tokens, Joins joins) {
  std::vector<SqlTokens> out;
  size_t from = 0;
  for (size_t i = 0; i < tokens.size(); i = next_token(tokens, i)) {
    if (!joins(tokens[i])) continue;
    out.push_back(tokens.subspan(from, i - from));
    from = i + 1;
  }
  out.push_back(tokens.subspan(std::min(from, tokens.size())));
  return out;
}

}  // namespace agentmesh::policy::scan
