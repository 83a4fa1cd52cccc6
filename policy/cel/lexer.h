// Lexer: the text of an expression, cut into tokens.
//
// Grammar: cel-spec langdef.md, "Syntax", with the words `and or not` for && || ! (policy.md, Exact points).
// Cost: one pass; the tokens point into the text.

#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "policy/cel/remark.h"

namespace agentmesh::policy::cel {

enum class TokenKind : uint8_t {
  kEnd,
  kName,    // also the reserved words: is_reserved()
  kQuoted,  // `name`, without the quotes: a field's name
  kInt,     // digits or 0x…
  kUint,    // the same, without its u
  kDouble,
  kString,  // as written, prefix and quotes included
  kBytes,
  kTrue,
  kFalse,
  kNull,
  kIn,
  kAnd,
  kOr,
  kNot,
  kQuestion,
  kColon,
  kComma,
  kDot,
  kOpenParen,
  kCloseParen,
  kOpenBracket,
  kCloseBracket,
  kOpenBrace,
  kCloseBrace,
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kPercent,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  uint32_t offset = 0;
  std::string_view text;
};

// The tokens of `text` (UTF-8), kEnd last.
Parsed<std::vector<Token>> scan(std::string_view text);

// Words the language keeps for later, such as `if` or `import`: no names, though they may be fields.
bool is_reserved(std::string_view word);

}  // namespace agentmesh::policy::cel
