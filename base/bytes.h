// Bytes and text: hex, base64, UTF-8 boundaries, little-endian words. Pure functions, any thread.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agentmesh {

std::string to_hex(std::span<const uint8_t> bytes);  // lower case
void append_hex(std::string& out, std::span<const uint8_t> bytes);
std::optional<std::vector<uint8_t>> from_hex(std::string_view hex);  // either case; even length

std::string to_base64(std::span<const uint8_t> bytes);  // RFC 4648 section 4, padded
// Strict: canonical padded standard alphabet only (no line breaks, zero trailing bits).
std::optional<std::vector<uint8_t>> from_base64(std::string_view text);

inline std::span<const uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// The longest prefix of valid UTF-8 `text` of at most `max_bytes` bytes that ends at a character boundary.
std::string_view cut_utf8(std::string_view text, size_t max_bytes);
// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);
// Bytes of the longest prefix of `text` that is valid UTF-8; text.size() if all of it is.
size_t valid_utf8_prefix(std::string_view text);
// `text` is not empty and does not begin with a valid sequence: how many of its bytes one U+FFFD stands for (Unicode,
// section 3.9: the maximal subpart of a sequence that was broken off; else one).
size_t broken_utf8_length(std::string_view text);
// Appends the UTF-8 form of a code point (a surrogate or a number too large becomes U+FFFD).
void append_utf8(std::string& out, uint32_t code_point);
// The same into `out`, which has room for 4 bytes; returns how many it took.
size_t encode_utf8(char* out, uint32_t code_point);

void put_u64_le(uint8_t* out, uint64_t value);
uint64_t get_u64_le(const uint8_t* in);

}  // namespace agentmesh
