#include "policy/scan/escapes.h"

#include <algorithm>

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kLongestSequence = 32;  // parameters of a control sequence
constexpr size_t kLongestEnd = 10;  // letters and digits that an escape ends with: "\U0001F511"

bool is_hex(char c) {
  return is_of(c, kDigitByte) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// True if `count` hex digits stand at `at`.
bool hex_at(std::string_view text, size_t at, size_t count) {
  const std::string_view digits = text.substr(std::min(at, text.size()), count);
  return digits.size() == count && std::all_of(digits.begin(), digits.end(), is_hex);
}

bool is_parameter(char c) { return is_of(c, kDigitByte) || c == ';' || c == ':' || c == '?'; }

// `at` is behind the backslash.
size_t end_of_backslash(std::string_view text, size_t at) {
  const char c = text[at];
  if (c == 'x') return hex_at(text, at + 1, 2) ? at + 3 : 0;
  if (c == 'u') return hex_at(text, at + 1, 4) ? at + 5 : 0;
  if (c == 'U') return hex_at(text, at + 1, 8) ? at + 9 : 0;
  if (c == '0') {  // a control character in octal, or NUL
    const bool control = hex_at(text, at, 3) && text[at + 1] <= '3' && text[at + 2] <= '7';
    return control ? at + 3 : at + 1;
  }
  return std::string_view("abefnrtv").find(c) == std::string_view::npos ? 0 : at + 1;
}

size_t end_of_percent(std::string_view text, size_t at) {
  if (text[at] == 'u') return hex_at(text, at + 1, 4) ? at + 5 : 0;
  for (int layers = 0; layers < 4 && text.substr(at, 2) == "25" && hex_at(text, at + 2, 2);
       ++layers)
    at += 2;
  return hex_at(text, at, 2) ? at + 2 : 0;
}

size_t end_of_quoted_printable(std::string_view text, size_t at) {
  if (!hex_at(text, at, 2)) return 0;
  const bool no_letter = text[at] >= '0' && text[at] <= '3';
  const bool digit = text[at] == '3' && is_of(text[at + 1], kDigitByte);
  return no_letter && !digit ? at + 2 : 0;
}

size_t end_of_sequence(std::string_view text, size_t at) {
  const size_t reach = std::min(text.size(), at + kLongestSequence);
  while (at < reach && is_parameter(text[at])) ++at;
  return at < reach && is_of(text[at], kAlphaByte) ? at + 1 : 0;
}

}  // namespace

size_t end_of_escape(std::string_view text, size_t at) {
  const size_t next = at + 1;
  if (next >= text.size()) return 0;
  switch (static_cast<uint8_t>(text[at])) {
    case '\\': return end_of_backslash(text, next);
    case '%': return end_of_percent(text, next);
    case '=': return end_of_quoted_printable(text, next);
    case '[': return end_of_sequence(text, next);
    case 0x1B:
      if (text[next] == '(' || text[next] == ')') return std::min(next + 2, text.size());
      return is_of(text[next], kAlphaByte) ? next + 1 : 0;
    case 0xC2: return text[next] == '\x9B' ? end_of_sequence(text, next + 1) : 0;
    default: return 0;
  }
}

size_t behind_escape(std::string_view text, size_t begin) {
  if (begin == 0) return begin;
  size_t at = begin - 1;
  while (at > 0 && begin - at < kLongestSequence &&
         (is_parameter(text[at]) || text[at] == '(' || text[at] == ')' || text[at] == '\x9B'))
    --at;
  if (!kEscapeSigns.holds(text[at])) return begin;
  return std::max(begin, end_of_escape(text, at));
}

bool begins_word(std::string_view text, size_t at) {
  constexpr unsigned kAlnum = kAlphaByte | kDigitByte;
  size_t begin = at;
  while (begin > 0 && at - begin <= kLongestEnd && is_of(text[begin - 1], kAlnum)) --begin;
  return begin == at || behind_escape(text, begin) == at;
}

}  // namespace agentmesh::policy::scan
