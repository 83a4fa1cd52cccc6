// How json*.cc cross a text quickly: find the byte that ends a plain run, many bytes at a time. Private to json*.cc and
// their tests.
//
// Every find_* looks in [p, end), reads nothing outside it, and returns `end` if there is no such byte. A Block is a
// few bytes looked at together: sixteen with SSE2, eight in a word everywhere; both are compiled where both can be, so
// that one can test the other.

#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace agentmesh::json {

// Eight bytes in a word. A mask has the high bit of each matching byte set; the lowest set bit is always right, bits
// above it may be wrong (a borrow ran through), so only the lowest may be used.
struct WordBlock {
  using Mask = uint64_t;
  static constexpr size_t kBytes = 8;
  static constexpr uint64_t kOnes = 0x0101'0101'0101'0101U;
  static constexpr uint64_t kHighs = 0x8080'8080'8080'8080U;

  explicit WordBlock(const char* p) {
    for (unsigned i = 0; i < 8; ++i) word |= uint64_t{static_cast<unsigned char>(p[i])} << (8 * i);
  }
  Mask equal(char c) const {
    const uint64_t x = word ^ kOnes * static_cast<unsigned char>(c);
    return (x - kOnes) & ~x & kHighs;
  }
  Mask control() const { return (word - kOnes * 0x20) & ~word & kHighs; }
  static size_t index(Mask mask) { return static_cast<size_t>(std::countr_zero(mask)) / 8; }

  uint64_t word = 0;
};

#if defined(__SSE2__)
struct SseBlock {
  using Mask = uint32_t;
  static constexpr size_t kBytes = 16;

  explicit SseBlock(const char* p) : bytes(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))) {}
  Mask equal(char c) const { return mask(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c))); }
  Mask control() const {
    return mask(_mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes));
  }
  Mask curly_or_square(char curly) const {  // '{' and '[', or '}' and ']': they differ in one bit
    return mask(_mm_cmpeq_epi8(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8(curly)));
  }
  static size_t index(Mask mask) { return static_cast<size_t>(std::countr_zero(mask)); }
  static Mask mask(__m128i matches) { return static_cast<Mask>(_mm_movemask_epi8(matches)); }

  __m128i bytes;
};
using WideBlock = SseBlock;
#else
using WideBlock = WordBlock;
#endif

// What is looked for.
struct StringStop {  // a quote, a backslash, or a control character, which no string may hold
  template <class Block>
  static auto in(const Block& block) {
    return block.equal('"') | block.equal('\\') | block.control();
  }
  static bool is(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }
};
struct StringEnd {  // a quote or a backslash, in a text that was read before
  template <class Block>
  static auto in(const Block& block) {
    return block.equal('"') | block.equal('\\');
  }
  static bool is(char c) { return c == '"' || c == '\\'; }
};
template <class Stop, class Block>
const char* find_in_blocks(const char* p, const char* end) {
  while (static_cast<size_t>(end - p) >= Block::kBytes) {
    if (const auto mask = Stop::in(Block(p)); mask != 0) return p + Block::index(mask);
    p += Block::kBytes;
  }
  while (p != end && !Stop::is(*p)) ++p;
  return p;
}

template <class Stop>
const char* find(const char* p, const char* end) {
  return find_in_blocks<Stop, WideBlock>(p, end);
}

inline bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

inline const char* skip_blanks(const char* p, const char* end) {
  while (p != end && is_blank(*p)) ++p;
  return p;
}

// The quote that ends a string, from any place in it behind the first quote; `end` if there is none.
inline const char* find_closing_quote(const char* p, const char* end) {
  for (;;) {
    p = find<StringEnd>(p, end);
    if (p == end || *p == '"') return p;
    if (end - p < 2) return end;
    p += 2;
  }
}

// The bytes of 64 that matter to the depth of a text, one bit each, the first byte lowest.
struct Structure {
  static constexpr size_t kBytes = 64;
  uint64_t quotes = 0;
  uint64_t backslashes = 0;
  uint64_t opening = 0;
  uint64_t closing = 0;
};

inline Structure structure_by_bytes(const char* p) {
  Structure s;
  for (unsigned i = 0; i < Structure::kBytes; ++i) {
    const uint64_t bit = uint64_t{1} << i;
    if (p[i] == '"') s.quotes |= bit;
    if (p[i] == '\\') s.backslashes |= bit;
    if (p[i] == '{' || p[i] == '[') s.opening |= bit;
    if (p[i] == '}' || p[i] == ']') s.closing |= bit;
  }
  return s;
}

#if defined(__SSE2__)
inline Structure structure_of(const char* p) {
  Structure s;
  for (unsigned i = 0; i < Structure::kBytes; i += SseBlock::kBytes) {
    const SseBlock block(p + i);
    s.quotes |= uint64_t{block.equal('"')} << i;
    s.backslashes |= uint64_t{block.equal('\\')} << i;
    s.opening |= uint64_t{block.curly_or_square('{')} << i;
    s.closing |= uint64_t{block.curly_or_square('}')} << i;
  }
  return s;
}
#else
inline Structure structure_of(const char* p) { return structure_by_bytes(p); }
#endif

// Tells what is inside strings, 64 bytes after 64 bytes, from the beginning of a value.
class StringTracker {
 public:
  // The bytes of the next block that belong to strings (a string's first quote is in, its last is out).
  uint64_t inside(const Structure& s) {
    const uint64_t quotes = s.quotes & ~escaped(s.backslashes);
    uint64_t in = quotes;  // each bit becomes the parity of the quotes up to it
    for (unsigned shift = 1; shift < 64; shift *= 2) in ^= in << shift;
    in ^= in_string_;
    in_string_ = (in >> 63) != 0 ? ~uint64_t{0} : 0;
    return in;
  }
  // Whether the last block ended inside a string, and what follows it is not escaped.
  bool within_string() const { return in_string_ != 0 && first_escaped_ == 0; }

 private:
  // The bytes that a backslash before them takes the meaning from. Few blocks have many.
  uint64_t escaped(uint64_t backslashes) {
    uint64_t escaped = first_escaped_;
    backslashes &= ~first_escaped_;
    first_escaped_ = 0;
    while (backslashes != 0) {
      const uint64_t backslash = backslashes & (~backslashes + 1);
      const uint64_t next = backslash << 1;
      if (next == 0) first_escaped_ = 1;
      escaped |= next;
      backslashes &= ~(backslash | next);
    }
    return escaped;
  }

  uint64_t in_string_ = 0;      // all ones if the last block ended inside a string
  uint64_t first_escaped_ = 0;  // 1 if it ended with a backslash that escapes
};

}  // namespace agentmesh::json
