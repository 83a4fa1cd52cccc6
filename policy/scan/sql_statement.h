// SQL statements: what one does, from its tokens, and which tables it names. For sql.cc alone.
//
// Cost: a few passes over the tokens of a statement. What is in parentheses is passed over in one step, and a statement inside
// another ends where the next begins, so that no token is read more than a few times. Pure functions, any thread.

#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "policy/scan/sql.h"
#include "policy/scan/sql_tokens.h"

namespace agentmesh::policy::scan {

using SqlTokens = std::span<const SqlToken>;

// What a statement, or a whole reading of a text, comes to.
struct SqlReading {
  SqlClass worst = SqlClass::kNone;
  bool garbage = false;    // some statement does not begin like one
  bool runs_text = false;  // some statement runs what a string holds
  uint32_t statements = 0;
  std::vector<Hit> hits;
  std::vector<std::string> places;               // files and URLs
  std::vector<std::string> temporary;            // tables made in this text for the time being
  std::unordered_set<const char*> strings_read;  // as SQL, by where they begin
  std::deque<std::string> made;                  // texts that tokens view and nobody wrote

  void raise(SqlClass to) { worst = std::max(worst, to); }
  void hit(std::string_view id, Severity severity) { add_hit(hits, {id, severity}); }

  void destroy() {
    raise(SqlClass::kDestructive);
    hit("sql.destructive", Severity::kHigh);
  }
  // Every row of a table is changed or deleted.
  void whole_table() {
    raise(SqlClass::kDestructive);
    hit("sql.no-where", Severity::kHigh);
  }
  void privilege() {
    raise(SqlClass::kPrivilege);
    hit("sql.privilege", Severity::kHigh);
  }
  // Code from outside is run, or files or connections opened.
  void program(Severity severity) {
    raise(SqlClass::kPrivilege);
    hit("sql.program", severity);
  }
  // Something is left in a file or sent away.
  void side_effect() {
    raise(SqlClass::kWrite);
    hit("sql.side-effect", Severity::kHigh);
  }
  // Of a statement that is not run here and now, what makes it dangerous.
  void take_worse(const SqlReading& other) {
    if (other.worst < SqlClass::kPrivilege) return;
    raise(other.worst);
    for (const Hit& each : other.hits) add_hit(hits, each);
  }
};

// Adds what the statement of these tokens does.
void read_statement(SqlTokens tokens, SqlReading& reading);
// The same of one inside another, where who found it finds what stands behind it as well. `strings`: the literals that it stands in.
void read_inner_statement(SqlTokens tokens, SqlReading& reading, int strings);

// Adds the tables that the tokens of a text name, each once.
void find_tables(SqlTokens tokens, std::vector<std::string>& tables);

// True if a statement may begin with this word (sql_verbs.cc, as the next two).
bool is_sql_verb(const SqlToken& token);

// True if the first of these tokens, parentheses aside, is a word that a statement may begin with.
bool may_begin_statement(SqlTokens tokens);

// True if a statement that changes something begins at token `i`.
bool is_dml_start(SqlTokens tokens, size_t i);

// A word that is one of `words`.
inline bool one_of(const SqlToken& token, std::initializer_list<std::string_view> words) {
  return token.kind == SqlTokenKind::kWord &&
         std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return token.is(word); });
}

// The token at `i`; a token that is nothing, behind the last.
inline const SqlToken& token_at(SqlTokens tokens, size_t i) {
  static const SqlToken kNothing{};
  return i < tokens.size() ? tokens[i] : kNothing;
}

// Where to go on behind the token at `i`: at its ')' if it is a '('.
inline size_t next_token(SqlTokens tokens, size_t i) {
  return i + std::max<size_t>(tokens[i].skip, 1);
}

// The first token from `from` on, at `depth`, that is one of the words; tokens.size() if none.
inline size_t find_word(SqlTokens tokens, size_t from, uint32_t depth,
                        std::initializer_list<std::string_view> words) {
  for (size_t i = from; i < tokens.size(); i = next_token(tokens, i)) {
    if (tokens[i].depth < depth) break;
    if (tokens[i].depth == depth && one_of(tokens[i], words)) return i;
  }
  return tokens.size();
}

}  // namespace agentmesh::policy::scan
