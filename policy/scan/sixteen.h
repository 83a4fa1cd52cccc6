// Sixteen bytes, asked at once: SSE2 where there is some, which every x86-64 has, and a loop over them elsewhere.
//
// An answer is again sixteen bytes, all bits set where it is yes; bits() makes a number of it, the first byte its lowest bit.
// Cost: an instruction or two a question. Pure, any thread.

#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

// AGENTMESH_PLAIN_SIXTEEN chooses the loop where there is SSE2: for a test of it.
#if defined(__SSE2__) && !defined(AGENTMESH_PLAIN_SIXTEEN)
#define AGENTMESH_SIXTEEN_SSE2
#include <emmintrin.h>
#endif

namespace agentmesh::policy::scan {

class Sixteen {
 public:
#ifdef AGENTMESH_SIXTEEN_SSE2
  static Sixteen at(const char* bytes) {
    return Sixteen(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)));
  }
  static Sixteen all(char c) { return Sixteen(_mm_set1_epi8(c)); }
  Sixteen operator|(Sixteen other) const { return Sixteen(_mm_or_si128(bytes_, other.bytes_)); }
  Sixteen operator&(Sixteen other) const { return Sixteen(_mm_and_si128(bytes_, other.bytes_)); }
  Sixteen is(char c) const { return Sixteen(_mm_cmpeq_epi8(bytes_, _mm_set1_epi8(c))); }
  // ASCII beyond `c`.
  Sixteen above(char c) const { return Sixteen(_mm_cmpgt_epi8(bytes_, _mm_set1_epi8(c))); }
  // Of `first` to `last`, both included, which are ASCII.
  Sixteen within(char first, char last) const {
    // Moved so that the range ends at the greatest of signed bytes.
    const __m128i moved = _mm_add_epi8(bytes_, _mm_set1_epi8(static_cast<char>(127 - last)));
    return Sixteen(_mm_cmpgt_epi8(moved, _mm_set1_epi8(static_cast<char>(127 - last + first - 1))));
  }
  unsigned bits() const { return static_cast<unsigned>(_mm_movemask_epi8(bytes_)); }

 private:
  explicit Sixteen(__m128i bytes) : bytes_(bytes) {}
  __m128i bytes_;
#else
  static Sixteen at(const char* bytes) {
    Sixteen out;
    std::memcpy(out.bytes_.data(), bytes, 16);
    return out;
  }
  static Sixteen all(char c) {
    Sixteen out;
    out.bytes_.fill(static_cast<uint8_t>(c));
    return out;
  }
  Sixteen operator|(Sixteen other) const {
    return made([&](size_t i) { return bytes_[i] | other.bytes_[i]; });
  }
  Sixteen operator&(Sixteen other) const {
    return made([&](size_t i) { return bytes_[i] & other.bytes_[i]; });
  }
  Sixteen is(char c) const {
    return made([&](size_t i) { return bytes_[i] == static_cast<uint8_t>(c) ? 0xFF : 0; });
  }
  Sixteen above(char c) const { return within(static_cast<char>(c + 1), 0x7F); }
  Sixteen within(char first, char last) const {
    return made([&](size_t i) {
      return bytes_[i] >= static_cast<uint8_t>(first) && bytes_[i] <= static_cast<uint8_t>(last)
                 ? 0xFF
                 : 0;
    });
  }
  unsigned bits() const {
    unsigned out = 0;
    for (size_t i = 0; i < 16; ++i) out |= static_cast<unsigned>(bytes_[i] >> 7U) << i;
    return out;
  }

 private:
  template <class Byte>
  static Sixteen made(Byte byte) {
    Sixteen out;
    for (size_t i = 0; i < 16; ++i) out.bytes_[i] = static_cast<uint8_t>(byte(i));
    return out;
  }
  std::array<uint8_t, 16> bytes_{};
#endif
};

// Where the first byte stands that `ask(bytes)` is yes for, from `from` on; the text's size if there is none.
template <class Ask>
size_t find_of(std::string_view text, size_t from, Ask ask) {
  for (; from + 16 <= text.size(); from += 16)
    if (const unsigned found = ask(Sixteen::at(text.data() + from)).bits(); found != 0)
      return from + static_cast<size_t>(std::countr_zero(found));
  if (from >= text.size()) return text.size();
  std::array<char, 16> last{};
  std::copy(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(), last.begin());
  const unsigned there = (1U << (text.size() - from)) - 1;
  const unsigned found = ask(Sixteen::at(last.data())).bits() & there;
  return found != 0 ? from + static_cast<size_t>(std::countr_zero(found)) : text.size();
}

// `ask(bytes)` of 64 bytes, a bit each.
template <class Ask>
uint64_t bits_of_64(const char* bytes, Ask ask) {
  uint64_t bits = 0;
  for (unsigned i = 0; i < 64; i += 16) bits |= uint64_t{ask(Sixteen::at(bytes + i)).bits()} << i;
  return bits;
}

}  // namespace agentmesh::policy::scan
