// Strings with escapes, taken apart. Private to json*.cc. `inner` is a string's bytes between its quotes, accepted by
// Reader; what is not is read without harm, but means nothing.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace agentmesh::json {

constexpr bool is_high_surrogate(int32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
constexpr bool is_low_surrogate(int32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

// The value of a hex digit; negative if it is none.
int32_t hex_value(char c);
// The UTF-16 unit of the \uXXXX that `text` begins with; negative if it begins with none.
int32_t leading_unit(std::string_view text);

// Yields a string's content in pieces, so that comparing needs no memory: runs as they are spelled, and the UTF-8 of one
// escape (or of one surrogate pair) each.
class Pieces {
 public:
  explicit Pieces(std::string_view inner) : rest_(inner) {}
  // "" at the end. Good until the next call.
  std::string_view next();

 private:
  std::string_view rest_;
  char decoded_[4] = {};
};

// Content against content: negative, 0, positive, in the order of the bytes.
int compare_content(std::string_view inner_a, std::string_view inner_b);
// True if `inner` means `text`.
bool means(std::string_view inner, std::string_view text);
void append_content(std::string& out, std::string_view inner);

}  // namespace agentmesh::json
