// SQL calls: what the functions of a statement do, and what files and places it reads or writes. For sql_statement.cc alone.
//
// Sees: functions known to write, take rights or leave the database; others by the words of their names; a literal that is a statement
// which destroys, as argument of a function that does more than compute; files in COPY, LOAD, BULK INSERT, ATTACH, PUT, in table
// position and in functions that read files; what is sent to a bucket, an address or another machine.
// Cannot see: what other functions do; they count as reading.
// Cost: one pass over the tokens. Pure functions, any thread.

#pragma once

#include "policy/scan/sql_statement.h"

namespace agentmesh::policy::scan {

void read_calls(SqlTokens tokens, SqlReading& reading);   // sql_calls.cc
void read_places(SqlTokens tokens, SqlReading& reading);  // sql_places.cc

// For each token in turn, the name of the function in whose parentheses it stands.
class SqlCalls {
 public:
  explicit SqlCalls(SqlTokens tokens) : tokens_(tokens) {}
  // Goes on to the token at `i`, one behind the last one asked for.
  void go(size_t i) {
    if (i > 0 && tokens_[i - 1].sign('('))
      open_.push_back(i > 1 && tokens_[i - 2].name() ? i - 2 : kNone);
    if (tokens_[i].sign(')') && !open_.empty()) open_.pop_back();
  }
  // Nothing outside of a call.
  const SqlToken* name() const {
    return open_.empty() || open_.back() == kNone ? nullptr : &tokens_[open_.back()];
  }

 private:
  static constexpr size_t kNone = ~size_t{0};
  SqlTokens tokens_;
  std::vector<size_t> open_;
};

}  // namespace agentmesh::policy::scan
