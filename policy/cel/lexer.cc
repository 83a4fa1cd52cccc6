#include "policy/cel/lexer.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>

#include "base/bytes.h"

namespace agentmesh::policy::cel {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool starts_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool in_name(char c) { return starts_name(c) || is_digit(c); }

struct Sign {
  std::string_view text;
  TokenKind kind;
};
// Longer ones first.
constexpr std::array kSigns{
    Sign{"&&", TokenKind::kAnd},         Sign{"||", TokenKind::kOr},
    Sign{"==", TokenKind::kEqual},       Sign{"!=", TokenKind::kNotEqual},
    Sign{"<=", TokenKind::kLessEqual},   Sign{">=", TokenKind::kGreaterEqual},
    Sign{"<", TokenKind::kLess},         Sign{">", TokenKind::kGreater},
    Sign{"!", TokenKind::kNot},          Sign{"?", TokenKind::kQuestion},
    Sign{":", TokenKind::kColon},        Sign{",", TokenKind::kComma},
    Sign{".", TokenKind::kDot},          Sign{"(", TokenKind::kOpenParen},
    Sign{")", TokenKind::kCloseParen},   Sign{"[", TokenKind::kOpenBracket},
    Sign{"]", TokenKind::kCloseBracket}, Sign{"{", TokenKind::kOpenBrace},
    Sign{"}", TokenKind::kCloseBrace},   Sign{"+", TokenKind::kPlus},
    Sign{"-", TokenKind::kMinus},        Sign{"*", TokenKind::kStar},
    Sign{"/", TokenKind::kSlash},        Sign{"%", TokenKind::kPercent},
};

constexpr std::array kWords{
    Sign{"true", TokenKind::kTrue}, Sign{"false", TokenKind::kFalse},
    Sign{"null", TokenKind::kNull}, Sign{"in", TokenKind::kIn},
    Sign{"and", TokenKind::kAnd},   Sign{"or", TokenKind::kOr},
    Sign{"not", TokenKind::kNot},
};

constexpr std::array<std::string_view, 17> kReserved{
    "as",  "break", "const",   "continue",  "else",   "for", "function", "if",   "import",
    "let", "loop",  "package", "namespace", "return", "var", "void",     "while"};

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  Parsed<std::vector<Token>> run() {
    tokens_.reserve(text_.size() / 3 + 2);
    for (skip_blanks(); at_ < text_.size(); skip_blanks()) {
      if (!next()) return tl::unexpected(remark_at(text_, wrong_at_, std::move(wrong_)));
    }
    add(TokenKind::kEnd, at_, 0);
    return std::move(tokens_);
  }

 private:
  char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  void add(TokenKind kind, size_t from, size_t size) {
    tokens_.push_back(Token{kind, static_cast<uint32_t>(from), text_.substr(from, size)});
    at_ = from + size;
  }
  bool fail(size_t at, std::string what) {
    wrong_at_ = static_cast<uint32_t>(at);
    wrong_ = std::move(what);
    return false;
  }

  void skip_blanks() {
    while (at_ < text_.size()) {
      if (std::strchr(" \t\n\r\f", text_[at_]) != nullptr && text_[at_] != '\0') {
        ++at_;
      } else if (peek() == '/' && peek(1) == '/') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        return;
      }
    }
  }

  bool next() {
    const char c = peek();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (c == '\'' || c == '"') return string(0, false, false);
    if (starts_name(c)) return prefixed_string() || (wrong_.empty() && name());
    if (c == '`') return quoted_name();
    for (const Sign& sign : kSigns) {
      if (text_.substr(at_).starts_with(sign.text)) {
        return add(sign.kind, at_, sign.text.size()), true;
      }
    }
    return stray();
  }

  // What to write instead of a character that means nothing here.
  bool stray() {
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with('=')) return fail(at_, "'=' does not compare; use '=='");
    if (rest.starts_with('&')) return fail(at_, "unknown operator '&'; use '&&' or 'and'");
    if (rest.starts_with('|')) return fail(at_, "unknown operator '|'; use '||' or 'or'");
    for (const std::string_view quote : {"‘", "’", "“", "”"}) {
      if (rest.starts_with(quote)) return fail(at_, "a typographic quote; use ' or \"");
    }
    size_t size = 1;
    while (size < rest.size() && (static_cast<unsigned char>(rest[size]) & 0xc0U) == 0x80U) ++size;
    if (static_cast<unsigned char>(rest[0]) < 0x20 || rest[0] == 0x7f) {
      return fail(at_, "an invisible control character");
    }
    return fail(at_, fmt::format("unexpected character '{}'", rest.substr(0, size)));
  }

  bool name() {
    size_t size = 1;
    while (in_name(peek(size))) ++size;
    const std::string_view word = text_.substr(at_, size);
    const auto keyword = std::find_if(kWords.begin(), kWords.end(),
                                      [&](const Sign& sign) { return sign.text == word; });
    add(keyword == kWords.end() ? TokenKind::kName : keyword->kind, at_, size);
    return true;
  }

  bool quoted_name() {
    const size_t close = text_.find('`', at_ + 1);
    if (close == std::string_view::npos || close == at_ + 1) {
      return fail(at_, "a quoted name is not closed by '`'");
    }
    const std::string_view inside = text_.substr(at_ + 1, close - at_ - 1);
    for (const char c : inside) {
      if (!in_name(c) && std::strchr(".-/ ", c) == nullptr) {
        return fail(at_, "a quoted name holds letters, digits, '_', '.', '-', '/' and blanks only");
      }
    }
    tokens_.push_back(Token{TokenKind::kQuoted, static_cast<uint32_t>(at_), inside});
    at_ = close + 1;
    return true;
  }

  bool number() {
    size_t size = 0;
    TokenKind kind = TokenKind::kInt;
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) {
      size = 2;
      while (is_hex(peek(size))) ++size;
      if (size == 2) return fail(at_, "'0x' needs hexadecimal digits");
    } else {
      while (is_digit(peek(size))) ++size;
      if (peek(size) == '.' && is_digit(peek(size + 1))) {
        kind = TokenKind::kDouble;
        for (++size; is_digit(peek(size));) ++size;
      }
      if (peek(size) == 'e' || peek(size) == 'E') {
        const size_t sign = peek(size + 1) == '+' || peek(size + 1) == '-' ? 1 : 0;
        if (is_digit(peek(size + 1 + sign))) {
          kind = TokenKind::kDouble;
          for (size += 1 + sign; is_digit(peek(size));) ++size;
        }
      }
    }
    const bool is_unsigned = kind == TokenKind::kInt && (peek(size) == 'u' || peek(size) == 'U');
    const size_t all = size + (is_unsigned ? 1 : 0);
    if (in_name(peek(all))) return fail(at_ + all, "a number runs into a name");
    add(is_unsigned ? TokenKind::kUint : kind, at_, size);
    at_ += all - size;
    return true;
  }

  // True if a string with a prefix (r, b, rb, br in any case) begins here and was read.
  bool prefixed_string() {
    size_t size = 0;
    bool raw = false;
    bool bytes = false;
    for (; size < 2; ++size) {
      const char c = peek(size);
      if ((c == 'r' || c == 'R') && !raw) {
        raw = true;
      } else if ((c == 'b' || c == 'B') && !bytes) {
        bytes = true;
      } else {
        break;
      }
    }
    if (size == 0 || (peek(size) != '\'' && peek(size) != '"')) return false;
    return string(size, raw, bytes);
  }

  bool string(size_t prefix, bool raw, bool bytes) {
    const char quote = peek(prefix);
    const bool triple = peek(prefix + 1) == quote && peek(prefix + 2) == quote;
    const size_t quotes = triple ? 3 : 1;
    for (size_t i = at_ + prefix + quotes; i < text_.size(); ++i) {
      if (text_[i] == '\\' && !raw) {
        ++i;
      } else if (!triple && (text_[i] == '\n' || text_[i] == '\r')) {
        return fail(at_, "a string is not closed on its line");
      } else if (text_[i] == quote &&
                 (!triple || text_.substr(i).starts_with(text_.substr(at_ + prefix, 3)))) {
        add(bytes ? TokenKind::kBytes : TokenKind::kString, at_, i + quotes - at_);
        return true;
      }
    }
    return fail(at_, "a string is not closed");
  }

  std::string_view text_;
  size_t at_ = 0;
  std::vector<Token> tokens_;
  uint32_t wrong_at_ = 0;
  std::string wrong_;
};

}  // namespace

Parsed<std::vector<Token>> scan(std::string_view text) {
  if (!is_utf8(text)) return tl::unexpected(remark_at(text, 0, "the text is not UTF-8"));
  return Scanner(text).run();
}

bool is_reserved(std::string_view word) {
  return std::find(kReserved.begin(), kReserved.end(), word) != kReserved.end();
}

}  // namespace agentmesh::policy::cel
