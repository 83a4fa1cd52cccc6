#include "policy/scan/sql_replaced.h"

#include <algorithm>

#include "policy/scan/decode.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kMostAlike = 16;  // routines of one name that a drop is held against

// A name as databases compare it: in quotes in its own case.
std::string name_of(const SqlToken& token) {
  return token.kind == SqlTokenKind::kQuotedName ? std::string(token.text)
                                                 : ascii_lower(token.text);
}

// Reads "shop.daily" at `at`, which ends behind it; "" if no name stands there.
std::string name_at(SqlTokens tokens, size_t& at) {
  if (!token_at(tokens, at).name()) return "";
  std::string name = name_of(tokens[at++]);
  for (; token_at(tokens, at).sign('.') && token_at(tokens, at + 1).name(); at += 2)
    name.append(".").append(name_of(tokens[at + 1]));
  return name;
}

// What is dropped or made.
struct Thing {
  std::string kind;
  std::string name;
  std::string key() const { return kind + " " + name; }
  bool on_a_table() const { return kind == "policy" || kind == "rule"; }
};

// Its kind stands at `at` or behind words that say how, and `at` ends behind its name, which is empty if it is none that can be
// replaced.
Thing thing_at(SqlTokens tokens, size_t& at) {
  Thing thing;
  for (; one_of(token_at(tokens, at), {"or", "replace", "unique", "materialized", "constraint"});
       ++at)
    if (tokens[at].is("materialized")) thing.kind = "materialized ";
  if (!one_of(token_at(tokens, at), {"view", "index", "trigger", "function", "procedure", "type",
                                     "rule", "policy", "aggregate", "macro"}))
    return thing;
  thing.kind += ascii_lower(tokens[at++].text);
  while (one_of(token_at(tokens, at), {"concurrently", "if", "not", "exists"})) ++at;
  thing.name = name_at(tokens, at);
  return thing;
}

// The table behind "on", which of a rule stands behind the event: ON UPDATE TO t.
std::string table_of(SqlTokens statement, size_t from, std::string_view kind) {
  size_t at = find_word(statement, from, statement[0].depth, {"on"});
  if (kind == "rule") at = find_word(statement, at, statement[0].depth, {"to"});
  if (token_at(statement, ++at).is("only")) ++at;
  return name_at(statement, at);
}

// What stands in the parentheses at `at`.
SqlTokens inside(SqlTokens statement, size_t at) {
  if (!token_at(statement, at).sign('(')) return {};
  return statement.subspan(at + 1).first(std::min<size_t>(statement[at].skip - 1,  // its ')'
                                                          statement.size() - at - 1));
}

// The type of a parameter and its name, if it has one, which is taken off the tokens.
SqlTokens next_parameter(SqlTokens& tokens) {
  for (;;) {
    size_t end = 0;
    while (end < tokens.size() && !tokens[end].sign(',')) end = next_token(tokens, end);
    end = std::min(end, tokens.size());
    SqlTokens parameter = tokens.first(end);
    tokens = tokens.subspan(std::min(end + 1, tokens.size()));
    const bool out = !parameter.empty() && parameter[0].is("out");
    if (out && !tokens.empty()) continue;
    if (out) return {};
    if (!parameter.empty() && one_of(parameter[0], {"in", "inout", "variadic"}))
      parameter = parameter.subspan(1);
    size_t type = 0;
    while (type < parameter.size() && !parameter[type].is("default") && !parameter[type].sign('='))
      type = next_token(parameter, type);
    return parameter.first(std::min(type, parameter.size()));
  }
}

// "int" and "a int".
bool same_type(SqlTokens one, SqlTokens other) {
  if (one.size() > other.size()) std::swap(one, other);
  const size_t more = other.size() - one.size();
  if (more > 1 || one.empty() || (more == 1 && !other[0].name())) return false;
  return std::equal(one.begin(), one.end(), other.begin() + static_cast<std::ptrdiff_t>(more),
                    [](const SqlToken& a, const SqlToken& b) {
                      return a.kind == b.kind && name_of(a) == name_of(b);
                    });
}

bool same_parameters(SqlTokens one, SqlTokens other) {
  for (;;) {
    const SqlTokens a = next_parameter(one);
    const SqlTokens b = next_parameter(other);
    if (a.empty() || b.empty()) return a.empty() && b.empty();
    if (!same_type(a, b)) return false;
  }
}

// True if behind this statement what came before may stay while what follows is undone, or another schema is meant.
bool breaks(SqlTokens statement) {
  const SqlToken& verb = statement[0];
  if (verb.is("alter")) return token_at(statement, 1).is("session");
  if (verb.is("end")) return statement.size() > 1;  // of a body
  return !one_of(verb,
                 {"create", "drop", "comment", "grant", "revoke", "insert", "update", "delete"});
}

}  // namespace

SqlReplaced::SqlReplaced(SqlTokens tokens) : tokens_(tokens) {
  for (size_t begin = 0; begin < tokens.size();) {
    size_t end = begin;
    while (end < tokens.size() && !tokens[end].sign(';')) ++end;
    const SqlTokens statement = tokens.subspan(begin, end - begin);
    if (!statement.empty() && breaks(statement)) breaks_.push_back(begin);
    if (!statement.empty() && statement[0].is("create")) {
      size_t at = 1;
      if (const Thing thing = thing_at(statement, at); !thing.name.empty())
        made_[thing.key()].push_back(
            {begin, table_of(statement, at, thing.kind), inside(statement, at)});
    }
    begin = end + 1;
  }
}

bool SqlReplaced::nothing_between(size_t begin, size_t end) const {
  const auto next = std::upper_bound(breaks_.begin(), breaks_.end(), begin);
  return next == breaks_.end() || *next > end;
}

bool SqlReplaced::holds(size_t begin, size_t end) const {
  if (made_.empty() || !tokens_[begin].is("drop")) return false;
  const SqlTokens statement = tokens_.subspan(begin, end - begin);
  size_t at = 1;
  const Thing thing = thing_at(statement, at);
  const auto found = made_.find(thing.key());
  if (found == made_.end()) return false;
  const bool says_parameters = token_at(statement, at).sign('(');
  const SqlTokens parameters = inside(statement, at);
  if (says_parameters) at += statement[at].skip + 1;
  std::string table;
  if (token_at(statement, at).is("on")) table = name_at(statement, ++at);
  // Nothing else may stand in it: no DROP VIEW a, b, no CASCADE, no other statement.
  if (token_at(statement, at).is("restrict")) ++at;
  if (at != statement.size() || (table.empty() && thing.on_a_table())) return false;
  const std::vector<Made>& makings = found->second;
  auto made = std::upper_bound(makings.begin(), makings.end(), begin,
                               [](size_t place, const Made& one) { return place < one.begin; });
  for (size_t i = 0; i < kMostAlike && made != makings.end(); ++i, ++made)
    if ((table.empty() || table == made->table) &&
        (!says_parameters || same_parameters(parameters, made->parameters)))
      return nothing_between(begin, made->begin);
  return false;
}

}  // namespace agentmesh::policy::scan
