// SQL tokens: words, literals and signs of a text, as one dialect reads it. Dialects differ in what quotes what, and a text made
// to be read differently is an attack; so a caller that must be sure reads it as every dialect does (kDialects).
//
// Cost: one pass; tokens are views of the text. Pure functions, any thread.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace agentmesh::policy::scan {

enum class SqlTokenKind : uint8_t { kWord, kQuotedName, kString, kNumber, kSign };

struct SqlToken {
  SqlTokenKind kind = SqlTokenKind::kSign;
  std::string_view text;  // without quotes for names and strings
  uint32_t depth = 0;     // of parentheses: a '(' has the depth outside, as has its ')'
  uint32_t skip = 0;      // of a '(': so many tokens on stands its ')', or what is behind the last

  // A word, ASCII case aside. Asked of many words in a row: the length and the first letter answer nearly always.
  bool is(std::string_view lower) const {
    return kind == SqlTokenKind::kWord && text.size() == lower.size() && !lower.empty() &&
           (text[0] | 0x20) == (lower[0] | 0x20) && is_spelled(lower);
  }
  bool is_spelled(std::string_view lower) const;
  bool sign(char c) const {
    return kind == SqlTokenKind::kSign && text.size() == 1 && text[0] == c;
  }
  bool name() const { return kind == SqlTokenKind::kWord || kind == SqlTokenKind::kQuotedName; }
};

struct SqlDialect {
  bool backslash = false;      // '\'' is a quote inside a string
  bool nested = false;         // comments nest
  bool dollar = false;         // $tag$ … $tag$
  bool hash = false;           // # begins a comment
  bool brackets = false;       // [name]
  bool conditional = false;    // /*! code */ is code
  bool double_string = false;  // "…" is a string

  bool operator==(const SqlDialect&) const = default;
};
inline constexpr std::array<SqlDialect, 5> kDialects = {{
    {false, true, true, false, false, false, false},   // PostgreSQL, and plain texts
    {true, false, false, true, false, true, true},     // MySQL, MariaDB
    {false, true, false, false, true, false, false},   // SQL Server
    {false, false, false, false, true, false, false},  // SQLite, Oracle
    {true, false, false, true, false, false, true},    // BigQuery, Spark
}};

// Appends the tokens. False if a quote or comment does not end.
bool sql_tokens(std::string_view text, const SqlDialect& dialect, std::vector<SqlToken>& out);

// What of a dialect tells in this text: two that come to the same read it alike.
SqlDialect in_text(const SqlDialect& dialect, std::string_view text);

// False if every dialect reads the text alike.
bool sql_is_ambiguous(std::string_view text);

}  // namespace agentmesh::policy::scan
