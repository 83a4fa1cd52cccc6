// Word lists: whether a word is one of a few dozen. The first letter and the last are looked at before the rest: a list of names is
// asked for every key of every call, and nearly always the answer is no.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

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

// Phrases of two letters and more that are looked for anywhere in a text: only where one of them may begin by its first two.
template <size_t N>
class Phrases {
 public:
  constexpr explicit Phrases(const std::array<std::string_view, N>& phrases) : phrases_(phrases) {
    for (const std::string_view phrase : phrases_) firsts_[static_cast<uint8_t>(phrase[0])] = true;
  }
  bool in(std::string_view text) const {
    for (size_t at = 0; at + 1 < text.size(); ++at) {
      if (!firsts_[static_cast<uint8_t>(text[at])]) continue;
      for (const std::string_view phrase : phrases_)
        if (phrase[0] == text[at] && phrase[1] == text[at + 1] &&
            text.substr(at, phrase.size()) == phrase)
          return true;
    }
    return false;
  }

 private:
  std::array<std::string_view, N> phrases_;
  std::array<bool, 256> firsts_{};
};

}  // namespace agentmesh::policy::scan
