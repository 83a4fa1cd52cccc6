#include "policy/scan/sql_replaced.h"

#include "policy/scan/decode.h"

namespace agentmesh::policy::scan {
namespace {

// Reads "shop.daily" at `at`, which ends behind it; "" if no name stands there.
std::string name_at(SqlTokens tokens, size_t& at) {
  if (!token_at(tokens, at).name()) return "";
  std::string name = ascii_lower(tokens[at++].text);
  for (; token_at(tokens, at).sign('.') && token_at(tokens, at + 1).name(); at += 2)
    name.append(".").append(ascii_lower(tokens[at + 1].text));
  return name;
}

// "view shop.daily" of what is dropped or made, the kind of which stands at `at` or behind words that say how, and `at` ends behind
// it; "" if it is none that can be replaced.
std::string thing_at(SqlTokens tokens, size_t& at) {
  while (one_of(token_at(tokens, at), {"or", "replace", "unique", "materialized", "constraint"}))
    ++at;
  if (!one_of(token_at(tokens, at), {"view", "index", "trigger", "function", "procedure", "type",
                                     "rule", "policy", "aggregate", "macro"}))
    return "";
  const std::string kind = ascii_lower(tokens[at++].text);
  while (one_of(token_at(tokens, at), {"concurrently", "if", "not", "exists"})) ++at;
  const std::string name = name_at(tokens, at);
  return name.empty() ? "" : kind + " " + name;
}

}  // namespace

SqlReplaced::SqlReplaced(SqlTokens tokens) : tokens_(tokens) {
  bool first = true;
  for (size_t begin = 0; begin < tokens.size(); ++begin) {
    size_t at = begin + 1;
    if (first && tokens[begin].is("create"))
      if (std::string thing = thing_at(tokens, at); !thing.empty()) made_[std::move(thing)] = begin;
    first = tokens[begin].sign(';');
  }
}

bool SqlReplaced::holds(size_t begin, size_t end) const {
  if (made_.empty() || !tokens_[begin].is("drop")) return false;
  const SqlTokens statement = tokens_.subspan(begin, end - begin);
  size_t at = 1;
  const auto made = made_.find(thing_at(statement, at));
  if (made == made_.end() || made->second < end) return false;
  // Nothing else may stand in it: f(int, text), own ON orders, and no DROP VIEW a, b, no CASCADE, no other statement.
  if (token_at(statement, at).sign('(')) at += statement[at].skip + 1;
  if (token_at(statement, at).is("on")) (void)name_at(statement, ++at);
  if (token_at(statement, at).is("restrict")) ++at;
  return at == statement.size();
}

}  // namespace agentmesh::policy::scan
