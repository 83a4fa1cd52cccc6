#include "policy/scan/plain_words.h"

#include <bit>

namespace agentmesh::policy::scan {
namespace {

// A word of up to sixteen bytes, capitals made small, as two numbers.
struct Key {
  uint64_t first = 0;
  uint64_t second = 0;
};

Key key_of(std::string_view word) {
  const char* const bytes = word.data();
  const size_t size = word.size();
  if (size > 8)  // the second without a byte beyond the word: from loads that overlap
    return {eight_lower(bytes), eight_lower(bytes + size - 8) >> 8 * (WordTable::kLongest - size)};
  if (size == 8) return {eight_lower(bytes), 0};
  uint64_t few = 0;
  for (size_t i = 0; i < size; ++i) few |= uint64_t{static_cast<uint8_t>(bytes[i])} << 8 * i;
  return {lowered(few), 0};
}

}  // namespace

WordTable::WordTable(const std::unordered_map<std::string, ClassSet>& words)
    : slots_(std::bit_ceil(words.size() * 5 / 4)), mask_(slots_.size() - 1) {
  for (const auto& [word, classes] : words) {
    if (word.size() > kLongest) continue;
    const Key key = key_of(word);
    const uint64_t hash = hash_of(key.first, key.second);
    known_[hash >> 53] |= uint64_t{1} << (hash >> 40 & 63);
    size_t at = hash & mask_;
    while (slots_[at].first != 0) at = (at + 1) & mask_;
    slots_[at] = {key.first, key.second, classes};
  }
}

ClassSet WordTable::classes(std::string_view word) const {
  const Key key = key_of(word);
  return classes(key.first, key.second);
}

}  // namespace agentmesh::policy::scan
