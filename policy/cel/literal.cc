#include "policy/cel/literal.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "base/bytes.h"
#include "policy/cel/number.h"

namespace agentmesh::policy::cel {

namespace {

using Outcome = tl::expected<Value, LiteralError>;

tl::unexpected<LiteralError> fail(size_t at, std::string message) {
  return tl::unexpected(LiteralError{static_cast<uint32_t>(at), std::move(message)});
}

Outcome integer(const Token& token, bool negative) {
  std::string_view digits = token.text;
  const bool hex = digits.starts_with("0x") || digits.starts_with("0X");
  if (hex) digits.remove_prefix(2);
  uint64_t value = 0;
  const auto got =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
  const bool is_unsigned = token.kind == TokenKind::kUint;
  const uint64_t most = is_unsigned ? UINT64_MAX : uint64_t{INT64_MAX} + (negative ? 1 : 0);
  if (got.ec != std::errc() || value > most) {
    return fail(
        0, fmt::format("{} is too large for {}", token.text, is_unsigned ? "a uint" : "an int"));
  }
  if (is_unsigned) return Value::unsigned_integer(value);
  return Value::integer(static_cast<int64_t>(negative ? 0 - value : value));
}

// The inside of a quoted token, escapes resolved.
class Unquoter {
 public:
  explicit Unquoter(const Token& token)
      : text_(token.text), bytes_(token.kind == TokenKind::kBytes) {
    for (; text_[at_] != '\'' && text_[at_] != '"'; ++at_) {
      raw_ = raw_ || text_[at_] == 'r' || text_[at_] == 'R';
    }
    const bool triple =
        text_.size() >= at_ + 6 && text_[at_ + 1] == text_[at_] && text_[at_ + 2] == text_[at_];
    const size_t quotes = triple ? 3 : 1;
    at_ += quotes;
    end_ = text_.size() - quotes;
  }

  tl::expected<std::string, LiteralError> run() {
    while (at_ < end_) {
      if (text_[at_] != '\\' || raw_) {
        out_ += text_[at_++];
      } else if (auto wrong = escape()) {
        return tl::unexpected(std::move(*wrong));
      }
    }
    return std::move(out_);
  }

 private:
  // Reads the escape at_ stands on.
  std::optional<LiteralError> escape() {
    const size_t start = at_++;
    const char c = at_ < end_ ? text_[at_++] : '\0';
    switch (c) {
      case 'a': return put('\a');
      case 'b': return put('\b');
      case 'f': return put('\f');
      case 'n': return put('\n');
      case 'r': return put('\r');
      case 't': return put('\t');
      case 'v': return put('\v');
      case '\\':
      case '?':
      case '"':
      case '\'':
      case '`': return put(c);
      case 'x':
      case 'X': return number(start, 16, 2);
      case 'u':
      case 'U':
        if (bytes_) return wrong(start, "\\u is for strings; bytes have \\x and octal escapes");
        return number(start, 16, c == 'u' ? 4 : 8);
      case '0':
      case '1':
      case '2':
      case '3': --at_; return number(start, 8, 3);
      default: break;
    }
    const bool shown = c > ' ' && c < 0x7f;
    return wrong(start, fmt::format("unknown escape '\\{}'; in a pattern, use a raw string: r'…'",
                                    text_.substr(start + 1, shown ? 1 : 0)));
  }

  std::optional<LiteralError> put(char c) {
    out_ += c;
    return std::nullopt;
  }

  std::optional<LiteralError> number(size_t start, int base, size_t digits) {
    uint32_t value = 0;
    const char* const from = text_.data() + at_;
    const char* const to = from + std::min(digits, end_ - at_);
    const auto got = std::from_chars(from, to, value, base);
    if (got.ec != std::errc() || got.ptr != from + digits) {
      return wrong(start, fmt::format("this escape needs {} digits", digits));
    }
    at_ += digits;
    if (bytes_) return put(static_cast<char>(value));
    if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
      return wrong(start, "this escape is no Unicode character");
    }
    append_utf8(out_, value);
    return std::nullopt;
  }

  static std::optional<LiteralError> wrong(size_t at, std::string message) {
    return LiteralError{static_cast<uint32_t>(at), std::move(message)};
  }

  std::string_view text_;
  bool bytes_;
  bool raw_ = false;
  size_t at_ = 0;
  size_t end_ = 0;
  std::string out_;
};

}  // namespace

Outcome literal(const Token& token, bool negative, Arena& arena) {
  switch (token.kind) {
    case TokenKind::kInt:
    case TokenKind::kUint: return integer(token, negative);
    case TokenKind::kDouble: {
      const double value = parse_double(token.text).value_or(0);
      return Value::real(negative ? -value : value);
    }
    default: break;
  }
  auto text = Unquoter(token).run();
  if (!text) return tl::unexpected(std::move(text.error()));
  const std::string_view kept = arena.copy(*text);
  return token.kind == TokenKind::kBytes ? Value::bytes(kept) : Value::string(kept);
}

}  // namespace agentmesh::policy::cel
