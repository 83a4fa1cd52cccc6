// The keys of the objects still open while a text is read, and the search for those that repeat. Private to
// json_reader.cc and its tests.
//
// Order: begin() per text, add() per key, close() at the end of every object that had one. Cost: linear for any keys
// whose hashes differ and for any that are equal; n log n comparisons if hashes collide by design. Memory: 16 bytes per
// key still open, 4 more per key of an object while it is closed, and the longest key that has escapes.

#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace agentmesh::json {

class OpenKeys {
 public:
  void begin(std::string_view text) {
    text_ = text;
    keys_.clear();
  }
  // `inner`: the key's bytes between its quotes, inside the text.
  void add(std::string_view inner, bool first_of_object, bool escaped) {
    const size_t offset = static_cast<size_t>(inner.data() - text_.data()) - 1;
    const uint64_t hash = hash_of(escaped ? unescape(inner) : inner);
    keys_.push_back({hash, static_cast<uint32_t>(offset), first_of_object, escaped});
  }
  // Takes the keys of the innermost open object off, and reports those that repeat.
  void close(Report& report);
  // Gives back what an unusually large text took.
  void release();
  // Of a key's content. Differs for any two keys of one length up to 8; else as chance has it.
  static uint64_t hash_of(std::string_view content);
  size_t capacity_bytes() const {
    return keys_.capacity() * sizeof(Key) + (seen_.capacity() + again_.capacity()) * 8 +
           scratch_.capacity();
  }

 private:
  struct Key {
    uint64_t hash;    // of the content
    uint32_t offset;  // of the opening quote
    bool first;       // of its object
    bool escaped;
  };
  std::string_view unescape(std::string_view inner);
  std::string_view inner_of(const Key& key) const;
  int compare(const Key& a, const Key& b) const;
  bool same(const Key& a, const Key& b) const { return a.hash == b.hash && compare(a, b) == 0; }
  void search_pairs(std::span<Key> keys, Report& report) const;
  void search_large(std::span<Key> keys, Report& report);
  void search_equal_hashes(std::span<Key> keys, Report& report) const;
  std::span<Key> keep_suspects(std::span<Key> keys);

  std::string_view text_;
  std::vector<Key> keys_;
  std::vector<uint64_t> seen_;   // one bit per slot of hashes: some key is here
  std::vector<uint64_t> again_;  // more than one is
  std::string scratch_;
};

inline uint64_t OpenKeys::hash_of(std::string_view content) {
  const char* p = content.data();
  const size_t size = content.size();
  const auto load = [](const char* from, size_t bytes) {
    uint64_t word = 0;
    std::memcpy(&word, from, bytes);
    return word;
  };
  uint64_t hash = size;
  const auto mix = [&hash](uint64_t word) {
    hash = (hash ^ word) * 0x9E37'79B9'7F4A'7C15U;  // an odd number: what differs stays different
    hash ^= hash >> 32;
  };
  if (size >= 8) {
    for (size_t i = 0; i + 8 <= size; i += 8) mix(load(p + i, 8));
    if (size % 8 != 0) mix(load(p + size - 8, 8));
  } else if (size >= 4) {
    mix(load(p, 4) | load(p + size - 4, 4) << 32);
  } else if (size > 0) {
    mix(load(p, 1) | load(p + size / 2, 1) << 8 | load(p + size - 1, 1) << 16);
  }
  mix(0);
  return hash;
}

}  // namespace agentmesh::json
