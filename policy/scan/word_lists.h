// Word lists: whether a word is one of a few dozen. The first letter and the last are looked at before the rest: a list of names is
// asked for every key of every call, and nearly always the answer is no.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policy/scan/byte_classes.h"

namespace agentmesh::policy::scan {

template <class Words>
bool is_among(const Words& words, std::string_view word) {
  for (const std::string_view each : words)
    if (each.size() == word.size() &&
        (word.empty() ||
         (each.front() == word.front() && each.back() == word.back() && each == word)))
      return true;
  return false;
}

// A longer list, of which those of the word's size are looked at.
template <size_t N>
class SizedWords {
 public:
  constexpr explicit SizedWords(const std::string_view (&words)[N]) {
    size_t count = 0;
    for (size_t size = 0; size + 1 < from_.size(); ++size) {
      from_[size] = static_cast<uint8_t>(count);
      for (const std::string_view word : words)
        if (word.size() == size) words_[count++] = word;
    }
    from_.back() = static_cast<uint8_t>(count);
  }
  bool hold(std::string_view word) const {
    if (word.size() > kLongest) return false;
    for (size_t i = from_[word.size()]; i < from_[word.size() + 1]; ++i)
      if (words_[i] == word) return true;
    return false;
  }

 private:
  static constexpr size_t kLongest = 39;
  static_assert(N < 256);
  std::array<std::string_view, N> words_{};   // in the order of their sizes
  std::array<uint8_t, kLongest + 2> from_{};  // where those of a size begin
};

// Phrases of two letters and more that are looked for anywhere in a text: only where one of them may begin by its first two.
template <size_t N>
class Phrases {
 public:
  constexpr explicit Phrases(const std::array<std::string_view, N>& phrases) {
    size_t count = 0;
    for (size_t first = 0; first < seconds_.size(); ++first) {
      from_[first] = static_cast<uint8_t>(count);
      for (const std::string_view phrase : phrases)
        if (static_cast<uint8_t>(phrase[0]) == first) {
          phrases_[count++] = phrase;
          seconds_[first] |= bit(phrase[1]);
        }
    }
    from_[seconds_.size()] = static_cast<uint8_t>(count);
    for (size_t c = 'a'; c <= 'z'; ++c) seconds_[c - 'a' + 'A'] |= seconds_[c];
  }
  bool in(std::string_view text) const {
    return any(text, [text](size_t at, std::string_view phrase) {
      return text.substr(at, phrase.size()) == phrase;
    });
  }
  // The same of phrases in small letters, whatever the text's are.
  bool in_any_case(std::string_view text) const {
    return any(text, [text](size_t at, std::string_view phrase) {
      if (text.size() - at < phrase.size()) return false;
      for (size_t i = 0; i < phrase.size(); ++i)
        if (lower(text[at + i]) != phrase[i]) return false;
      return true;
    });
  }

 private:
  static constexpr uint32_t bit(char c) { return uint32_t{1} << (static_cast<uint8_t>(c) % 32); }

  template <class Begins>
  bool any(std::string_view text, Begins begins) const {
    for (size_t at = 0; at + 1 < text.size(); ++at) {
      if ((seconds_[static_cast<uint8_t>(text[at])] & bit(text[at + 1])) == 0) continue;
      const auto first = static_cast<uint8_t>(lower(text[at]));
      for (size_t i = from_[first]; i < from_[first + 1U]; ++i)
        if (begins(at, phrases_[i])) return true;
    }
    return false;
  }

  std::array<std::string_view, N> phrases_{};  // in the order of their first letters, all small
  std::array<uint8_t, 257> from_{};            // where those of a letter begin
  std::array<uint32_t, 256>
      seconds_{};  // by the first letter of a phrase, a bit for each second one
};

}  // namespace agentmesh::policy::scan
