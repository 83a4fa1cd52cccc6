// Plain words: words of up to fifteen letters a to z, which most words are, as two numbers, and the table of those that the lexicon
// knows. For lexicon.cc and text.cc.
//
// Cost: a word is a few operations on whole registers. Most words of most texts are not in the lexicon, and one bit says so; a
// word that is in it is nearly always the first that is looked at. Immutable once made; any thread.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/scan/byte_classes.h"
#include "policy/scan/lexicon.h"

namespace agentmesh::policy::scan {

// The letters that a text begins with, in lower case: the first letter lowest, zeros behind the last.
struct PlainWord {
  static constexpr unsigned kMost = 15;  // letters
  static constexpr size_t kReach = 17;   // bytes that have to be there
  uint64_t first;
  uint64_t second = 0;
  unsigned length;  // beyond kMost: it may be longer

  explicit PlainWord(const char* text)
      : first(eight_bytes(text) | kSmall), length(letters_first(first)) {
    if (length < 8) {
      first &= below(length);
    } else {
      second = eight_bytes(text + 8) | kSmall;
      const unsigned more = letters_first(second);
      length += more;
      second &= more < 8 ? below(more) : 0;
    }
  }

 private:
  static constexpr uint64_t kSmall = 0x2020202020202020;
  static uint64_t below(unsigned bytes) { return (uint64_t{1} << 8 * bytes) - 1; }
};

class WordTable {
 public:
  static constexpr size_t kLongest = 16;  // bytes of a word, plain or not, that has a place

  // Of `words`, which are in lower case, those that have one.
  explicit WordTable(const std::unordered_map<std::string, ClassSet>& words);

  // The classes of a word of up to kLongest bytes, ASCII case aside; 0 if there is none such.
  ClassSet classes(std::string_view word) const;
  ClassSet classes(const PlainWord& word) const { return classes(word.first, word.second); }

 private:
  struct Slot {
    uint64_t first = 0;
    uint64_t second = 0;
    ClassSet classes = 0;
  };

  static uint64_t hash_of(uint64_t first, uint64_t second) {
    const uint64_t product = first * 0x9E3779B97F4A7C15 + second * 0xC2B2AE3D27D4EB4F;
    return product ^ product >> 32;
  }
  ClassSet classes(uint64_t first, uint64_t second) const {
    const uint64_t hash = hash_of(first, second);
    if ((known_[hash >> 53] >> (hash >> 40 & 63) & 1U) == 0) return 0;
    for (size_t at = hash & mask_; slots_[at].first != 0; at = (at + 1) & mask_)
      if (slots_[at].first == first && slots_[at].second == second) return slots_[at].classes;
    return 0;
  }

  std::array<uint64_t, 2048> known_{};  // a bit a hash
  std::vector<Slot> slots_;
  size_t mask_ = 0;
};

// That of the lexicon.
const WordTable& word_table();

}  // namespace agentmesh::policy::scan
