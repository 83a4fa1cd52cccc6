#include "policy/cel/number.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

namespace agentmesh::policy::cel {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Whether a number that does not fit a double is too large rather than too small: by the place of its first digit that
// is not zero. `text` is unsigned and well formed.
bool too_large(std::string_view text) {
  int64_t place = 0;  // powers of ten of the digit before the point
  size_t i = 0;
  while (i < text.size() && text[i] == '0') ++i;
  if (i < text.size() && is_digit(text[i])) {
    while (i < text.size() && is_digit(text[i])) ++i, ++place;
    while (i < text.size() && (text[i] == '.' || is_digit(text[i]))) ++i;
  } else {
    if (i < text.size() && text[i] == '.') ++i;
    while (i < text.size() && text[i] == '0') ++i, --place;
    while (i < text.size() && is_digit(text[i])) ++i;
  }
  if (i >= text.size()) return place > 0;
  ++i;  // e
  const bool down = text[i] == '-';
  if (text[i] == '+' || text[i] == '-') ++i;
  int64_t exponent = 0;
  if (const auto got = std::from_chars(text.data() + i, text.data() + text.size(), exponent);
      got.ec != std::errc()) {
    return !down;
  }
  constexpr int64_t kFar = 1'000'000'000'000;  // beyond any number of digits there can be
  exponent = std::min(exponent, kFar);
  return place + (down ? -exponent : exponent) > 0;
}

}  // namespace

std::optional<double> parse_double(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.empty() || !(is_digit(text[0]) || text[0] == '.')) return std::nullopt;
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto got = std::from_chars(text.data(), end, value);
  if (got.ptr != end) return std::nullopt;
  if (got.ec == std::errc::result_out_of_range) {
    value = too_large(text) ? std::numeric_limits<double>::infinity() : 0;
  } else if (got.ec != std::errc()) {
    return std::nullopt;
  }
  return negative ? -value : value;
}

std::string_view print_double(double value, char* buffer) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  const auto got = std::to_chars(buffer, buffer + 32, value);
  return {buffer, static_cast<size_t>(got.ptr - buffer)};
}

}  // namespace agentmesh::policy::cel
