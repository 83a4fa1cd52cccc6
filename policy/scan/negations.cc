#include "policy/scan/negations.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/lexicon.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kLongestWord = 24;
constexpr size_t kLongestClause = 24;  // words

constexpr std::array<std::string_view, 7> kNots = {"nicht", "niet",   "nie",  "nooit",
                                                   "pas",   "jamais", "point"};
// Which end their clause as well.
constexpr std::array<std::string_view, 4> kLastNots = {"nicht", "niet", "nie", "nooit"};
constexpr std::array<std::string_view, 5> kOnlys = {"nur", "alleen", "seulement", "bloß",
                                                    "slechts"};
constexpr std::array<std::string_view, 3> kPolite = {"sie", "u", "ihr"};
constexpr std::array<std::string_view, 3> kOrs = {"oder", "of", "ou"};
constexpr std::array<std::string_view, 7> kAnds = {"und",  "en",   "et",     "aber",
                                                   "maar", "mais", "sondern"};

// A word, in small letters and without what is drawn into it ("j'", "n'").
struct Word {
  std::string letters;
  char drawn_in = '\0';     // its letter
  bool new_clause = false;  // a mark stands before it
};

class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  // False at the end.
  bool next(Word& word) {
    word = {};
    while (at_ < text_.size() && (!is_of(text_[at_], kWordByte) || mark_at(at_))) {
      const size_t mark = mark_at(at_);
      word.new_clause = word.new_clause || mark != 0 ||
                        std::string_view(",;:.!?()\n").find(text_[at_]) != std::string_view::npos;
      at_ += mark != 0 ? mark : 1;
    }
    if (at_ == text_.size()) return false;
    while (at_ < text_.size() && is_of(text_[at_], kWordByte)) {
      const bool curly = text_.substr(at_, 3) == "\xE2\x80\x99";
      if (curly || text_[at_] == '\'') {
        if (word.letters.size() == 1) {
          word.drawn_in = word.letters[0];
          word.letters.clear();
        }
        at_ += curly ? 3 : 1;
        continue;
      }
      if (mark_at(at_) != 0) break;
      if (word.letters.size() <= kLongestWord) word.letters += lower(text_[at_]);
      ++at_;
    }
    return true;
  }

 private:
  // The bytes of a mark beyond ASCII, a dash or a quotation's; 0 if there is none.
  size_t mark_at(size_t at) const {
    if (text_.substr(at, 2) != "\xE2\x80" || text_.substr(at, 3) == "\xE2\x80\x99") return 0;
    return std::min<size_t>(3, text_.size() - at);
  }

  std::string_view text_;
  size_t at_ = 0;
};

// Whether a negation stands behind what was ignored, where `words` goes on: right there, or at the end of the clause.
bool is_negated_behind(Words words) {
  Word word;
  std::string before;
  std::string last;
  for (size_t i = 0; i < kLongestClause; ++i) {
    const bool more = words.next(word) && !word.new_clause && !is_among(kAnds, word.letters);
    const bool right_behind = i == 1 || (i == 2 && is_among(kPolite, before));
    if (right_behind && is_among(kNots, last)) return !more || !is_among(kOnlys, word.letters);
    if (!more) return is_among(kLastNots, last) && !is_among(kOrs, before);
    before = std::move(last);
    last = word.letters;
  }
  return false;
}

// "Sla … over" passes over it; any other "sla" does something else.
bool has_over(Words words) {
  Word word;
  while (words.next(word))
    if (word.letters == "over") return true;
  return false;
}

}  // namespace

bool ignores_nothing(std::string_view sentence) {
  Words words(sentence);
  bool any = false;
  for (Word word; words.next(word);) {
    if ((word_classes(word.letters) & (bit(WordClass::kIgnore) | bit(WordClass::kIgnora))) == 0)
      continue;
    any = true;
    if (word.drawn_in == 'j' || word.drawn_in == 'n') continue;
    if (word.letters == "sla" && !has_over(words)) continue;
    if (!is_negated_behind(words)) return false;
  }
  return any;
}

}  // namespace agentmesh::policy::scan
