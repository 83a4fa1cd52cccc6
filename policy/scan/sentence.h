// Sentence: the classes of the words of one sentence, and which rules hold for them. For text.cc alone.
//
// A word is a bit: the words of a class are a 64-bit set, and a step of a rule is a shift and an intersection.
// Cost: nothing per rule unless a word of each of its steps is there; then a few operations a step. Not for two threads at once.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "policy/scan/lexicon.h"
#include "policy/scan/text_rules.h"

namespace agentmesh::policy::scan {

class Sentence {
 public:
  static constexpr size_t kMost = 64;  // words; longer ones are cut

  struct Word {
    ClassSet classes = 0;
    bool fresh = false;    // begins a sentence or stands behind punctuation
    bool comma = false;    // is one
    bool mention = false;  // of a phrase that is talked about: no act begins with it
  };

  void add(const Word& word) {
    const uint64_t here = uint64_t{1} << size_;
    words_[size_++] = word.classes;
    present_ |= word.classes;
    if (word.fresh) fresh_ |= here;
    if (word.comma) commas_ |= here;
    if (word.mention) mentions_ |= here;
  }
  // The same of most words, quickly.
  void add_word(ClassSet classes, bool fresh, bool mention) {
    words_[size_] = classes;
    present_ |= classes;
    fresh_ |= uint64_t{fresh} << size_;
    mentions_ |= uint64_t{mention && classes != 0} << size_;
    ++size_;
  }
  // For many such words in a row, none of them fresh: where the classes of the next go, and what to say afterwards.
  ClassSet* room() { return words_.data() + size_; }
  void added(size_t count, ClassSet present) {
    size_ += count;
    present_ |= present;
  }
  void add_to_last(ClassSet classes) {
    if (size_ == 0) return;
    words_[size_ - 1] |= classes;
    present_ |= classes;
  }
  void take_from_last(ClassSet classes) {
    if (size_ > 0) words_[size_ - 1] &= ~classes;
  }

  // The last word is "the" or the like, and begins a clause: what is asked for may stand behind it, and no order.
  void last_is_article() {
    if (size_ > 0) articles_ |= uint64_t{1} << (size_ - 1);
  }

  size_t size() const { return size_; }
  bool full() const { return size_ == kMost; }
  ClassSet present() const { return present_; }
  void clear();
  // Begins anew with the last `count` words.
  void keep_last(size_t count);

  // A sentence of descriptions is never taken for a report.
  bool holds(const TextRule& rule, bool reports_count);

 private:
  void place();
  uint64_t of(ClassSet any) const;  // the words of these classes
  uint64_t starts(const TextRule& rule, bool reports_count) const;
  bool in_order(const TextRule& rule, uint64_t from) const;
  bool together(const TextRule& rule, uint64_t from) const;
  uint64_t not_specified(uint64_t last) const;

  std::array<ClassSet, kMost> words_{};
  std::array<uint64_t, 128> places_{};  // by class, once placed_
  ClassSet present_ = 0;
  uint64_t fresh_ = 0;
  uint64_t commas_ = 0;
  uint64_t mentions_ = 0;
  uint64_t articles_ = 0;
  size_t size_ = 0;
  bool placed_ = false;
};

}  // namespace agentmesh::policy::scan
