#include "policy/scan/sql.h"

#include <algorithm>
#include <array>
#include <span>

#include "policy/scan/sql_sentence.h"
#include "policy/scan/sql_statement.h"
#include "policy/scan/sql_tokens.h"

namespace agentmesh::policy::scan {
namespace {

SqlReading read_as(std::string_view text, const SqlDialect& dialect, std::vector<SqlToken>& tokens,
                   bool& whole) {
  SqlReading reading;
  tokens.clear();
  whole = sql_tokens(text, dialect, tokens);
  for (size_t begin = 0; begin <= tokens.size();) {
    size_t end = begin;
    while (end < tokens.size() && !tokens[end].sign(';')) ++end;
    if (end > begin) {
      ++reading.statements;
      read_statement(SqlTokens(tokens).subspan(begin, end - begin), reading);
    }
    begin = end + 1;
  }
  return reading;
}

}  // namespace

std::string_view to_string(SqlClass sql_class) {
  constexpr std::array<std::string_view, 7> kNames = {"none",     "read_only", "write",      "ddl",
                                                      "unparsed", "privilege", "destructive"};
  return kNames[static_cast<size_t>(sql_class)];
}

Sql read_sql(std::string_view text, std::vector<Hit>& hits) {
  Sql sql;
  std::vector<SqlToken> tokens;
  bool whole = false;
  SqlReading best = read_as(text, kDialects[0], tokens, whole);
  bool readable = whole;
  bool garbage = best.garbage;
  find_tables(tokens, sql.tables);
  if (!whole || sql_is_ambiguous(text)) {
    if (!whole) best = SqlReading{};
    std::array<SqlDialect, kDialects.size()> read{in_text(kDialects[0], text)};
    for (size_t i = 1; i < kDialects.size(); ++i) {
      read[i] = in_text(kDialects[i], text);
      if (std::find(read.begin(), read.begin() + i, read[i]) != read.begin() + i) continue;
      SqlReading reading = read_as(text, kDialects[i], tokens, whole);
      if (!whole) continue;  // this dialect answers with a syntax error
      garbage = readable ? garbage && reading.garbage : reading.garbage;
      if (!readable || reading.worst > best.worst) best = std::move(reading);
      readable = true;
    }
  }
  sql.statements = best.statements;
  sql.sql_class = best.worst;
  if (!readable || garbage) sql.sql_class = std::max(sql.sql_class, SqlClass::kUnparsed);
  if (!readable) sql.statements = std::max<uint32_t>(sql.statements, 1);
  for (Hit hit : best.hits) add_hit(hits, hit);
  if (sql.sql_class == SqlClass::kUnparsed) add_hit(hits, {"sql.unparsed", Severity::kMedium});
  return sql;
}

bool looks_like_sql(std::string_view text) {
  std::vector<SqlToken> tokens;
  std::array<SqlDialect, kDialects.size()> read{};
  for (size_t i = 0; i < kDialects.size(); ++i) {
    read[i] = in_text(kDialects[i], text);
    if (std::find(read.begin(), read.begin() + i, read[i]) != read.begin() + i) continue;
    tokens.clear();
    const bool whole = sql_tokens(text, kDialects[i], tokens);
    if (i == 0 && !may_begin_statement(tokens)) return false;
    if (whole && reads_as_sql(tokens, false)) return true;
  }
  return false;
}

bool begins_like_sql(std::string_view text) {
  // The beginning tells, unless it is all comment, blanks and parentheses.
  std::vector<SqlToken> all;
  SqlTokens tokens;
  for (size_t bytes = 4096;; bytes = text.size()) {
    all.clear();
    (void)sql_tokens(text.substr(0, bytes), kDialects[0], all);
    tokens = all;
    while (!tokens.empty() && (tokens.front().sign('(') || tokens.front().sign(';')))
      tokens = tokens.subspan(1);
    if (tokens.size() >= 2 || bytes >= text.size()) break;
  }
  if (tokens.size() < 2 || tokens[0].kind != SqlTokenKind::kWord) return false;
  const SqlToken& verb = tokens[0];
  const SqlToken& next = tokens[1];
  const auto has_sign = [&](std::string_view signs) {
    return std::any_of(tokens.begin() + 1, tokens.end(), [&](const SqlToken& token) {
      return token.kind == SqlTokenKind::kSign && token.text.size() == 1 &&
             signs.find(token.text[0]) != std::string_view::npos;
    });
  };
  const auto has = [&](std::string_view word) {
    return std::any_of(tokens.begin() + 1, tokens.end(),
                       [&](const SqlToken& token) { return token.is(word); });
  };
  if (is_dml_start(tokens, 0) &&
      !one_of(verb, {"exec", "execute", "create", "grant", "revoke", "shutdown"}))
    return true;
  if (verb.is("select"))
    return has("from") || has_sign("*(=") || next.kind != SqlTokenKind::kWord || tokens.size() == 2;
  if (verb.is("with"))
    return has("as") && has_sign("(") &&
           (has("select") || has("insert") || has("update") || has("delete"));
  if (one_of(verb, {"create", "alter"}))
    return has_sign("(=") || has("as") ||
           (verb.is("alter") && (has("add") || has("drop") || has("rename") || has("set")));
  if (one_of(verb, {"grant", "revoke"})) return has("on") || (has("to") && tokens.size() <= 4);
  if (verb.is("replace")) return next.is("into");
  if (one_of(verb, {"exec", "execute"}))
    return tokens.size() == 2 || has_sign("('@,=") ||
           tokens[1].text.find('_') != std::string_view::npos;
  if (one_of(verb, {"explain", "describe", "desc"}))
    return one_of(next,
                  {"select", "analyze", "query", "table", "insert", "update", "delete", "with"});
  if (verb.is("show"))
    return one_of(next, {"tables", "databases", "schemas", "columns", "create", "index", "indexes",
                         "grants", "variables", "status", "processlist", "full"});
  if (verb.is("set")) return has_sign("=") || one_of(next, {"role", "session", "global"});
  if (one_of(verb, {"pragma", "attach", "vacuum", "copy", "call", "do"}))
    return verb.is("pragma") || has_sign("('") || has("from") || has("to") || has("database") ||
           std::any_of(tokens.begin(), tokens.end(),
                       [](const SqlToken& t) { return t.kind == SqlTokenKind::kString; });
  if (verb.is("truncate")) return tokens.size() <= 3;
  return verb.is("values") && next.sign('(');
}

}  // namespace agentmesh::policy::scan
