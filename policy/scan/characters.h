// Characters: what a code point is to whoever looks for text that is not seen: which ones leave no mark, join letters, change
// direction, are part of an emoji.
//
// Source: the Unicode Character Database, in ranges that are as wide as the scanners need them.
// Cost: a few comparisons a question. Pure functions, any thread.

#pragma once

#include <cstdint>

namespace agentmesh::policy::scan {

constexpr bool between(uint32_t value, uint32_t low, uint32_t high) {
  return value >= low && value <= high;
}

constexpr bool is_ascii_alnum(uint32_t c) {
  return between(c, '0', '9') || between(c, 'a', 'z') || between(c, 'A', 'Z');
}

constexpr bool is_right_to_left(uint32_t c) {
  return between(c, 0x590, 0x8FF) || between(c, 0xFB1D, 0xFDFF) || between(c, 0xFE70, 0xFEFE) ||
         between(c, 0x10800, 0x10FFF) || between(c, 0x1E800, 0x1EFFF);
}

// Scripts whose writing uses ZWJ, ZWNJ or ZWSP: Arabic and Syriac to Tibetan, Myanmar, Ethiopic to Mongolian, Khmer, Balinese …,
// and the East Asian ones, where ZWSP marks a place to break.
constexpr bool joins(uint32_t c) {
  return between(c, 0x600, 0x109F) || between(c, 0x1780, 0x1C4F) || between(c, 0x2E80, 0xA4CF) ||
         between(c, 0xA800, 0xABFF) || between(c, 0xAC00, 0xD7FF) || between(c, 0xF900, 0xFAFF) ||
         between(c, 0xFB50, 0xFEFC) || between(c, 0x11000, 0x11FFF) || between(c, 0x20000, 0x3FFFF);
}

constexpr bool is_emoji_part(uint32_t c) {
  return between(c, 0x2190, 0x2BFF) || between(c, 0x1F000, 0x1FAFF) || c == 0xFE0F || c == 0x200D ||
         c == 0x20E3 || c == 0x3030 || c == 0x303D || c == 0x3297 || c == 0x3299 || c == 0xA9 ||
         c == 0xAE || between(c, 0xE0020, 0xE007F);
}

constexpr bool is_tag(uint32_t c) { return between(c, 0xE0000, 0xE007F); }
constexpr bool is_selector(uint32_t c) {
  return between(c, 0xFE00, 0xFE0F) || between(c, 0xE0100, 0xE01EF);
}
constexpr bool is_mark(uint32_t c) {
  return between(c, 0x300, 0x36F) || between(c, 0x483, 0x489) || between(c, 0x1AB0, 0x1AFF) ||
         between(c, 0x1DC0, 0x1DFF) || between(c, 0x20D0, 0x20FF) || between(c, 0xFE20, 0xFE2F);
}

// Leaves no mark of its own (Default_Ignorable_Code_Point, and U+FFF0 to U+FFFB).
constexpr bool is_default_ignorable(uint32_t c) {
  if (c < 0xAD || between(c, 0x3165, 0xFDFF)) return false;
  return c == 0xAD || c == 0x34F || c == 0x61C || c == 0x115F || c == 0x1160 || c == 0x17B4 ||
         c == 0x17B5 || between(c, 0x180B, 0x180F) || between(c, 0x200B, 0x200F) ||
         between(c, 0x202A, 0x202E) || between(c, 0x2060, 0x206F) || c == 0x3164 ||
         between(c, 0xFE00, 0xFE0F) || c == 0xFEFF || c == 0xFFA0 || between(c, 0xFFF0, 0xFFFB) ||
         between(c, 0x1BCA0, 0x1BCA3) || between(c, 0x1D173, 0x1D17A) ||
         between(c, 0xE0000, 0xE0FFF);
}

}  // namespace agentmesh::policy::scan
