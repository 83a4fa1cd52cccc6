#include <algorithm>
#include <array>
#include <string>

#include "policy/query_texts.h"
#include "policy/query_tokens.h"
#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/name_words.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy {

namespace {

using Tokens = QueryTokens;
using scan::is_digit;

// What is made or dropped by its name, and no pattern follows.
constexpr std::array<std::string_view, 13> kNamed = {
    "alias", "constraint", "database", "fulltext", "index", "lookup", "or",
    "point", "range",      "role",     "text",     "user",  "vector"};
constexpr std::array<std::string_view, 5> kPatterns = {"match", "create", "merge", "insert",
                                                       "foreach"};
constexpr std::array<std::string_view, 9> kAdministering = {
    "alter", "create", "deny", "drop", "grant", "rename", "revoke", "start", "stop"};
constexpr std::array<std::string_view, 8> kAdministered = {
    "alias", "composite", "database", "databases", "role", "server", "user", "users"};
constexpr size_t kMostOfName = 8;  // words behind the verb
constexpr std::array<std::string_view, 10> kOpening = {
    "call", "create", "drop", "foreach", "insert", "load", "match", "merge", "unwind", "with"};
// What may stand in front of a clause that does something: LIMIT 1 MATCH (n) DELETE n, FILTER true MATCH …
constexpr std::array<std::string_view, 6> kInFront = {"filter", "finish", "limit",
                                                      "offset", "order",  "skip"};
constexpr std::array<std::string_view, 9> kGraphs = {
    "age", "arangodb", "cypher", "falkordb", "graph", "graphdb", "kuzu", "memgraph", "neptune"};

// What may stand between MATCH and its pattern: MATCH ANY SHORTEST 2 PATHS (a), MATCH DIFFERENT RELATIONSHIPS (a)
constexpr std::array<std::string_view, 19> kSelectors = {
    "acyclic",  "all",    "any",   "bindings", "different",    "element",       "elements",
    "group",    "groups", "path",  "paths",    "relationship", "relationships", "repeatable",
    "shortest", "simple", "trail", "walk",     "keep"};

// CYPHER 5 runtime=slotted, id=[1, 2]
void skip_cypher_options(Tokens& tokens) {
  tokens.next();
  while (!tokens.ended()) {
    Tokens ahead = tokens;
    ahead.next();
    const bool version = !tokens.is_name() && is_digit(tokens.token()[0]);
    if (!version && !tokens.is('.') && !(tokens.is_name() && ahead.is('='))) return;
    tokens = ahead;
    if (!tokens.is('=')) continue;
    tokens.next();
    if (tokens.is('-') || tokens.is('+')) tokens.next();
    if (tokens.is('[') || tokens.is('{'))
      tokens.skip_pair();
    else
      tokens.next();
  }
}

// In front of a query.
void skip_options(Tokens& tokens) {
  for (;;) {
    const std::string word = tokens.word();
    if (word == "cypher") {
      skip_cypher_options(tokens);
    } else if (word == "profile" || tokens.is(';')) {
      tokens.next();
    } else if (word == "use") {
      tokens.next();
      for (tokens.next(); tokens.is('.'); tokens.next()) tokens.next();
      if (tokens.is('(')) tokens.skip_pair();  // graph.byName('a')
    } else if (Tokens ahead = tokens; word == "using") {
      ahead.next();
      if (ahead.word() != "periodic") return;
      ahead.next();
      ahead.next();
      if (!ahead.is_name()) ahead.next();  // COMMIT 500
      tokens = ahead;
    } else {
      return;
    }
  }
}

// Behind MATCH, CREATE …: a pattern, perhaps with a name and, behind MATCH, what is to be found of it.
bool begins_pattern(Tokens tokens, bool match) {
  const auto skip_selectors = [&tokens, match] {
    while (match && !tokens.ended() &&
           (scan::is_among(kSelectors, tokens.word()) || is_digit(tokens.token()[0])))
      tokens.next();
  };
  skip_selectors();
  if (tokens.is_name() || tokens.is('`')) {
    Tokens ahead = tokens;
    ahead.next();
    if (match && ahead.is('(')) return true;  // shortestPath(…)
    if (ahead.is('=')) {
      ahead.next();
      tokens = ahead;
      if (tokens.is_name()) tokens.next();  // shortestPath, ALL
    }
  }
  skip_selectors();
  if (!tokens.is('(')) return false;
  tokens.next();
  return !tokens.is('\'') && !tokens.is('"');  // SQLite's docs MATCH ('x')
}

// SQL's INSERT (a, "b") VALUES (1, 2), at the bracket.
bool is_of_columns(Tokens tokens) {
  constexpr std::array<std::string_view, 4> kBehind = {"default", "row", "select", "values"};
  const auto in_column = [&tokens] {
    return tokens.is_name() || tokens.is('.') || tokens.is('`') || tokens.is('"') ||
           tokens.is('[') || tokens.is(']');
  };
  for (tokens.next(); in_column();) tokens.next();
  if (!tokens.is(')')) return false;
  tokens.next();
  return scan::is_among(kBehind, tokens.word());
}

// STOP DATABASE a, CREATE OR REPLACE COMPOSITE DATABASE b: a name, and little more.
Kind kind_of_administration(Tokens tokens) {
  skip_options(tokens);
  const std::string verb = tokens.word();
  tokens.next();
  if (tokens.word() == "or") {
    tokens.next();
    tokens.next();
  }
  if (!scan::is_among(kAdministering, verb) || !scan::is_among(kAdministered, tokens.word()))
    return Kind::kUnknown;
  for (size_t words = 0; !tokens.ended() && !tokens.is(';'); tokens.next())
    if (++words > kMostOfName) return Kind::kUnknown;
  return verb == "drop" ? Kind::kDelete : Kind::kWrite;
}

constexpr std::array<std::string_view, 7> kWriting = {"create", "foreach", "insert", "load",
                                                      "merge",  "remove",  "set"};
constexpr std::array<std::string_view, 2> kDeleting = {"delete", "drop"};

// MySQL's MATCH (title, body) AGAINST ('x'), at the bracket: names, and few. Commas are no tokens.
bool is_of_full_text(Tokens tokens) {
  constexpr size_t kMostTokens = 64;
  tokens.next();
  for (size_t i = 0; i < kMostTokens && (tokens.is_name() || tokens.is('.') || tokens.is('`')); ++i)
    tokens.next();
  if (!tokens.is(')')) return false;
  tokens.next();
  return tokens.word() == "against";
}

// A clause that no SQL has, anywhere in what follows.
bool holds_clause(Tokens tokens) {
  bool calls = false;
  while (!tokens.ended()) {
    const std::string word = tokens.word();
    const char before = tokens.before();
    tokens.next();
    if (before == '.' || before == ':') continue;
    calls = calls || word == "call";
    if (word == "unwind" && !tokens.ended()) return true;
    if (word == "detach" && tokens.word() == "delete") return true;
    if (word == "yield" && calls && before == ')') return true;
    if (word == "load" && tokens.word() == "csv") return true;
    if (scan::is_among(kPatterns, word) && begins_pattern(tokens, word == "match") &&
        !(tokens.is('(') &&
          (is_of_full_text(tokens) || (word == "insert" && is_of_columns(tokens)))))
      return true;
  }
  return false;
}

// The first clause, as no sentence begins: MATCH (n), CREATE INDEX …, UNWIND $rows AS row. Ends in front of it.
bool begins_clause(Tokens& tokens) {
  skip_options(tokens);
  if (tokens.word() == "optional") tokens.next();
  Tokens ahead = tokens;
  const std::string first = ahead.word();
  ahead.next();
  const std::string second = ahead.word();
  if (scan::is_among(kInFront, first)) return holds_clause(ahead);
  if (first == "load") return second == "csv";
  if (first == "let" || first == "for") {  // LET x = 1, FOR x IN [1]
    ahead.next();
    return first == "let" ? ahead.is('=') : ahead.word() == "in";
  }
  if (first == "when") {
    while (!ahead.ended() && ahead.word() != "then") ahead.next();
    ahead.next();
    return ahead.is('{');
  }
  if (first == "call") return ahead.is('{') || ahead.is('(') || ahead.is_name();
  if (first == "unwind" || first == "with") {
    while (!ahead.ended() && ahead.word() != "as" && !ahead.is('*')) ahead.next();
    return !ahead.ended();
  }
  // RETURN 1 UNION MATCH (n) DELETE n
  if (first == "return") {
    for (; !ahead.ended(); ahead.next()) {
      if (ahead.word() != "union" && ahead.word() != "next" && !ahead.is(';')) continue;
      ahead.next();
      while (ahead.word() == "all" || ahead.word() == "distinct") ahead.next();
      const std::string clause = ahead.word();
      if (scan::is_among(kOpening, clause)) return true;
    }
    return false;
  }
  if (first == "drop" || first == "create")
    if (scan::is_among(kNamed, second)) return true;
  return scan::is_among(kPatterns, first) && begins_pattern(ahead, first == "match");
}

// Escapes are read before anything else. `scratch` holds what they come to.
std::string_view without_escapes(std::string_view text, std::string& scratch) {
  if (text.find("\\u") == std::string_view::npos) return text;
  return scratch = scan::backslash_decode(text);
}

}  // namespace

bool begins_cypher(std::string_view text) {
  std::string scratch;
  Tokens tokens(without_escapes(text, scratch), {.slashes = true});
  return kind_of_administration(tokens) != Kind::kUnknown || begins_clause(tokens);
}

bool has_cypher_clause(std::string_view text) {
  std::string scratch;
  return holds_clause(Tokens(without_escapes(text, scratch), {.slashes = true}));
}

Kind kind_of_cypher(std::string_view text, bool surely) {
  std::string scratch;
  Tokens tokens(without_escapes(text, scratch), {.slashes = true});
  if (const Kind kind = kind_of_administration(tokens); kind != Kind::kUnknown) return kind;
  if (!begins_clause(tokens) && !(surely && holds_clause(tokens))) return Kind::kUnknown;
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
  return scan::ascii_lower(tool).find("neo4j") < tool.size() || scan::has_word(tool, kGraphs);
}

}  // namespace agentmesh::policy
