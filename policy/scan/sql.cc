#include "policy/scan/sql.h"

#include <algorithm>
#include <array>
#include <span>

#include "policy/scan/decode.h"
#include "policy/scan/sql_client.h"
#include "policy/scan/sql_code.h"
#include "policy/scan/sql_replaced.h"
#include "policy/scan/sql_sentence.h"
#include "policy/scan/sql_statement.h"
#include "policy/scan/sql_tokens.h"

namespace agentmesh::policy::scan {
namespace {

SqlReading read_as(std::string_view text, const SqlDialect& dialect, bool runs_text,
                   std::vector<SqlToken>& tokens, bool& whole) {
  SqlReading reading;
  tokens.clear();
  whole = sql_tokens(text, dialect, tokens);
  const SqlReplaced replaced(tokens);
  for (size_t begin = 0; begin <= tokens.size();) {
    size_t end = begin;
    while (end < tokens.size() && !tokens[end].sign(';')) ++end;
    if (end > begin) {
      ++reading.statements;
      switch (replaced.ask(begin, end)) {
        case Replaced::kYes: reading.raise(SqlClass::kDdl); break;
        case Replaced::kInDoubt: reading.raise(SqlClass::kUnparsed); break;
        case Replaced::kNo: read_statement(SqlTokens(tokens).subspan(begin, end - begin), reading);
      }
    }
    begin = end + 1;
  }
  if (runs_text || reading.runs_text) read_literals(tokens, reading, 0);
  return reading;
}

void add_places(const std::vector<std::string>& from, std::vector<std::string>& to) {
  for (const std::string& place : from)
    if (std::find(to.begin(), to.end(), place) == to.end()) to.push_back(place);
}

// The text as it stands, by every dialect that can read it: the worst of them.
SqlReading read_as_it_stands(std::string_view text, std::vector<std::string>& tables) {
  SqlReading client;
  text.remove_prefix(read_client_commands(text, client));
  std::vector<SqlToken> tokens;
  bool whole = false;
  SqlReading best = read_as(text, kDialects[0], client.runs_text, tokens, whole);
  bool readable = whole;
  bool garbage = best.garbage;
  find_tables(tokens, tables);
  if (!whole || sql_is_ambiguous(text)) {
    if (!whole) best = SqlReading{};
    std::array<SqlDialect, kDialects.size()> read{in_text(kDialects[0], text)};
    for (size_t i = 1; i < kDialects.size(); ++i) {
      read[i] = in_text(kDialects[i], text);
      if (std::find(read.begin(), read.begin() + i, read[i]) != read.begin() + i) continue;
      SqlReading reading = read_as(text, kDialects[i], client.runs_text, tokens, whole);
      if (!whole) continue;  // this dialect answers with a syntax error
      garbage = readable ? garbage && reading.garbage : reading.garbage;
      add_places(best.places, reading.places);
      if (!readable || reading.worst > best.worst)
        best = std::move(reading);
      else
        best.places = std::move(reading.places);
      readable = true;
    }
  }
  if (!readable || garbage) best.raise(SqlClass::kUnparsed);
  if (!readable) best.statements = std::max<uint32_t>(best.statements, 1);
  best.statements += client.statements;
  best.raise(client.worst);
  for (const Hit& hit : client.hits) add_hit(best.hits, hit);
  add_places(client.places, best.places);
  return best;
}

}  // namespace

std::string_view to_string(SqlClass sql_class) {
  constexpr std::array<std::string_view, 7> kNames = {"none",     "read_only", "write",      "ddl",
                                                      "unparsed", "privilege", "destructive"};
  return kNames[static_cast<size_t>(sql_class)];
}

Sql read_sql(std::string_view text, std::vector<Hit>& hits) {
  Sql sql;
  SqlReading found = read_as_it_stands(text, sql.tables);
  if (!is_plain(text)) {
    // What a person, or a tool that normalises, reads there: ＤＲＯＰ TABLE.
    if (const Folded folded = fold(text); folded.changed) {
      std::vector<std::string> unused;
      found.take_worse(read_as_it_stands(folded.text, unused));
    }
  }
  sql.statements = found.statements;
  sql.sql_class = found.worst;
  sql.places = std::move(found.places);
  for (const Hit& hit : found.hits) add_hit(hits, hit);
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

}  // namespace agentmesh::policy::scan
