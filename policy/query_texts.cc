#include "policy/query_texts.h"

#include <algorithm>
#include <array>
#include <string>

#include "policy/kinds.h"
#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/name_words.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy {

namespace {

using scan::is_alnum;
using scan::is_alpha;

bool is_word(char c) { return is_alnum(c) || c == '_'; }

// The tokens of a text: words, and signs of one byte. Strings are one sign, their first quote; blanks and comments are none.
class Tokens {
 public:
  struct Comments {
    bool hash = false;     // to the end of the line
    bool slashes = false;  // the same behind two of them, and between /* and */
  };
  Tokens(std::string_view text, Comments comments) : text_(text), comments_(comments) { next(); }

  bool ended() const { return token_.empty(); }
  std::string_view token() const { return token_; }
  std::string word() const { return scan::ascii_lower(token_); }
  bool is(char sign) const { return token_.size() == 1 && token_[0] == sign; }
  bool is_name() const { return !ended() && (is_alpha(token_[0]) || token_[0] == '_'); }
  // The sign or the last byte of the word in front; 0: none.
  char before() const { return before_; }

  void next() {
    before_ = token_.empty() ? '\0' : token_.back();
    skip_blanks();
    const size_t begin = at_;
    if (at_ >= text_.size()) {
      token_ = {};
      return;
    }
    const char c = text_[at_];
    if (is_word(c)) {
      while (at_ < text_.size() && is_word(text_[at_])) ++at_;
      token_ = text_.substr(begin, at_ - begin);
      return;
    }
    token_ = text_.substr(begin, 1);
    ++at_;
    if (c == '"' || c == '\'' || c == '`') skip_string(c);
  }
  // From an opening sign to behind the one that closes it.
  void skip_pair() {
    size_t depth = 0;
    do {
      if (is('(') || is('{') || is('[')) ++depth;
      if (is(')') || is('}') || is(']')) --depth;
      next();
    } while (depth > 0 && !ended());
  }

 private:
  void skip_blanks() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      const std::string_view rest = text_.substr(at_, 3);
      if ((c == '#' && comments_.hash) || (comments_.slashes && rest.starts_with("//"))) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (comments_.slashes && rest.starts_with("/*")) {
        const size_t end = text_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? text_.size() : end + 1;
      } else if (rest == "\xEF\xBB\xBF") {
        at_ += 2;
      } else if (c != ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != ',') {
        return;
      }
      if (at_ >= text_.size()) return;
    }
  }

  void skip_string(char quote) {
    if (quote == '"' && comments_.hash && text_.substr(at_, 2) == "\"\"") {  // GraphQL's blocks
      size_t end = text_.find("\"\"\"", at_ + 2);
      while (end != std::string_view::npos && text_[end - 1] == '\\')  // \"""
        end = text_.find("\"\"\"", end + 1);
      at_ = end == std::string_view::npos ? text_.size() : end + 3;
      return;
    }
    for (; at_ < text_.size() && text_[at_] != quote; ++at_)
      if (text_[at_] == '\\' && quote != '`') ++at_;
    at_ = std::min(at_ + 1, text_.size());
  }

  std::string_view text_;
  Comments comments_;
  size_t at_ = 0;
  std::string_view token_;
  char before_ = '\0';
};

// At the brace of a selection: what its fields say. Those of `... on Type { }` are its own.
Kind kind_of_fields(Tokens& tokens) {
  Kind kind = Kind::kUnknown;
  size_t braces = 0;
  do {
    if (tokens.is('{')) {
      ++braces;
      tokens.next();
    } else if (tokens.is('}')) {
      --braces;
      tokens.next();
    } else if (tokens.is('.')) {
      while (tokens.is('.')) tokens.next();
      if (tokens.word() == "on") tokens.next();
      if (tokens.is_name()) tokens.next();  // of the type, or of a fragment
    } else if (tokens.is('@')) {
      tokens.next();
      if (tokens.is_name()) tokens.next();
      if (tokens.is('(')) tokens.skip_pair();
    } else if (tokens.is_name()) {
      std::string name(tokens.token());
      tokens.next();
      if (tokens.is(':')) {  // that was an alias
        tokens.next();
        name = tokens.token();
        tokens.next();
      }
      kind = std::max(kind, read_name(name).kind);
      if (tokens.is('(')) tokens.skip_pair();
      while (tokens.is('@')) {
        tokens.next();
        if (tokens.is_name()) tokens.next();
        if (tokens.is('(')) tokens.skip_pair();
      }
      if (tokens.is('{')) tokens.skip_pair();  // what comes back
    } else {
      tokens.next();
    }
  } while (braces > 0 && !tokens.ended());
  return kind;
}

// What stands in front of a selection: a name, variables, a type, directives.
bool at_selection(Tokens& tokens) {
  while (!tokens.ended() && !tokens.is('{')) {
    if (tokens.is('('))
      tokens.skip_pair();
    else if (tokens.is_name() || tokens.is('@'))
      tokens.next();
    else
      return false;
  }
  return !tokens.ended();
}

// What is made or dropped by its name, and no pattern follows.
constexpr std::array<std::string_view, 13> kNamed = {
    "alias", "constraint", "database", "fulltext", "index", "lookup", "or",
    "point", "range",      "role",     "text",     "user",  "vector"};
constexpr std::array<std::string_view, 5> kPatterns = {"match", "create", "merge", "insert",
                                                       "foreach"};
constexpr std::array<std::string_view, 9> kGraphs = {
    "age", "arangodb", "cypher", "falkordb", "graph", "graphdb", "kuzu", "memgraph", "neptune"};

// The first clause, as no sentence begins: MATCH (n), CREATE INDEX …, UNWIND $rows AS row. Ends in front of it.
bool begins_clause(Tokens& tokens) {
  while (tokens.is(';')) tokens.next();
  if (tokens.word() == "profile") tokens.next();
  if (tokens.word() == "use") {
    tokens.next();
    for (tokens.next(); tokens.is('.'); tokens.next()) tokens.next();
  }
  if (tokens.word() == "optional") tokens.next();
  Tokens ahead = tokens;
  const std::string first = ahead.word();
  ahead.next();
  const std::string second = ahead.word();
  if (first == "load") return second == "csv";
  if (first == "call") return ahead.is('{') || ahead.is('(') || ahead.is_name();
  if (first == "unwind" || first == "with") return true;
  if (first == "drop" || first == "create")
    if (scan::is_among(kNamed, second)) return true;
  if (!scan::is_among(kPatterns, first)) return false;
  if (ahead.is_name()) {  // MATCH p = (…), shortestPath(…)
    ahead.next();
    return ahead.is('=') || ahead.is('(');
  }
  return ahead.is('(');
}

constexpr std::array<std::string_view, 7> kWriting = {"create", "foreach", "insert", "load",
                                                      "merge",  "remove",  "set"};
constexpr std::array<std::string_view, 2> kDeleting = {"delete", "drop"};

}  // namespace

Kind kind_of_graphql(std::string_view text) {
  Tokens tokens(text, {.hash = true});
  bool mutates = false;
  Kind kind = Kind::kUnknown;
  while (!tokens.ended()) {
    const std::string word = tokens.word();
    const bool fragment = word == "fragment";
    if (tokens.is('"')) {  // what describes the operation
      tokens.next();
      continue;
    }
    if (!tokens.is('{') && word != "query" && word != "subscription" && word != "mutation" &&
        !fragment)
      return Kind::kUnknown;
    if (!at_selection(tokens)) return Kind::kUnknown;
    if (word == "mutation" || fragment) {
      mutates = mutates || !fragment;
      kind = std::max(kind, kind_of_fields(tokens));
    } else {
      tokens.skip_pair();
    }
  }
  return mutates ? std::max(kind, Kind::kWrite) : Kind::kUnknown;
}

Kind kind_of_cypher(std::string_view text) {
  Tokens tokens(text, {.slashes = true});
  if (!begins_clause(tokens)) return Kind::kUnknown;
  Kind kind = Kind::kUnknown;
  bool pattern = false;  // "(n)", "[:KNOWS]", without which there is none
  while (!tokens.ended()) {
    pattern = pattern || tokens.is('(') || tokens.is('[');
    const std::string word = tokens.word();
    const char before = tokens.before();
    tokens.next();
    // n.set, :Create, $delete; {set: 1}
    if (before == '.' || before == ':' || before == '$' || tokens.is(':')) continue;
    if (scan::is_among(kDeleting, word)) {
      kind = std::max(kind, Kind::kDelete);
      pattern = pattern || word == "drop";
    } else if (scan::is_among(kWriting, word)) {
      kind = std::max(kind, Kind::kWrite);
    }
  }
  return pattern ? kind : Kind::kUnknown;
}

bool speaks_cypher(std::string_view tool) {
  // A digit parts words.
  return scan::ascii_lower(tool).find("neo4j") < tool.size() ||
         scan::any_word(tool, [](std::string_view word) { return scan::is_among(kGraphs, word); });
}

}  // namespace agentmesh::policy
