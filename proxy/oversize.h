// Oversize: what can be learnt from a line that is thrown away while it passes.
//
// A reader of JSON text that keeps nothing but a stack of bits and the one id: it checks the grammar (RFC 8259), UTF-8 and
// nesting (at most 128, protocol R14) as the bytes come, in pieces of any size. Whatever is not one legal JSON object with
// exactly one legal top-level `id` (a string, or an integer without fraction, exponent or minus zero; R6, R13) yields none.
//
// Thread: a value. Cost: about a nanosecond per byte. Memory: the id, at most kMaxIdBytes.

#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>

namespace agentmesh::proxy {

class OversizeScan {
 public:
  static constexpr size_t kMaxIdBytes = 65'536;  // a longer id is no id
  static constexpr size_t kMaxDepth = 128;

  // The next bytes of the line, without its LF. A CR may come last only (R10).
  void feed(std::string_view bytes);
  // After the last byte.
  void end();

  // After end(): the id as it was spelled, "" if there is none to answer.
  const std::string& id() const { return id_; }
  bool has_method() const { return well_formed() && method_; }
  bool has_answer() const { return well_formed() && answer_; }

 private:
  enum class At : uint8_t {
    kValue,         // a value must begin
    kFirstKey,      // behind '{': a key or '}'
    kFirstElement,  // behind '[': a value or ']'
    kKey,           // behind ',' in an object: a key
    kColon,
    kAfterValue,  // ',' or the end of what is open
    kString,
    kEscape,
    kHex,
    kUtf8,
    kMinus,
    kZero,
    kInteger,
    kPoint,
    kFraction,
    kE,
    kESign,
    kExponent,
    kLiteral,
    kDone,  // behind the document
    kBroken,
  };
  enum class Key : uint8_t { kOther, kId, kMethod, kAnswer };

  void step(unsigned char c);
  void begin_value(unsigned char c);
  void begin_string(bool key);
  void string_byte(unsigned char c);
  void escape_byte(unsigned char c);
  void hex_byte(unsigned char c);
  void utf8_byte(unsigned char c);
  void number_byte(unsigned char c);
  void after_value(unsigned char c);
  void end_string();
  void end_value();
  void open(bool object);
  void close(bool object);
  void broken() { at_ = At::kBroken; }
  bool well_formed() const { return at_ == At::kDone; }
  bool top() const { return depth_ == 1 && open_[0]; }
  void unit(uint32_t code_unit);
  void keep_key(unsigned char c);

  At at_ = At::kValue;
  std::bitset<kMaxDepth> open_;  // true: an object
  size_t depth_ = 0;
  bool last_was_cr_ = false;

  bool in_key_ = false;
  uint32_t hex_ = 0;  // the \u escape being read
  int hex_left_ = 0;
  bool high_surrogate_ = false;  // the last thing read was one, by escape
  int utf8_left_ = 0;
  unsigned char utf8_low_ = 0x80, utf8_high_ = 0xBF;  // bounds of the next continuation byte
  const char* literal_ = nullptr;                     // what is left of true, false, null

  std::array<char, 8> key_{};  // the key being read, unescaped, as far as it matters
  size_t key_size_ = 0;
  Key member_ = Key::kOther;  // whose value is read at the top level

  bool keeping_ = false;  // the bytes of the value go to id_
  bool id_legal_ = false;
  int ids_ = 0;
  bool method_ = false, answer_ = false;
  std::string id_;
};

}  // namespace agentmesh::proxy
