// SQL grammar: a cursor over the tokens of a statement, and what may stand where. For sql_sentence.cc alone.
//
// Each part answers whether it is there, and goes on behind it. Pure functions, any thread.

#pragma once

#include "policy/scan/sql_statement.h"

namespace agentmesh::policy::scan {

class SqlGrammar {
 public:
  // `sure`: nobody speaks English here.
  SqlGrammar(SqlTokens tokens, bool sure) : tokens_(tokens), sure_(sure || shows()) {}

  // From behind the verb on, to the end of the statement.
  bool drop();
  bool truncate();
  bool alter();
  bool create();
  bool grant(std::string_view to);

 protected:
  const SqlToken& here() const { return token_at(tokens_, at_); }
  bool is(std::string_view word) const { return here().is(word); }
  bool take(std::string_view word) {
    if (!is(word)) return false;
    ++at_;
    return true;
  }
  bool take(std::initializer_list<std::string_view> words) {
    if (!one_of(here(), words)) return false;
    ++at_;
    return true;
  }
  bool take_all(std::initializer_list<std::string_view> words) {
    bool any = false;
    while (take(words)) any = true;
    return any;
  }
  static bool is_string(const SqlToken& token) { return token.kind == SqlTokenKind::kString; }
  // A word that joins names: a run of names ends there.
  static bool joins(const SqlToken& token);
  bool ended(size_t further = 0) const { return at_ + further >= tokens_.size(); }
  bool has_string() const {
    return std::any_of(tokens_.begin() + static_cast<std::ptrdiff_t>(std::min(at_, tokens_.size())),
                       tokens_.end(), is_string);
  }
  // What stands in parentheses here.
  bool parentheses() {
    if (!here().sign('(')) return false;
    at_ = next_token(tokens_, at_) + 1;
    return true;
  }

  // Something that only SQL has.
  bool shows() const;

  // A name, with its schema.
  bool name();
  bool names();

  // The rest: no run of words that are neither SQL's nor joined by signs, and no words of sentences.
  bool plain_from_here() const;
  bool options(std::initializer_list<std::string_view> words) {
    take_all(words);
    return ended();
  }

  SqlTokens tokens_;
  size_t at_ = 0;
  bool sure_;  // something shows that this is SQL
};

}  // namespace agentmesh::policy::scan
