#include "base/json_escape.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"

namespace agentmesh::json {
namespace {

struct Escape {
  uint32_t code_point = 0xFFFD;
  size_t length = 0;  // bytes it is spelled with
};

// The escape at the beginning of `text`, which begins with a backslash.
Escape read_escape(std::string_view text) {
  if (text.size() < 2) return {0xFFFD, text.size()};
  switch (text[1]) {
    case 'b': return {'\b', 2};
    case 'f': return {'\f', 2};
    case 'n': return {'\n', 2};
    case 'r': return {'\r', 2};
    case 't': return {'\t', 2};
    case 'u': break;
    default: return {static_cast<unsigned char>(text[1]), 2};  // quote, backslash, slash
  }
  const int32_t unit = leading_unit(text);
  if (unit < 0) return {0xFFFD, 2};
  if (is_high_surrogate(unit)) {
    const int32_t low = leading_unit(text.substr(6));
    if (is_low_surrogate(low)) {
      return {0x10000U + static_cast<uint32_t>((unit - 0xD800) * 0x400 + (low - 0xDC00)), 12};
    }
  }
  return {static_cast<uint32_t>(unit), 6};  // a lone surrogate turns into U+FFFD when it is encoded
}

}  // namespace

int32_t hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

int32_t leading_unit(std::string_view text) {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return -1;
  int32_t unit = 0;
  for (const char c : text.substr(2, 4)) {
    const int32_t digit = hex_value(c);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

std::string_view Pieces::next() {
  if (rest_.empty()) return {};
  if (rest_[0] != '\\') {
    const std::string_view run = rest_.substr(0, rest_.find('\\'));
    rest_.remove_prefix(run.size());
    return run;
  }
  const Escape escape = read_escape(rest_);
  rest_.remove_prefix(escape.length);
  return {decoded_, encode_utf8(decoded_, escape.code_point)};
}

int compare_content(std::string_view inner_a, std::string_view inner_b) {
  Pieces pieces_a(inner_a);
  Pieces pieces_b(inner_b);
  std::string_view a = pieces_a.next();
  std::string_view b = pieces_b.next();
  while (!a.empty() && !b.empty()) {
    const size_t common = std::min(a.size(), b.size());
    if (const int order = std::memcmp(a.data(), b.data(), common); order != 0) return order;
    a.remove_prefix(common);
    b.remove_prefix(common);
    if (a.empty()) a = pieces_a.next();
    if (b.empty()) b = pieces_b.next();
  }
  return static_cast<int>(!a.empty()) - static_cast<int>(!b.empty());
}

bool means(std::string_view inner, std::string_view text) {
  Pieces pieces(inner);
  for (std::string_view piece = pieces.next(); !piece.empty(); piece = pieces.next()) {
    if (!text.starts_with(piece)) return false;
    text.remove_prefix(piece.size());
  }
  return text.empty();
}

void append_content(std::string& out, std::string_view inner) {
  Pieces pieces(inner);
  for (std::string_view piece = pieces.next(); !piece.empty(); piece = pieces.next()) out += piece;
}

}  // namespace agentmesh::json
