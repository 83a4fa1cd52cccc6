// The form of a line, byte by byte: JSON in the canonical form of RFC 8785, as far as audit.md section 2 allows it.
//
// One pass over bytes that nobody vouches for; whoever uses it is told each member of the outermost object.
// Thread: any. Cost: about 1 ns per byte, nothing allocated but for keys with escapes or beyond ASCII.

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace agentmesh::audit::form {

inline constexpr int kMaxDepth = 8;
inline constexpr uint64_t kMaxInteger = (uint64_t{1} << 53) - 1;

inline constexpr std::array<int8_t, 256> kHexDigits = [] {
  std::array<int8_t, 256> digits{};
  digits.fill(-1);
  for (unsigned i = 0; i < 10; ++i) digits['0' + i] = static_cast<int8_t>(i);
  for (unsigned i = 0; i < 6; ++i) digits['a' + i] = static_cast<int8_t>(10 + i);
  return digits;
}();

inline int hex_digit(char c) { return kHexDigits[static_cast<unsigned char>(c)]; }

// UTF-16 code units of a checked string's content, for the order of RFC 8785.
inline std::u16string utf16(std::string_view raw) {
  std::u16string out;
  for (size_t i = 0; i < raw.size();) {
    const auto byte = static_cast<unsigned char>(raw[i]);
    if (byte == '\\') {
      static constexpr std::string_view kFrom = "bfnrt\"\\";
      static constexpr std::string_view kTo = "\b\f\n\r\t\"\\";
      const char escape = raw[i + 1];
      if (escape == 'u') {
        out += static_cast<char16_t>(hex_digit(raw[i + 4]) * 16 + hex_digit(raw[i + 5]));
        i += 6;
      } else {
        out += static_cast<char16_t>(kTo[kFrom.find(escape)]);
        i += 2;
      }
      continue;
    }
    const int more = byte < 0x80 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    uint32_t code = more == 0 ? byte : byte & (0x3fU >> more);
    for (int k = 1; k <= more; ++k)
      code = code << 6 | (static_cast<unsigned char>(raw[i + static_cast<size_t>(k)]) & 0x3f);
    if (code >= 0x10000) {
      out += static_cast<char16_t>(0xd800 + ((code - 0x10000) >> 10));
      out += static_cast<char16_t>(0xdc00 + ((code - 0x10000) & 0x3ff));
    } else {
      out += static_cast<char16_t>(code);
    }
    i += static_cast<size_t>(more) + 1;
  }
  return out;
}

struct Text {
  std::string_view raw;  // without the quotes
  bool plain = true;     // no escapes, nothing beyond ASCII
};

inline bool sorts_before(const Text& a, const Text& b) {
  if (a.plain && b.plain) return a.raw < b.raw;
  return utf16(a.raw) < utf16(b.raw);
}

enum class Kind : uint8_t { kText, kInteger, kOther };
struct Value {
  Kind kind = Kind::kOther;
  std::string_view raw;  // a text without its quotes
  int64_t integer = 0;
};

class Checker {
 public:
  explicit Checker(std::string_view line) : at_(line.data()), end_(line.data() + line.size()) {}

  const char* why = "";

  // The whole line; `member(key, value)` is called for each member of the outermost object.
  template <class Member>
  bool line(Member member) {
    if (!object(1, member)) return false;
    return at_ == end_ || no("something follows the object");
  }

 private:
  bool no(const char* reason) {
    why = reason;
    return false;
  }
  bool is(char c) const { return at_ != end_ && *at_ == c; }
  bool take(char c) {
    if (!is(c)) return false;
    ++at_;
    return true;
  }

  template <class Member>
  bool object(int depth, Member member) {
    if (!take('{')) return no("not an object");
    if (depth > kMaxDepth) return no("nested too deeply");
    if (take('}')) return true;
    Text before;
    for (bool first = true;; first = false) {
      Text key;
      if (!string(key)) return false;
      if (!first && !sorts_before(before, key))
        return no("keys are not sorted, or one is there twice");
      before = key;
      if (!take(':')) return no("a key without ':'");
      Value value;
      if (!any(depth + 1, value)) return false;
      member(key.raw, value);
      if (take(',')) continue;
      return take('}') || no("an object that does not go on with ',' or '}'");
    }
  }

  bool array(int depth) {
    ++at_;
    if (depth > kMaxDepth) return no("nested too deeply");
    if (take(']')) return true;
    for (;;) {
      Value value;
      if (!any(depth + 1, value)) return false;
      if (take(',')) continue;
      return take(']') || no("an array that does not go on with ',' or ']'");
    }
  }

  bool any(int depth, Value& value) {
    if (at_ == end_) return no("the line ends too soon");
    const char* start = at_;
    switch (*at_) {
      case '"': {
        Text text;
        if (!string(text)) return false;
        value = {Kind::kText, text.raw, 0};
        return true;
      }
      case '{':
        if (!object(depth, [](std::string_view, const Value&) {})) return false;
        break;
      case '[':
        if (!array(depth)) return false;
        break;
      case 't':
        if (!word("true")) return false;
        break;
      case 'f':
        if (!word("false")) return false;
        break;
      case 'n': return no("null");
      default:
        if (!integer(value.integer)) return false;
        value.kind = Kind::kInteger;
    }
    value.raw = {start, static_cast<size_t>(at_ - start)};
    return true;
  }

  bool word(std::string_view text) {
    if (std::string_view(at_, static_cast<size_t>(end_ - at_)).starts_with(text)) {
      at_ += text.size();
      return true;
    }
    return no("neither a value nor a bracket");
  }

  bool integer(int64_t& out) {
    const bool negative = take('-');
    if (at_ == end_ || *at_ < '0' || *at_ > '9') return no("neither a value nor a bracket");
    uint64_t value = 0;
    const char* digits = at_;
    for (; at_ != end_ && *at_ >= '0' && *at_ <= '9'; ++at_) {
      value = value * 10 + static_cast<uint64_t>(*at_ - '0');
      if (value > kMaxInteger) return no("a number beyond 2^53 - 1");
    }
    if (*digits == '0' && (at_ - digits > 1 || negative))
      return no("a number with a leading zero, or -0");
    if (at_ != end_ && (*at_ == '.' || *at_ == 'e' || *at_ == 'E'))
      return no("a number that is no integer");
    out = negative ? -static_cast<int64_t>(value) : static_cast<int64_t>(value);
    return true;
  }

  bool string(Text& out) {
    if (!take('"')) return no("no text where one is due");
    const char* start = at_;
    for (;;) {
      skip_plain();
      if (at_ == end_) return no("the line ends in a text");
      const auto byte = static_cast<unsigned char>(*at_);
      if (byte == '"') break;
      out.plain = false;
      if (byte == '\\') {
        if (!escape()) return false;
      } else if (byte < 0x20) {
        return no("a control character that is not escaped");
      } else if (!wide(byte)) {
        return no("not UTF-8");
      }
    }
    out.raw = {start, static_cast<size_t>(at_ - start)};
    ++at_;
    return true;
  }

  static bool is_plain(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
  }

  // To the next byte that is not printable ASCII, or a quote or a backslash; eight at a time.
  void skip_plain() {
    constexpr uint64_t kOnes = 0x0101010101010101;
    constexpr uint64_t kHigh = 0x80 * kOnes;
    const auto has_zero = [](uint64_t x) { return (x - kOnes) & ~x & kHigh; };
    while (end_ - at_ >= 8) {
      uint64_t word = 0;
      std::memcpy(&word, at_, 8);
      const uint64_t below_space = (word - 0x20 * kOnes) & ~word & kHigh;
      if (((word & kHigh) | below_space | has_zero(word ^ '"' * kOnes) |
           has_zero(word ^ '\\' * kOnes)) != 0)
        break;
      at_ += 8;
    }
    while (at_ != end_ && is_plain(*at_)) ++at_;
  }

  bool escape() {
    const auto left = static_cast<size_t>(end_ - at_);
    if (left < 2) return no("the line ends in a text");
    if (std::string_view("bfnrt\"\\").find(at_[1]) != std::string_view::npos) {
      at_ += 2;
      return true;
    }
    if (left < 6 || at_[1] != 'u' || at_[2] != '0' || at_[3] != '0' ||
        (at_[4] != '0' && at_[4] != '1') || hex_digit(at_[5]) < 0)
      return no("an escape that RFC 8785 does not have");
    const int code = (at_[4] - '0') * 16 + hex_digit(at_[5]);
    if (code == 8 || code == 9 || code == 10 || code == 12 || code == 13)
      return no("an escape that RFC 8785 does not have");
    at_ += 6;
    return true;
  }

  // RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
  bool wide(unsigned char first) {
    const auto left = static_cast<size_t>(end_ - at_);
    const auto next = [&](size_t i, unsigned char low, unsigned char high) {
      if (i >= left) return false;
      const auto byte = static_cast<unsigned char>(at_[i]);
      return byte >= low && byte <= high;
    };
    size_t bytes = 0;
    if (first >= 0xc2 && first <= 0xdf) {
      bytes = next(1, 0x80, 0xbf) ? 2 : 0;
    } else if (first >= 0xe0 && first <= 0xef) {
      const unsigned char low = first == 0xe0 ? 0xa0 : 0x80;
      const unsigned char high = first == 0xed ? 0x9f : 0xbf;
      bytes = next(1, low, high) && next(2, 0x80, 0xbf) ? 3 : 0;
    } else if (first >= 0xf0 && first <= 0xf4) {
      const unsigned char low = first == 0xf0 ? 0x90 : 0x80;
      const unsigned char high = first == 0xf4 ? 0x8f : 0xbf;
      bytes = next(1, low, high) && next(2, 0x80, 0xbf) && next(3, 0x80, 0xbf) ? 4 : 0;
    }
    at_ += bytes;
    return bytes > 0;
  }

  const char* at_;
  const char* end_;
};

}  // namespace agentmesh::audit::form
