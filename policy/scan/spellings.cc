#include "policy/scan/spellings.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/bytes.h"
#include "policy/scan/byte_classes.h"
#include "policy/scan/characters.h"
#include "policy/scan/decode.h"
#include "policy/scan/sixteen.h"

namespace agentmesh::policy::scan {
namespace {

using Kind = Spelling::Kind;

constexpr size_t kLongestTag = 64;
constexpr int kMostTags = 4;
constexpr size_t kLongestReference = 18;
constexpr size_t kLongestSequence = 32;

// The number that `count` hex digits at `at` spell; -1 if there are not so many.
int64_t hex_at(std::string_view text, size_t at, size_t count) {
  if (at + count > text.size()) return -1;
  int64_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    const int digit = hex_digit(text[at + i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

bool is_space(uint32_t c) {
  return c == ' ' || c == '\t' || c == '\r' || c == 0xA0 || between(c, 0x2000, 0x200A) ||
         c == 0x202F || c == 0x205F || c == 0x3000;
}
bool ends_line(uint32_t c) { return c == '\n' || c == 0x85 || c == 0x2028 || c == 0x2029; }

Spelling spelled(uint32_t value, size_t bytes) {
  if (ends_line(value)) return {Kind::kLine, false, value, bytes};
  if (is_space(value)) return {Kind::kBlank, false, value, bytes};
  if (value < 0x20 || value == 0x7F || is_default_ignorable(value))
    return {Kind::kNothing, false, value, bytes};
  const bool letter = value >= 0x80 || is_of(static_cast<char>(value), kWordByte);
  return {letter ? Kind::kLetter : Kind::kMark, false, value, bytes};
}

// Bytes of a control sequence behind its ESC, "[31m"; 0 if there is none.
size_t sequence_at(std::string_view text, size_t at) {
  if (at >= text.size() || text[at] != '[') return 0;
  size_t end = at + 1;
  const size_t reach = std::min(text.size(), at + kLongestSequence);
  while (end < reach && (is_digit(text[end]) || text[end] == ';')) ++end;
  return end < reach && is_alpha(text[end]) ? end + 1 - at : 0;
}

// With the control sequence that follows an ESC.
Spelling whole_sequence(std::string_view text, size_t at, Spelling one) {
  if (one.value == 0x1B) one.bytes += sequence_at(text, at + one.bytes);
  return one;
}

Spelling braced(std::string_view text, size_t at, size_t digits) {
  constexpr size_t kMostDigits = 6;
  const size_t close =
      text.substr(0, std::min(text.size(), digits + kMostDigits + 1)).find('}', digits);
  if (close == std::string_view::npos || close == digits) return {};
  const int64_t value = hex_at(text, digits, close - digits);
  return value <= 0 ? Spelling{} : spelled(static_cast<uint32_t>(value), close + 1 - at);
}

// \uD83D\uDE00, of which `high` is the first and the second begins at `at`; 0 if there is none.
uint32_t of_pair(std::string_view text, size_t at, uint32_t high, size_t& bytes) {
  size_t end = at;
  while (end < text.size() && text[end] == '\\') ++end;
  if (end == at || end >= text.size() || text[end] != 'u') return 0;
  const int64_t low = hex_at(text, end + 1, 4);
  if (low < 0xDC00 || low > 0xDFFF) return 0;
  bytes += end + 5 - at;
  return 0x10000 + ((high - 0xD800) << 10U) + static_cast<uint32_t>(low - 0xDC00);
}

// The byte that three octal digits at `at` spell; -1 if there are none.
int octal_at(std::string_view text, size_t at) {
  if (at + 3 > text.size() || text[at] < '0' || text[at] > '3') return -1;
  int value = 0;
  for (const char c : text.substr(at, 3)) {
    if (c < '0' || c > '7') return -1;
    value = value * 8 + (c - '0');
  }
  return value;
}

// \111\147\156, the first of which has `signs` backslashes; of what is not ASCII as many as make a character.
Spelling octal(std::string_view text, size_t at, size_t signs) {
  const size_t bytes = signs + 3;
  int byte = octal_at(text, at + signs);
  if (byte <= 0) return {};
  if (byte < 0x80) return spelled(static_cast<uint32_t>(byte), bytes);
  std::string character;
  while (byte >= 0x80 && character.size() < 4) {
    character.push_back(static_cast<char>(byte));
    const size_t next = at + bytes * character.size();
    const bool more = next < text.size() && text.substr(next, signs) == text.substr(at, signs);
    byte = more ? octal_at(text, next + signs) : -1;
  }
  const CodePoint point = code_point_at(character, 0);
  return point.bytes == 1 ? Spelling{} : spelled(point.value, bytes * point.bytes);
}

// Behind backslashes: one in JSON, two in JSON that is a string of JSON.
Spelling behind_backslashes(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && text[end] == '\\') ++end;
  if (end == text.size()) return {};
  const size_t bytes = end + 1 - at;
  const char c = text[end];
  if (c == 'n') return {Kind::kLine, true, '\n', bytes};
  if (c == 'r' || c == 't') return {Kind::kBlank, true, c == 't' ? 0x09U : 0x0DU, bytes};
  if (c == '/') return {Kind::kSlash, false, '/', bytes};
  if (c == 'e' || c == '0') {
    const size_t digits = c == '0' ? 3 : 1;
    const bool escape = c == 'e' || text.substr(end, digits) == "033";
    const size_t sequence = escape ? sequence_at(text, end + digits) : 0;
    if (sequence != 0) return {Kind::kNothing, false, 0, end + digits + sequence - at};
  }
  if (is_digit(c)) return octal(text, at, end - at);
  const size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
  if (digits == 0) return {};
  if (c == 'u' && end + 1 < text.size() && text[end + 1] == '{') return braced(text, at, end + 2);
  const int64_t value = hex_at(text, end + 1, digits);
  if (value <= 0 || value > 0x10FFFF) return {};
  size_t length = bytes + digits;
  if (value >= 0xD800 && value <= 0xDFFF) {
    const uint32_t pair =
        value < 0xDC00 ? of_pair(text, at + length, static_cast<uint32_t>(value), length) : 0;
    return pair == 0 ? Spelling{} : spelled(pair, length);
  }
  return whole_sequence(text, at, spelled(static_cast<uint32_t>(value), length));
}

// "eacute": a Latin letter and what is on it; 0 if it is none of those.
uint32_t latin_letter(std::string_view name) {
  struct Sign {
    std::string_view name;
    std::string_view letters;
    std::array<uint8_t, 6> values;
  };
  static constexpr std::array<Sign, 7> kSigns = {
      {{"acute", "aeiouy", {0xE1, 0xE9, 0xED, 0xF3, 0xFA, 0xFD}},
       {"grave", "aeiou", {0xE0, 0xE8, 0xEC, 0xF2, 0xF9}},
       {"circ", "aeiou", {0xE2, 0xEA, 0xEE, 0xF4, 0xFB}},
       {"uml", "aeiou", {0xE4, 0xEB, 0xEF, 0xF6, 0xFC}},
       {"tilde", "ano", {0xE3, 0xF1, 0xF5}},
       {"cedil", "c", {0xE7}},
       {"zlig", "s", {0xDF}}}};
  if (name.empty()) return 0;
  for (const Sign& sign : kSigns) {
    if (name.substr(1) != sign.name) continue;
    const size_t at = sign.letters.find(lower(name[0]));
    if (at == std::string_view::npos) return 0;
    return sign.values[at] - (is_of(name[0], kUpperByte) ? 0x20U : 0U);
  }
  return 0;
}

uint32_t named(std::string_view name) {
  struct Name {
    std::string_view name;
    uint32_t value;
  };
  static constexpr std::array<Name, 16> kNames = {{{"nbsp", ' '},
                                                   {"ensp", ' '},
                                                   {"emsp", ' '},
                                                   {"thinsp", ' '},
                                                   {"Tab", '\t'},
                                                   {"NewLine", '\n'},
                                                   {"apos", '\''},
                                                   {"lsquo", '\''},
                                                   {"rsquo", '\''},
                                                   {"shy", 0xAD},
                                                   {"zwnj", 0x200C},
                                                   {"zwj", 0x200D},
                                                   {"lrm", 0x200E},
                                                   {"rlm", 0x200F},
                                                   {"ZeroWidthSpace", 0x200B},
                                                   {"NoBreak", 0x2060}}};
  for (const Name& known : kNames)
    if (known.name == name) return known.value;
  return latin_letter(name);
}

bool is_of_markup(uint32_t c) { return c == '<' || c == '>' || c == '&' || c == '"'; }

Spelling reference(std::string_view text, size_t at) {
  const size_t semicolon =
      text.substr(0, std::min(text.size(), at + kLongestReference)).find(';', at);
  if (semicolon == std::string_view::npos) return {};
  const std::string_view body = text.substr(at + 1, semicolon - at - 1);
  const size_t bytes = semicolon + 1 - at;
  if (body.empty() || body[0] != '#') {
    const uint32_t value = named(body);
    return value == 0 ? Spelling{} : spelled(value, bytes);
  }
  const bool hex = body.size() > 1 && (body[1] == 'x' || body[1] == 'X');
  const std::string_view digits = body.substr(hex ? 2 : 1);
  uint32_t value = 0;
  for (const char c : digits) {
    const int digit = hex_digit(c);
    if (digit < 0 || (!hex && digit > 9) || value > 0x10FFFF) return {};
    value = value * (hex ? 16 : 10) + static_cast<uint32_t>(digit);
  }
  if (digits.empty() || value == 0 || value > 0x10FFFF || is_of_markup(value)) return {};
  return whole_sequence(text, at, spelled(value, bytes));
}

// %HH or =HH; of what is not ASCII as many as make a character.
Spelling bytes_behind(std::string_view text, size_t at) {
  const char sign = text[at];
  int64_t byte = hex_at(text, at + 1, 2);
  if (byte < 0) return {};
  if (byte < 0x80) {
    const Spelling one = spelled(static_cast<uint32_t>(byte), 3);
    return one.kind == Kind::kMark || one.kind == Kind::kNothing ? Spelling{} : one;
  }
  std::string character;
  while (byte >= 0x80 && character.size() < 4) {
    character.push_back(static_cast<char>(byte));
    const size_t next = at + 3 * character.size();
    byte = next < text.size() && text[next] == sign ? hex_at(text, next + 1, 2) : -1;
  }
  const CodePoint point = code_point_at(character, 0);
  return point.bytes == 1 ? Spelling{} : spelled(point.value, 3 * point.bytes);
}

Spelling behind_percent(std::string_view text, size_t at) {
  if (at + 1 < text.size() && text[at + 1] == 'u') {
    const int64_t value = hex_at(text, at + 2, 4);
    const bool known = value > 0 && (value < 0xD800 || value > 0xDFFF);
    return known ? spelled(static_cast<uint32_t>(value), 6) : Spelling{};
  }
  return bytes_behind(text, at);
}

// Of a mail as it is sent: digits and capitals, and a line that goes on in the next one.
Spelling quoted_printable(std::string_view text, size_t at) {
  const std::string_view behind = text.substr(at + 1, 2);
  const size_t line = behind.starts_with('\n') ? 1 : behind == "\r\n" ? 2 : 0;
  if (line != 0) {
    const size_t next = at + 1 + line;
    const bool inside = at > 0 && is_of(text[at - 1], kWordByte) && next < text.size() &&
                        is_of(text[next], kWordByte);
    return inside ? Spelling{Kind::kNothing, false, 0, 1 + line} : Spelling{};
  }
  if (std::any_of(behind.begin(), behind.end(), [](char c) { return c >= 'a'; })) return {};
  return bytes_behind(text, at);
}

// The end of the inline tag or comment at `at`; 0 if there is none.
size_t end_of_tag(std::string_view text, size_t at) {
  static constexpr std::array<std::string_view, 20> kInline = {
      "a",    "b",    "i",    "em",    "s",     "u",   "q",   "strong", "span", "font",
      "mark", "code", "abbr", "small", "label", "sub", "sup", "wbr",    "ins",  "del"};
  const std::string_view tag = text.substr(at, kLongestTag);
  if (tag.starts_with("<!--")) {
    const size_t close = tag.find("-->", 4);
    return close == std::string_view::npos ? 0 : at + close + 3;
  }
  const size_t close = tag.find('>');
  if (!tag.starts_with('<') || close == std::string_view::npos) return 0;
  const size_t begin = tag.size() > 1 && tag[1] == '/' ? 2 : 1;
  size_t end = begin;
  while (end < close && is_alpha(tag[end])) ++end;
  if (end != close && tag[end] != ' ' && tag[end] != '/') return 0;
  const std::string name = ascii_lower(tag.substr(begin, end - begin));
  const bool known = std::find(kInline.begin(), kInline.end(), name) != kInline.end();
  return known ? at + close + 1 : 0;
}

// Tags between two letters of a word.
Spelling tags(std::string_view text, size_t at) {
  if (at == 0 || !is_alpha(text[at - 1])) return {};
  size_t end = at;
  for (int i = 0; i < kMostTags && end < text.size() && text[end] == '<'; ++i) {
    const size_t next = end_of_tag(text, end);
    if (next == 0) return {};
    end = next;
  }
  if (end >= text.size() || !is_alpha(text[end])) return {};
  return {Kind::kNothing, false, 0, end - at};
}

}  // namespace

Spelling spelling_at(std::string_view text, size_t at) {
  if (at >= text.size()) return {};
  switch (text[at]) {
    case '\\': return behind_backslashes(text, at);
    case '&': return reference(text, at);
    case '%': return behind_percent(text, at);
    case '=': return quoted_printable(text, at);
    case '<': return tags(text, at);
    case '\x1B': {
      const size_t sequence = sequence_at(text, at + 1);
      return sequence == 0 ? Spelling{} : Spelling{Kind::kNothing, false, 0, 1 + sequence};
    }
    default: return {};
  }
}

size_t next_spelling_sign(std::string_view text, size_t from) {
  return find_of(text, from, [](Sixteen bytes) {
    return bytes.within('%', '&') | bytes.within('<', '=') | bytes.is('\\') | bytes.is('\x1B');
  });
}

}  // namespace agentmesh::policy::scan
