#include "audit/line_check.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

namespace agentmesh::audit {

namespace {

constexpr int kMaxDepth = 8;
constexpr uint64_t kMaxInteger = (uint64_t{1} << 53) - 1;

constexpr std::array<std::string_view, kTypes> kTypeNames = {
    "genesis",      "segment.open", "session.start", "session.end",    "policy.load",
    "tools.listed", "tools.pinned", "tools.changed", "approval",       "decision",
    "outcome",      "key.rotate",   "trust.report",  "trust.snapshot", "operator",
    "trust.change", "recover",      "drop",          "io_error",       "prune",
    "erase"};

constexpr std::array<int8_t, 256> kHexDigits = [] {
  std::array<int8_t, 256> digits{};
  digits.fill(-1);
  for (int i = 0; i < 10; ++i) digits[static_cast<size_t>('0' + i)] = static_cast<int8_t>(i);
  for (int i = 0; i < 6; ++i) digits[static_cast<size_t>('a' + i)] = static_cast<int8_t>(10 + i);
  return digits;
}();

int hex_digit(char c) { return kHexDigits[static_cast<unsigned char>(c)]; }

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return hex_digit(c) >= 0; });
}

bool parse_hash(std::string_view hex, Hash& out) {
  if (hex.size() != 64) return false;
  int wrong = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    const int high = hex_digit(hex[2 * i]);
    const int low = hex_digit(hex[2 * i + 1]);
    wrong |= high | low;  // negative if one is no digit
    out[i] = static_cast<uint8_t>((high & 15) * 16 + (low & 15));
  }
  return wrong >= 0;
}

// UTF-16 code units of a checked string's content, for the order of RFC 8785.
std::u16string utf16(std::string_view raw) {
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

bool sorts_before(const Text& a, const Text& b) {
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
      if (((word & kHigh) | below_space | has_zero(word ^ '"' * kOnes) | has_zero(word ^ '\\' * kOnes)) != 0) break;
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

// What the header's fields turned out to be.
struct Header {
  bool seq = false, prev = false, ts = false, mono = false, w = false, wseq = false;
  bool v = false, type = false, version = false;
  bool wrong = false;
};

std::optional<uint64_t> count(const Value& value) {
  if (value.kind != Kind::kInteger || value.integer < 0) return std::nullopt;
  return static_cast<uint64_t>(value.integer);
}

void take(std::string_view key, const Value& value, LineFacts& facts, Header& header) {
  const auto text = [&](std::string_view& into) {
    if (value.kind == Kind::kText) into = value.raw;
  };
  switch (key.size()) {
    case 1:
      if (key == "v") {
        header.v = value.kind == Kind::kInteger;
        header.version = header.v && value.integer == 1;
      } else if (key == "w") {
        header.w = value.kind == Kind::kText && value.raw.size() == 16 && is_lower_hex(value.raw);
        facts.w = value.raw;
      }
      break;
    case 2:
      if (key == "ts") {
        header.ts = value.kind == Kind::kInteger;
        facts.ts = value.integer;
      } else if (key == "of") {
        facts.of = count(value);
      }
      break;
    case 3:
      if (key == "seq") {
        const auto seq = count(value);
        header.seq = seq.has_value();
        facts.seq = seq.value_or(0);
      } else if (key == "old") {
        text(facts.old);
      }
      break;
    case 4:
      if (key == "prev") {
        header.prev = value.kind == Kind::kText && parse_hash(value.raw, facts.prev);
      } else if (key == "type") {
        const auto type = value.kind == Kind::kText ? parse_type(value.raw) : std::nullopt;
        header.type = type.has_value();
        facts.type = type.value_or(Type::kGenesis);
      } else if (key == "mono") {
        header.mono = value.kind == Kind::kInteger;
        facts.mono = value.integer;
      } else if (key == "wseq") {
        facts.wseq = count(value);
        header.wrong = header.wrong || !facts.wseq;
      } else if (key == "args") {
        if (value.kind == Kind::kOther) facts.args = value.raw;
      } else if (key == "days") {
        if (value.kind == Kind::kOther) facts.days = value.raw;
      } else if (key == "last") {
        facts.last = count(value);
      } else if (key == "vkey") {
        text(facts.vkey);
      }
      break;
    case 5:
      if (key == "first") facts.first = count(value);
      break;
    case 6:
      if (key == "result") {
        if (value.kind == Kind::kOther) facts.result = value.raw;
      } else if (key == "origin") {
        text(facts.origin);
      }
      break;
    case 7:
      if (key == "verdict") text(facts.verdict);
      break;
    default: break;
  }
}

bool counts_itself(Type type) {
  return type != Type::kGenesis && type != Type::kSegmentOpen && type != Type::kRecover;
}

}  // namespace

std::string_view type_name(Type type) { return kTypeNames[static_cast<size_t>(type)]; }

std::optional<Type> parse_type(std::string_view name) {
  const auto found = std::find(kTypeNames.begin(), kTypeNames.end(), name);
  if (found == kTypeNames.end()) return std::nullopt;
  return static_cast<Type>(found - kTypeNames.begin());
}

LineCheck check_line(std::string_view line) {
  LineCheck out;
  const auto fault = [&](LineFault kind, const char* why) {
    out.fault = kind;
    out.why = why;
    return out;
  };
  if (line.size() > kMaxLineBytes) return fault(LineFault::kSize, "longer than 65535 bytes");
  if (line.empty()) return fault(LineFault::kForm, "an empty line");
  Header header;
  Checker checker(line);
  const bool form = checker.line(
      [&](std::string_view key, const Value& value) { take(key, value, out.facts, header); });
  if (!form) return fault(LineFault::kForm, checker.why);
  if (!header.v) return fault(LineFault::kField, "v is missing or no integer");
  if (!header.version) return fault(LineFault::kVersion, "v is not 1");
  if (!header.seq) return fault(LineFault::kField, "seq is missing or no count");
  if (!header.prev) return fault(LineFault::kField, "prev is missing or no hash");
  if (!header.type) return fault(LineFault::kField, "type is missing or not known");
  if (!header.ts) return fault(LineFault::kField, "ts is missing or no integer");
  if (!header.mono) return fault(LineFault::kField, "mono is missing or no integer");
  if (!header.w) return fault(LineFault::kField, "w is missing or no writer");
  if (header.wrong || out.facts.wseq.has_value() != counts_itself(out.facts.type))
    return fault(LineFault::kField, "wseq is missing, no count, or where none belongs");
  return out;
}

}  // namespace agentmesh::audit
