#include "proxy/oversize.h"

#include <algorithm>

namespace agentmesh::proxy {
namespace {

bool blank(unsigned char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool digit(unsigned char c) { return c >= '0' && c <= '9'; }

}  // namespace

void OversizeScan::feed(std::string_view bytes) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while (at != end && at_ != At::kBroken) {
    if (at_ == At::kString && !keeping_ &&
        !in_key_) {  // most bytes of a large line: a plain run of a long text
      const char* const run = std::find_if(at, end, [](char c) {
        const auto u = static_cast<unsigned char>(c);
        return u < 0x20 || u >= 0x80 || u == '"' || u == '\\';
      });
      if (run != at) {
        high_surrogate_ = false;
        at = run;
        continue;
      }
    }
    const char c = *at++;
    if (keeping_) {
      if (id_.size() == kMaxIdBytes) {
        id_legal_ = false;
      } else {
        id_.push_back(c);
      }
    }
    step(static_cast<unsigned char>(c));
  }
}

void OversizeScan::end() {
  if (at_ != At::kDone || ids_ != 1 || !id_legal_) id_.clear();
}

void OversizeScan::step(unsigned char c) {
  if (last_was_cr_) return broken();
  switch (at_) {
    case At::kString: return string_byte(c);
    case At::kEscape: return escape_byte(c);
    case At::kHex: return hex_byte(c);
    case At::kUtf8: return utf8_byte(c);
    case At::kMinus:
    case At::kZero:
    case At::kInteger:
    case At::kPoint:
    case At::kFraction:
    case At::kE:
    case At::kESign:
    case At::kExponent: return number_byte(c);
    case At::kLiteral:
      if (c != static_cast<unsigned char>(*literal_)) return broken();
      if (*++literal_ == '\0') end_value();
      return;
    default: break;
  }
  if (blank(c)) {
    last_was_cr_ = c == '\r';
    return;
  }
  switch (at_) {
    case At::kValue: return begin_value(c);
    case At::kFirstElement: return c == ']' ? close(false) : begin_value(c);
    case At::kFirstKey: return c == '}' ? close(true) : c == '"' ? begin_string(true) : broken();
    case At::kKey: return c == '"' ? begin_string(true) : broken();
    case At::kColon:
      if (c != ':') return broken();
      at_ = At::kValue;
      return;
    case At::kAfterValue: return after_value(c);
    default: return broken();  // something behind the document
  }
}

void OversizeScan::begin_value(unsigned char c) {
  if (depth_ == 0 && c != '{') return broken();  // no message
  if (top() && member_ == Key::kId) {
    ++ids_;
    keeping_ = c == '"' || c == '-' || digit(c);
    id_legal_ = keeping_;
    id_.assign(keeping_ ? 1 : 0, static_cast<char>(c));
  }
  if (top() && member_ == Key::kMethod) method_ = true;
  if (top() && member_ == Key::kAnswer) answer_ = true;
  switch (c) {
    case '{': return open(true);
    case '[': return open(false);
    case '"': return begin_string(false);
    case '-': at_ = At::kMinus; return;
    case '0': at_ = At::kZero; return;
    case 't': literal_ = "rue"; break;
    case 'f': literal_ = "alse"; break;
    case 'n': literal_ = "ull"; break;
    default:
      if (!digit(c)) return broken();
      at_ = At::kInteger;
      return;
  }
  at_ = At::kLiteral;
}

void OversizeScan::open(bool object) {
  if (depth_ == kMaxDepth) return broken();
  open_[depth_++] = object;
  at_ = object ? At::kFirstKey : At::kFirstElement;
}

void OversizeScan::close(bool object) {
  if (depth_ == 0 || open_[depth_ - 1] != object) return broken();
  --depth_;
  end_value();
}

void OversizeScan::end_value() {
  keeping_ = false;
  at_ = depth_ == 0 ? At::kDone : At::kAfterValue;
}

void OversizeScan::after_value(unsigned char c) {
  const bool object = open_[depth_ - 1];
  if (c == ',') {
    at_ = object ? At::kKey : At::kValue;
    if (!object) return;
    member_ = Key::kOther;
    return;
  }
  if (c == '}' || c == ']') return close(c == '}');
  broken();
}

void OversizeScan::begin_string(bool key) {
  in_key_ = key;
  key_size_ = 0;
  high_surrogate_ = false;
  at_ = At::kString;
}

void OversizeScan::end_string() {
  if (high_surrogate_ && keeping_) id_legal_ = false;
  if (!in_key_) return end_value();
  in_key_ = false;
  at_ = At::kColon;
  const std::string_view key(key_.data(), std::min(key_size_, key_.size()));
  if (key_size_ > key_.size()) {
    member_ = Key::kOther;
  } else if (key == "id") {
    member_ = Key::kId;
  } else if (key == "method") {
    member_ = Key::kMethod;
  } else {
    member_ = key == "result" || key == "error" ? Key::kAnswer : Key::kOther;
  }
}

void OversizeScan::keep_key(unsigned char c) {
  if (key_size_ < key_.size()) key_[key_size_] = static_cast<char>(c);
  if (key_size_ <= key_.size()) ++key_size_;
}

// One unit of a string's content, read from an escape.
void OversizeScan::unit(uint32_t code_unit) {
  const bool high = code_unit >= 0xD800 && code_unit <= 0xDBFF;
  const bool low = code_unit >= 0xDC00 && code_unit <= 0xDFFF;
  if (low != high_surrogate_ && keeping_) id_legal_ = false;  // a half without its other half (R13)
  high_surrogate_ = high;
  if (in_key_) keep_key(code_unit < 0x80 ? static_cast<unsigned char>(code_unit) : 0xFF);
}

void OversizeScan::string_byte(unsigned char c) {
  if (c == '"') return end_string();
  if (c == '\\') {
    at_ = At::kEscape;
    return;
  }
  if (c < 0x20) return broken();
  if (high_surrogate_ && keeping_) id_legal_ = false;
  high_surrogate_ = false;
  if (in_key_) keep_key(c);
  if (c < 0x80) return;
  // RFC 3629: neither overlong forms nor surrogates nor anything above U+10FFFF.
  utf8_low_ = 0x80;
  utf8_high_ = 0xBF;
  if (c >= 0xC2 && c <= 0xDF) {
    utf8_left_ = 1;
  } else if (c >= 0xE0 && c <= 0xEF) {
    utf8_left_ = 2;
    if (c == 0xE0) utf8_low_ = 0xA0;
    if (c == 0xED) utf8_high_ = 0x9F;
  } else if (c >= 0xF0 && c <= 0xF4) {
    utf8_left_ = 3;
    if (c == 0xF0) utf8_low_ = 0x90;
    if (c == 0xF4) utf8_high_ = 0x8F;
  } else {
    return broken();
  }
  at_ = At::kUtf8;
}

void OversizeScan::utf8_byte(unsigned char c) {
  if (c < utf8_low_ || c > utf8_high_) return broken();
  utf8_low_ = 0x80;
  utf8_high_ = 0xBF;
  if (--utf8_left_ == 0) at_ = At::kString;
}

void OversizeScan::escape_byte(unsigned char c) {
  at_ = At::kString;
  switch (c) {
    case '"':
    case '\\':
    case '/': return unit(c);
    case 'b': return unit('\b');
    case 'f': return unit('\f');
    case 'n': return unit('\n');
    case 'r': return unit('\r');
    case 't': return unit('\t');
    case 'u':
      hex_ = 0;
      hex_left_ = 4;
      at_ = At::kHex;
      return;
    default: return broken();
  }
}

void OversizeScan::hex_byte(unsigned char c) {
  const unsigned char lower = c | 0x20;
  if (!digit(c) && (lower < 'a' || lower > 'f')) return broken();
  hex_ = hex_ * 16 + (digit(c) ? uint32_t{c} - '0' : uint32_t{lower} - 'a' + 10);
  if (--hex_left_ > 0) return;
  at_ = At::kString;
  unit(hex_);
}

void OversizeScan::number_byte(unsigned char c) {
  const auto go = [this](At next) { at_ = next; };
  switch (at_) {
    case At::kMinus: return c == '0' ? go(At::kZero) : digit(c) ? go(At::kInteger) : broken();
    case At::kPoint: return digit(c) ? go(At::kFraction) : broken();
    case At::kE:
      if (c == '+' || c == '-') return go(At::kESign);
      [[fallthrough]];
    case At::kESign: return digit(c) ? go(At::kExponent) : broken();
    default: break;
  }
  if (at_ != At::kZero && digit(c)) return;
  if (c == '.' && (at_ == At::kZero || at_ == At::kInteger)) {
    id_legal_ = id_legal_ && !keeping_;
    return go(At::kPoint);
  }
  if ((c == 'e' || c == 'E') && at_ != At::kExponent) {
    id_legal_ = id_legal_ && !keeping_;
    return go(At::kE);
  }
  // The number ended one byte ago.
  if (keeping_) {
    if (id_legal_) id_.pop_back();
    if (id_ == "-0") id_legal_ = false;
  }
  end_value();
  step(c);
}

}  // namespace agentmesh::proxy
