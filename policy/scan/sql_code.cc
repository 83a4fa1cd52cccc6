#include "policy/scan/sql_code.h"

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/sql_functions.h"
#include "policy/scan/sql_sentence.h"

namespace agentmesh::policy::scan {
namespace {

// Strings inside strings that are read as SQL. What lies deeper is taken for unreadable.
constexpr int kDeepestString = 4;

// The content of a literal, quotes and escapes undone. A view of it, or of what the reading keeps.
std::string_view content_of(std::string_view literal, SqlReading& reading) {
  if (literal.find("''") == std::string_view::npos && literal.find('\\') == std::string_view::npos)
    return literal;
  std::string& out = reading.made.emplace_back();
  for (size_t i = 0; i < literal.size(); ++i) {
    const char next = i + 1 < literal.size() ? literal[i + 1] : '\0';
    if (literal[i] == '\'' && next == '\'') {
      ++i;
      out += '\'';
    } else if (literal[i] == '\\' && next != '\0') {
      ++i;
      const bool blank = next == 'n' || next == 't' || next == 'r';
      if (next == 'x' && i + 2 < literal.size() && hex_digit(literal[i + 1]) >= 0 &&
          hex_digit(literal[i + 2]) >= 0) {
        out += static_cast<char>(hex_digit(literal[i + 1]) * 16 + hex_digit(literal[i + 2]));
        i += 2;
      } else {
        out += blank ? ' ' : next;
      }
    } else {
      out += literal[i];
    }
  }
  return out;
}

// A verb in the head of a trigger, AFTER UPDATE OR DELETE ON t, and not a statement.
bool names_event(SqlTokens tokens, size_t i) {
  return i > 0 && (one_of(tokens[i - 1], {"after", "before", "of", "or", "for", "on", "no"}) ||
                   tokens[i - 1].sign('.') || tokens[i - 1].sign(','));
}

// 0x44524f50, or the digits of CHAR(68): what they stand for.
bool append_number(std::string_view number, bool code, std::string& out) {
  if (code) {
    unsigned value = 0;  // of an ASCII letter
    for (const char c : number) {
      if (!is_digit(c) || value > 127) return false;
      value = value * 10 + static_cast<unsigned>(c - '0');
    }
    if (value == 0 || value > 127) return false;
    out += static_cast<char>(value);
    return true;
  }
  if (number.size() < 4 || number.size() % 2 != 0 || number[0] != '0' || (number[1] | 0x20) != 'x')
    return false;
  const size_t before = out.size();
  for (size_t i = 2; i < number.size(); i += 2) {
    const int high = hex_digit(number[i]);
    const int low = hex_digit(number[i + 1]);
    if (high < 0 || low < 0) {
      out.resize(before);
      return false;
    }
    out += static_cast<char>(high * 16 + low);
  }
  return true;
}

void read_text(std::string_view text, SqlReading& reading, int strings) {
  if (strings >= kDeepestString) {
    reading.garbage = true;
    return;
  }
  if (const SqlFunction* const function = sql_function(ascii_lower(text.substr(0, 32)));
      function != nullptr && function->program && function->name.size() == text.size())
    return reading.program(Severity::kHigh);
  std::vector<SqlToken> tokens;
  if (!sql_tokens(text, kDialects[0], tokens) || !may_begin_statement(tokens) ||
      !reads_as_sql(tokens, true))
    return;
  SqlReading inner;
  for (size_t begin = 0; begin < tokens.size();) {
    size_t end = begin;
    while (end < tokens.size() && !tokens[end].sign(';')) ++end;
    if (end > begin)
      read_inner_statement(SqlTokens(tokens).subspan(begin, end - begin), inner, strings + 1);
    begin = end + 1;
  }
  reading.take_worse(inner);
}

}  // namespace

void read_each(SqlTokens tokens, const std::vector<bool>& begins, SqlReading& reading,
               int strings) {
  for (size_t i = 0; i < begins.size(); ++i) {
    if (!begins[i]) continue;
    size_t end = next_token(tokens, i);
    while (end < tokens.size() && tokens[end].depth >= tokens[i].depth && !begins[end] &&
           !tokens[end].sign(';'))
      end = next_token(tokens, end);
    read_inner_statement(tokens.subspan(i, std::min(end, tokens.size()) - i), reading, strings);
  }
}

void read_body(SqlTokens tokens, SqlReading& reading, int strings) {
  std::vector<bool> begins(tokens.size());
  bool runs = false;
  for (size_t i = 0; i < tokens.size(); ++i) {
    begins[i] = is_dml_start(tokens, i) && !names_event(tokens, i);
    runs = runs || one_of(tokens[i], {"exec", "execute", "prepare"});
  }
  read_each(tokens, begins, reading, strings);
  if (runs) read_literals(tokens, reading, strings);
}

void read_body(const SqlToken& literal, SqlReading& reading, int strings) {
  reading.raise(SqlClass::kUnparsed);
  if (!reading.strings_read.insert(literal.text.data()).second) return;
  if (strings >= kDeepestString) {
    reading.garbage = true;
    return;
  }
  std::vector<SqlToken> inner;
  if (sql_tokens(content_of(literal.text, reading), kDialects[0], inner))
    read_body(inner, reading, strings + 1);
}

void read_literal(const SqlToken& literal, SqlReading& reading, int strings) {
  constexpr size_t kShortest = 6;
  if (literal.text.size() < kShortest) return;
  read_text(content_of(literal.text, reading), reading, strings);
}

void read_literals(SqlTokens tokens, SqlReading& reading, int strings) {
  std::string joined;
  size_t pieces = 0;
  const auto flush = [&] {
    if (pieces > 1) read_text(reading.made.emplace_back(std::move(joined)), reading, strings);
    joined.clear();
    pieces = 0;
  };
  for (size_t i = 0; i < tokens.size(); ++i) {
    const SqlToken& token = tokens[i];
    if (token.kind == SqlTokenKind::kString) {
      read_literal(token, reading, strings);
      joined += content_of(token.text, reading);
      ++pieces;
    } else if (token.kind == SqlTokenKind::kNumber) {
      const bool code =
          i >= 2 && one_of(tokens[i - 2], {"char", "chr", "nchar"}) && tokens[i - 1].sign('(');
      if (append_number(token.text, code, joined))
        pieces += 2;                                  // worth reading by itself
      else if (!(i >= 1 && tokens[i - 1].sign('(')))  // varchar(99)
        flush();
    } else if (token.kind == SqlTokenKind::kSign) {
      if (token.text != "||" && !token.sign('+') && !token.sign('&') && !token.sign(',') &&
          !token.sign('(') && !token.sign(')'))
        flush();
    } else if (!one_of(token, {"concat", "concat_ws", "char", "chr", "nchar", "cast", "convert",
                               "as", "varchar", "nvarchar", "text", "unhex", "using"})) {
      flush();
    }
  }
  flush();
}

}  // namespace agentmesh::policy::scan
