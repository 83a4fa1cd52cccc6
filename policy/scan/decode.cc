#include "policy/scan/decode.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "base/bytes.h"
#include "policy/scan/byte_classes.h"
#include "policy/scan/characters.h"
#include "policy/scan/unicode_tables.h"

namespace agentmesh::policy::scan {
namespace {

// How many hex digits stand at `at`, up to `most`.
size_t hex_digits(std::string_view text, size_t at, size_t most) {
  size_t count = 0;
  while (count < most && at + count < text.size() && hex_digit(text[at + count]) >= 0) ++count;
  return count;
}
uint32_t hex_value(std::string_view digits) {
  uint32_t value = 0;
  for (const char c : digits) value = value * 16 + static_cast<uint32_t>(hex_digit(c));
  return value;
}

// What NFKC makes of a character, where that is ASCII: looked for among those of its 256 neighbours.
const char* fold_of(uint32_t code_point) {
  constexpr size_t kPages = 0x300;  // beyond them nothing is folded
  static const auto kFirst = [] {
    std::array<uint16_t, kPages + 1> first{};
    size_t row = 0;
    for (size_t page = 0; page <= kPages; ++page) {
      while (row < kFoldSize && kFold[row].code_point < page << 8U) ++row;
      first[page] = static_cast<uint16_t>(row);
    }
    return first;
  }();
  const size_t page = code_point >> 8U;
  if (page >= kPages || kFirst[page] == kFirst[page + 1]) return nullptr;
  const CodePointText* const end = kFold + kFirst[page + 1];
  const CodePointText* const found = std::lower_bound(
      kFold + kFirst[page], end, code_point,
      [](const CodePointText& row, uint32_t value) { return row.code_point < value; });
  return found != end && found->code_point == code_point ? found->text : nullptr;
}

bool is_dropped_control(uint8_t c) {
  return (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\v' && c != '\f') || c == 0x7F;
}

// What fold() does not simply copy.
bool is_folded(uint8_t c) { return c >= 0x80 || is_dropped_control(c); }

// Bytes of an overlong form of an ASCII character at bytes[at], and that character; length 0 if there is none.
struct Overlong {
  size_t length = 0;
  char value = 0;
};

Overlong overlong_at(std::string_view bytes, size_t at) {
  const auto byte = [&](size_t i) {
    return i < bytes.size() ? static_cast<uint8_t>(bytes[i]) : 0U;
  };
  const auto tail = [&](size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(at);
  if ((lead == 0xC0 || lead == 0xC1) && tail(at + 1))
    return {2, static_cast<char>(((lead & 1U) << 6U) | (byte(at + 1) & 0x3FU))};
  if (lead == 0xE0 && (byte(at + 1) & 0xFEU) == 0x80U && tail(at + 2))
    return {3, static_cast<char>(((byte(at + 1) & 1U) << 6U) | (byte(at + 2) & 0x3FU))};
  if (lead == 0xF0 && byte(at + 1) == 0x80U && (byte(at + 2) & 0xFEU) == 0x80U && tail(at + 3))
    return {4, static_cast<char>(((byte(at + 2) & 1U) << 6U) | (byte(at + 3) & 0x3FU))};
  return {};
}

}  // namespace

CodePoint code_point_at(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : 0U; };
  const uint32_t lead = byte(at);
  if (lead < 0x80) return {lead, 1};
  size_t length = 0;
  uint32_t value = 0;
  uint32_t least = 0;
  if ((lead & 0xE0U) == 0xC0U) {
    length = 2, value = lead & 0x1FU, least = 0x80;
  } else if ((lead & 0xF0U) == 0xE0U) {
    length = 3, value = lead & 0x0FU, least = 0x800;
  } else if ((lead & 0xF8U) == 0xF0U) {
    length = 4, value = lead & 0x07U, least = 0x10000;
  } else {
    return {0xFFFD, 1};
  }
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80U) return {0xFFFD, 1};
    value = (value << 6U) | (byte(at + i) & 0x3FU);
  }
  if (value < least || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return {0xFFFD, 1};
  return {value, length};
}

Percent percent_decode(std::string_view text) {
  Percent out;
  if (text.find('%') == std::string_view::npos) {
    out.text = text;
    return out;
  }
  std::string bytes;
  bytes.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const size_t sign = std::min(text.find('%', i), text.size());
    bytes.append(text, i, sign - i);
    i = sign;
    if (hex_digits(text, i + 1, 2) == 2) {
      bytes.push_back(static_cast<char>(hex_value(text.substr(i + 1, 2))));
      out.changed = true;
      i += 3;
    } else if (i + 1 < text.size() && (text[i + 1] == 'u' || text[i + 1] == 'U') &&
               hex_digits(text, i + 2, 4) == 4) {
      append_utf8(bytes, hex_value(text.substr(i + 2, 4)));
      out.changed = true;
      i += 6;
    } else if (i < text.size()) {
      bytes.push_back('%');
      ++i;
    }
  }
  const auto leads_overlong = [](uint8_t c) {
    return c == 0xC0 || c == 0xC1 || c == 0xE0 || c == 0xF0;
  };
  if (!has_odd(bytes, leads_overlong)) {
    out.text = std::move(bytes);
    return out;
  }
  out.text.reserve(bytes.size());
  for (size_t i = 0; i < bytes.size(); ++i) {
    const Overlong form = overlong_at(bytes, i);
    if (form.length != 0) {
      out.text.push_back(form.value);
      i += form.length - 1;
      out.overlong = true;
    } else {
      out.text.push_back(bytes[i]);
    }
  }
  return out;
}

bool is_plain(std::string_view text) { return !has_odd(text, is_folded); }

void Origins::copied(size_t at, size_t from) {
  if (!pieces_.empty() && pieces_.back().copied != 0 &&
      from - pieces_.back().from == at - pieces_.back().at)
    return;  // more of the same
  put(at, from, true);
}

void Origins::put(size_t at, size_t from, bool copied) {
  pieces_.push_back({static_cast<uint32_t>(at), static_cast<uint32_t>(from) & 0x7FFFFFFFU,
                     static_cast<uint32_t>(copied)});
}

size_t Origins::operator[](size_t at) const {
  const auto behind =
      std::upper_bound(pieces_.begin(), pieces_.end(), at,
                       [](size_t value, const Piece& piece) { return value < piece.at; });
  if (behind == pieces_.begin()) return 0;
  const Piece& piece = *(behind - 1);
  return piece.from + (piece.copied != 0 ? at - piece.at : 0);
}

Folded fold(std::string_view text) {
  Folded out;
  out.text.reserve(text.size());
  const auto put = [&](std::string_view bytes, size_t from) {
    out.map.made(out.text.size(), from);
    out.text.append(bytes);
  };
  for (size_t i = 0; i < text.size();) {
    if (!is_folded(static_cast<uint8_t>(text[i]))) {
      const size_t end = find_odd(text, i, is_folded);
      out.map.copied(out.text.size(), i);
      out.text.append(text.substr(i, end - i));
      i = end;
      continue;
    }
    const CodePoint point = code_point_at(text, i);
    const bool control = point.value < 0x80;
    if (point.bytes == 1 && !control) {  // no character
      out.map.copied(out.text.size(), i);
      out.text.push_back(text[i]);
    } else if (control || is_default_ignorable(point.value)) {
      out.changed = true;  // dropped
    } else if (point.value == 0xA0 || point.value == 0x2028 || point.value == 0x2029 ||
               point.value == 0x85) {
      put(point.value == 0xA0 ? " " : "\n", i);
      out.changed = true;
    } else if (const char* const ascii = fold_of(point.value); ascii != nullptr) {
      put(ascii, i);
      out.changed = true;
    } else if (point.value == 0x2019 || point.value == 0x2018) {
      put("'", i);
      out.changed = true;
    } else if (point.value == 0x201C || point.value == 0x201D) {
      put("\"", i);
      out.changed = true;
    } else {
      put(text.substr(i, point.bytes), i);
    }
    i += point.bytes;
  }
  out.map.copied(out.text.size(), text.size());
  return out;
}

std::string html_decode(std::string_view text) {
  struct Name {
    std::string_view name;
    int value;
  };
  constexpr std::array<Name, 14> kNames = {{{"lt", '<'},
                                            {"gt", '>'},
                                            {"amp", '&'},
                                            {"quot", '"'},
                                            {"apos", '\''},
                                            {"nbsp", ' '},
                                            {"semi", ';'},
                                            {"sol", '/'},
                                            {"bsol", '\\'},
                                            {"colon", ':'},
                                            {"period", '.'},
                                            {"lpar", '('},
                                            {"rpar", ')'},
                                            {"vert", '|'}}};
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '&') {
      out.push_back(text[i]);
      continue;
    }
    const size_t semicolon = text.substr(0, std::min(text.size(), i + 12)).find(';', i);
    if (semicolon == std::string_view::npos) {
      out.push_back('&');
      continue;
    }
    std::string_view body = text.substr(i + 1, semicolon - i - 1);
    int value = -1;
    if (body.size() > 1 && body[0] == '#') {
      const bool is_hex = body[1] == 'x' || body[1] == 'X';
      value = 0;
      body.remove_prefix(is_hex ? 2 : 1);
      if (body.empty()) value = -1;
      for (const char c : body) {
        const int digit = hex_digit(c);
        if (value < 0 || digit < 0 || (!is_hex && digit > 9) || value > 0x110000) {
          value = -1;
          break;
        }
        value = value * (is_hex ? 16 : 10) + digit;
      }
    } else {
      for (const Name& name : kNames)
        if (body == name.name) value = name.value;
    }
    if (value < 1 || value > 126) {
      out.push_back('&');
      continue;
    }
    out.push_back(static_cast<char>(value));
    i = semicolon;
  }
  return out;
}

std::string backslash_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const size_t sign = std::min(text.find('\\', i), text.size());
    out.append(text, i, sign - i);
    i = sign;
    if (i >= text.size()) break;
    const char kind = i + 1 < text.size() ? text[i + 1] : ' ';
    const size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : 0;
    const bool escape = digits != 0 && hex_digits(text, i + 2, digits) == digits;
    const uint32_t value = escape ? hex_value(text.substr(i + 2, digits)) : 0;
    const bool ascii = value > 0 && value < 0x7F;
    out.push_back(ascii ? static_cast<char>(value) : '\\');
    i += ascii ? 2 + digits : 1;
  }
  return out;
}

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  make_lower(out);
  return out;
}

void make_lower(std::string& text) {
  size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    const uint64_t lowered = eight_lower(text.data() + at);
    std::memcpy(text.data() + at, &lowered, 8);
  }
  for (; at < text.size(); ++at)
    if (is_of(text[at], kUpperByte)) text[at] = static_cast<char>(text[at] - 'A' + 'a');
}

// Of n bytes, of which each stands c times: log2(n) less the n-th part of the sum of c log2(c).
double entropy(std::string_view text) {
  if (text.empty()) return 0;
  constexpr size_t kKnown = 513;
  // What the sum grows by when a byte is seen for the c-th time, in parts of 2^40, so that what adds up is exact.
  constexpr double kParts = 1ULL << 40U;
  static const auto kGrowth = [] {
    std::array<uint64_t, kKnown> growth{};
    uint64_t before = 0;
    for (size_t c = 1; c < growth.size(); ++c) {
      const auto times = static_cast<double>(c);
      const auto sum = static_cast<uint64_t>(std::llround(times * std::log2(times) * kParts));
      growth[c] = sum - before;
      before = sum;
    }
    return growth;
  }();
  const auto total = static_cast<double>(text.size());
  if (text.size() < kKnown) {
    std::array<uint16_t, 256> counts{};
    uint64_t sum = 0;
    for (const char c : text) sum += kGrowth[++counts[static_cast<uint8_t>(c)]];
    return std::log2(total) - static_cast<double>(sum) / kParts / total;
  }
  std::array<uint32_t, 256> counts{};
  for (const char c : text) ++counts[static_cast<uint8_t>(c)];
  double sum = 0;
  for (const uint32_t count : counts)
    if (count > 1) sum += count * std::log2(static_cast<double>(count));
  return std::log2(total) - sum / total;
}

}  // namespace agentmesh::policy::scan
