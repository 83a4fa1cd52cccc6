#include "base/bytes.h"

#include <algorithm>
#include <cstring>

namespace agentmesh {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The value of every byte as a digit of `alphabet`; -1 for what is none.
constexpr std::array<int8_t, 256> values_of(std::string_view alphabet) {
  std::array<int8_t, 256> values{};
  for (int8_t& value : values) value = -1;
  for (size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<int8_t>(i);
  }
  return values;
}

constexpr std::array<int8_t, 256> kBase64Values = values_of(kBase64Digits);
constexpr std::array<int8_t, 256> kHexValues = [] {
  std::array<int8_t, 256> values = values_of(kHexDigits);
  for (char c = 'A'; c <= 'F'; ++c) {
    values[static_cast<unsigned char>(c)] = static_cast<int8_t>(c - 'A' + 10);
  }
  return values;
}();

int digit(const std::array<int8_t, 256>& values, char c) {
  return values[static_cast<unsigned char>(c)];
}

bool is_continuation(uint8_t byte) { return (byte & 0xC0) == 0x80; }

// How far `bytes` (not empty, not ASCII) follow one well-formed sequence. The ranges are those of RFC 3629 section 4: the
// second byte alone decides overlong forms, surrogates and the upper end.
struct Sequence {
  size_t length = 0;   // as the first byte announces it; 0 if no sequence begins so
  size_t matched = 0;  // bytes that are as they must be; all is well if this is `length`
};
Sequence follow(std::span<const uint8_t> bytes) {
  const uint8_t first = bytes[0];
  size_t length = 0;
  uint8_t low = 0x80;
  uint8_t high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  } else {
    return {};
  }
  size_t matched = 1;
  if (bytes.size() > 1 && bytes[1] >= low && bytes[1] <= high) {
    matched = 2;
    while (matched < length && matched < bytes.size() && is_continuation(bytes[matched])) ++matched;
  }
  return {length, matched};
}

}  // namespace

std::string to_hex(std::span<const uint8_t> bytes) {
  std::string out;
  append_hex(out, bytes);
  return out;
}

void append_hex(std::string& out, std::span<const uint8_t> bytes) {
  size_t at = out.size();
  out.resize(at + bytes.size() * 2);
  for (const uint8_t byte : bytes) {
    out[at++] = kHexDigits[byte >> 4];
    out[at++] = kHexDigits[byte & 15];
  }
}

std::optional<std::vector<uint8_t>> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::vector<uint8_t> out(hex.size() / 2);
  for (size_t i = 0; i < out.size(); ++i) {
    const int high = digit(kHexValues, hex[2 * i]);
    const int low = digit(kHexValues, hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out[i] = static_cast<uint8_t>(high * 16 + low);
  }
  return out;
}

std::string to_base64(std::span<const uint8_t> bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t have = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) group = group << 8 | (k < have ? bytes[i + k] : 0U);
    for (size_t k = 0; k < 4; ++k) {
      out += k <= have ? kBase64Digits[group >> (18 - 6 * k) & 63] : '=';
    }
  }
  return out;
}

std::optional<std::vector<uint8_t>> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::vector<uint8_t> out;
  out.reserve(text.size() / 4 * 3);
  for (size_t i = 0; i < text.size(); i += 4) {
    size_t digits = 4;
    if (i + 4 == text.size() && text[i + 3] == '=') digits = text[i + 2] == '=' ? 2 : 3;
    uint32_t group = 0;
    for (size_t k = 0; k < 4; ++k) {
      const int value = k < digits ? digit(kBase64Values, text[i + k]) : 0;
      if (value < 0) return std::nullopt;
      group = group << 6 | static_cast<uint32_t>(value);
    }
    for (size_t k = 0; k + 1 < digits; ++k) {
      out.push_back(static_cast<uint8_t>(group >> (16 - 8 * k)));
    }
    const uint32_t unused = digits == 4 ? 0 : digits == 3 ? group & 0xFF : group & 0xFFFF;
    if (unused != 0) return std::nullopt;
  }
  return out;
}

std::string_view cut_utf8(std::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  size_t end = max_bytes;
  while (end > 0 && is_continuation(static_cast<uint8_t>(text[end]))) --end;
  return text.substr(0, end);
}

bool is_utf8(std::string_view text) { return valid_utf8_prefix(text) == text.size(); }

size_t valid_utf8_prefix(std::string_view text) {
  const std::span<const uint8_t> bytes = as_bytes(text);
  size_t at = 0;
  while (at < bytes.size()) {
    if (bytes.size() - at >= 8) {
      uint64_t word = 0;
      std::memcpy(&word, bytes.data() + at, sizeof word);
      if ((word & 0x8080'8080'8080'8080U) == 0) {
        at += 8;
        continue;
      }
    }
    if (bytes[at] < 0x80) {
      ++at;
      continue;
    }
    const Sequence sequence = follow(bytes.subspan(at));
    if (sequence.length == 0 || sequence.matched < sequence.length) break;
    at += sequence.length;
  }
  return at;
}

size_t broken_utf8_length(std::string_view text) {
  const std::span<const uint8_t> bytes = as_bytes(text);
  return std::max<size_t>(1, bytes[0] < 0x80 ? 1 : follow(bytes).matched);
}

void append_utf8(std::string& out, uint32_t code_point) {
  char bytes[4];
  out.append(bytes, encode_utf8(bytes, code_point));
}

size_t encode_utf8(char* out, uint32_t code_point) {
  uint32_t c = code_point;
  if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = 0xFFFD;
  if (c < 0x80) {
    out[0] = static_cast<char>(c);
    return 1;
  }
  const size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  const uint32_t first = length == 2 ? 0xC0 : length == 3 ? 0xE0 : 0xF0;
  for (size_t i = length; --i > 0; c >>= 6) out[i] = static_cast<char>(0x80 | (c & 63));
  out[0] = static_cast<char>(first | c);
  return length;
}

void put_u64_le(uint8_t* out, uint64_t value) {
  for (unsigned i = 0; i < 8; ++i) out[i] = static_cast<uint8_t>(value >> (8 * i));
}

uint64_t get_u64_le(const uint8_t* in) {
  uint64_t value = 0;
  for (unsigned i = 0; i < 8; ++i) value |= uint64_t{in[i]} << (8 * i);
  return value;
}

}  // namespace agentmesh
