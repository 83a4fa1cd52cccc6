// Sentence words: a sentence in small letters, by its words. For kept.cc and complements.cc, which ask what is done to what in it.
//
// Of a sentence with more words or bytes than are looked at the rest is not there, and cut() says so.
// Cost: one walk over the sentence. Not copied: the words are views of the text in it.

#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "policy/scan/lexicon.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {

inline constexpr size_t kMostSentenceWords = 96;

// "about", "that", "is": where what a thing is called ends.
bool ends_a_name(std::string_view word);
// "not", "cannot", "nobody".
bool denies(std::string_view word);

class SentenceWords {
 public:
  explicit SentenceWords(std::string_view sentence);
  SentenceWords(const SentenceWords&) = delete;
  SentenceWords& operator=(const SentenceWords&) = delete;

  size_t size() const { return size_; }
  // More of the sentence stands behind what was looked at.
  bool cut() const { return cut_; }
  std::string_view at(size_t i) const { return i < size_ ? words_[i] : std::string_view(); }
  ClassSet classes(size_t i) const { return word_classes(at(i)); }
  // A mark stands behind it: of a clause, a sentence or a line.
  bool ends(size_t i) const { return i >= size_ || ends_[i]; }
  // Whether one of the `count` words before the `i`th satisfies `is`; the nearest of them is its index, else size().
  template <class Is>
  size_t before(size_t i, size_t count, Is is) const {
    for (size_t back = 1; back <= count && back <= i; ++back)
      if (is(i - back)) return i - back;
    return size_;
  }

 private:
  std::string text_;
  std::array<std::string_view, kMostSentenceWords> words_;
  std::array<bool, kMostSentenceWords> ends_{};
  size_t size_ = 0;
  bool cut_ = false;
};

// Words [begin, end) of a sentence.
struct SentencePart {
  const SentenceWords& words;
  size_t begin = 0;
  size_t end = 0;
  bool empty() const { return begin >= end; }
  std::string_view first() const { return words.at(begin); }
  template <class List>
  bool holds(const List& list) const {
    for (size_t i = begin; i < end; ++i)
      if (is_among(list, words.at(i))) return true;
    return false;
  }
};

}  // namespace agentmesh::policy::scan
