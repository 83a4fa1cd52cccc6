#include <algorithm>

#include "policy/scan/decode.h"
#include "policy/scan/sql_statement.h"

namespace agentmesh::policy::scan {
namespace {

// "schema"."Table" → schema.Table; unquoted parts in lower case.
std::string name_at(SqlTokens tokens, size_t& i) {
  std::string out;
  while (i < tokens.size() && tokens[i].name()) {
    out += tokens[i].kind == SqlTokenKind::kWord ? ascii_lower(tokens[i].text)
                                                 : std::string(tokens[i].text);
    if (!(token_at(tokens, i + 1).sign('.') && token_at(tokens, i + 2).name())) break;
    out += '.';
    i += 2;
  }
  return out;
}

}  // namespace

void find_tables(SqlTokens tokens, std::vector<std::string>& tables) {
  std::vector<std::string> own;  // names of common table expressions
  for (size_t i = 0; i + 2 < tokens.size() && own.size() < 256; ++i)
    if (tokens[i].name() && tokens[i + 1].is("as") && tokens[i + 2].sign('('))
      own.push_back(ascii_lower(tokens[i].text));
  const auto put = [&](size_t& i) {
    while (one_of(token_at(tokens, i), {"only", "lateral", "if", "not", "exists", "into", "table",
                                        "ignore", "low_priority"}))
      ++i;
    if (!token_at(tokens, i).name() ||
        one_of(token_at(tokens, i),
               {"select", "set", "values", "unnest", "where", "outfile", "dumpfile"}))
      return;
    std::string name = name_at(tokens, i);
    if (token_at(tokens, i + 1).sign('(') &&
        !(i > 1 && one_of(token_at(tokens, i - 1), {"into", "table", "exists"})))
      return;
    if (name.empty() || tables.size() >= 256 || name[0] == '@') return;
    if (std::find(own.begin(), own.end(), ascii_lower(name)) != own.end()) return;
    if (std::find(tables.begin(), tables.end(), name) == tables.end())
      tables.push_back(std::move(name));
  };
  for (size_t i = 0; i < tokens.size(); ++i) {
    const SqlToken& token = tokens[i];
    if (token.kind != SqlTokenKind::kWord) continue;
    if (token.is("from")) {
      if (i > 0 && tokens[i - 1].is("distinct")) continue;  // IS DISTINCT FROM
      bool function = false;                                // EXTRACT(x FROM y)
      for (size_t k = i; k-- > 0 && i - k < 12;) {
        if (tokens[k].depth < token.depth) {
          function = tokens[k].sign('(') && k > 0 &&
                     one_of(tokens[k - 1], {"extract", "substring", "trim", "overlay", "position"});
          break;
        }
      }
      if (function) continue;
      size_t k = i + 1;
      put(k);
      // FROM a, b AS c, d
      for (int budget = 64; budget > 0 && k + 1 < tokens.size(); --budget) {
        size_t comma = k + 1;
        while (comma < tokens.size() && comma < k + 4 && tokens[comma].name() &&
               tokens[comma].depth == token.depth)
          ++comma;
        if (!token_at(tokens, comma).sign(',') || tokens[comma].depth != token.depth) break;
        k = comma + 1;
        put(k);
      }
    } else if (one_of(token, {"join", "into", "table", "describe", "desc"}) ||
               (token.is("update") && i + 1 < tokens.size() &&
                !one_of(tokens[i + 1], {"set", "of"}) &&
                !(i > 0 && one_of(tokens[i - 1], {"for", "on", "do", "key"}))) ||
               (token.is("truncate") && i == 0)) {
      size_t k = i + 1;
      put(k);
    }
  }
}

}  // namespace agentmesh::policy::scan
