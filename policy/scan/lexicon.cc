#include "policy/scan/lexicon.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/lexicon_words.h"
#include "policy/scan/plain_words.h"

namespace agentmesh::policy::scan {
namespace {

using enum WordClass;

// Classes that a third person, an -ed form and an -ing form do not keep from their verb.
constexpr ClassSet kNotThird = bit(kIgnore) | bit(kSend) | bit(kHide) | bit(kStop) | bit(kActAs) |
                               bit(kPass) | bit(kReveal) | bit(kRead) | bit(kHarm);
constexpr ClassSet kNotEd =
    bit(kIgnore) | bit(kSend) | bit(kPass) | bit(kReveal) | bit(kRead) | bit(kPut) | bit(kUse) |
    bit(kFollow) | bit(kActAs) | bit(kSay) | bit(kTell) | bit(kHide) | bit(kAsk) | bit(kSolve) |
    bit(kPrompt) | bit(kDo) | bit(kKnow) | bit(kLeave) | bit(kPlay) | bit(kStop) | bit(kHarm);
constexpr ClassSet kNotIng = kNotEd;
// Words of these have one form ("pas" is no singular of "pass").
constexpr ClassSet kOneForm =
    bit(kNot) | bit(kNo) | bit(kWithout) | bit(kAll) | bit(kYour) | bit(kAnd) | bit(kTo) |
    bit(kFrom) | bit(kYou) | bit(kAre) | bit(kThis) | bit(kOf) | bit(kNow) | bit(kWhen) |
    bit(kFor) | bit(kAs) | bit(kOver) | bit(kHas) | bit(kEvery) | bit(kPerson) | bit(kNothing) |
    bit(kHello) | bit(kBefore) | bit(kFirst) | bit(kBetween) | bit(kOut) | bit(kOther) |
    bit(kPlease) | bit(kPrior) | bit(kDespite);

constexpr size_t kLongest = 32;  // bytes of a word that is looked up

constexpr size_t kLongestMisspelled = 14;
constexpr std::array<std::string_view, 8> kMisspelled = {"disregard", "override",    "previous",
                                                         "preceding", "instruction", "directive",
                                                         "guideline", "direction"};

// Calls `visit(word)` for each of the words that blanks part.
template <class Visit>
void each_word(std::string_view words, Visit visit) {
  for (size_t begin = 0; begin < words.size();) {
    const size_t end = std::min(words.find(' ', begin), words.size());
    if (end > begin) visit(words.substr(begin, end - begin));
    begin = end + 1;
  }
}

// The words of the lexicon, each with its forms.
class Words {
 public:
  Words() {
    for (const LexiconRow& row : lexicon_rows())
      each_word(row.words, [&](std::string_view word) { put_forms(word, bit(row.word_class)); });
  }
  const std::unordered_map<std::string, ClassSet>& all() const { return words_; }

 private:
  // A word and, of an English one, what it may be inflected to.
  void put_forms(std::string_view text, ClassSet classes) {
    const std::string word(text);
    put(word, classes);
    if ((classes & kOneForm) != 0) return;
    if (word.size() < 3 ||
        !std::all_of(word.begin(), word.end(), [](char c) { return is_of(c, kAlphaByte); }))
      return;
    const std::string stem = word.substr(0, word.size() - 1);
    const char last = word.back();
    put(word + "'s", classes);
    const ClassSet third = classes & ~kNotThird;
    put(word + "s", third);
    if (last == 'y') put(stem + "ies", third);
    if (last == 's' || last == 'h' || last == 'x') put(word + "es", third);
    const bool doubles =
        word.size() >= 3 && std::string_view("bdgmnpt").find(last) != std::string_view::npos;
    put(last == 'e' ? word + "d" : word + "ed", classes & ~kNotEd);
    put(last == 'e' ? stem + "ing" : word + "ing", classes & ~kNotIng);
    if (last == 'y') put(stem + "ied", classes & ~kNotEd);
    if (doubles) put(word + last + "ed", classes & ~kNotEd);
    if (doubles) put(word + last + "ing", classes & ~kNotIng);
  }

  void put(const std::string& word, ClassSet classes) {
    if (classes != 0 && word.size() <= kLongest) words_[word] |= classes;
  }

  std::unordered_map<std::string, ClassSet> words_;
};

struct Table {
  WordTable plain;
  std::unordered_map<std::string, ClassSet> long_ones;
};

// Digits that stand for letters, as in pr3v10us; "" if there are none between letters.
std::string without_digits(std::string_view word) {
  constexpr std::string_view kDigits = "013457";
  constexpr std::string_view kLetters = "oieast";
  std::string out(word);
  bool digit = false;
  size_t letters = 0;
  for (char& c : out) {
    if (is_of(c, kAlphaByte)) {
      ++letters;
      continue;
    }
    const size_t at = kDigits.find(c);
    if (at == std::string_view::npos) return {};
    c = kLetters[at];
    digit = true;
  }
  return digit && letters * 2 >= out.size() ? out : std::string();
}

class RunOnTable {
 public:
  RunOnTable() {
    for (const LexiconRow& row : run_on_rows())
      each_word(row.words, [&](std::string_view word) {
        words_[word] |= bit(row.word_class);
        uint8_t& longest = longest_[first_of(word)];
        longest = std::max(longest, static_cast<uint8_t>(word.size()));
      });
  }

  RunOn find(std::string_view text) const {
    if (text.size() < kCharacter) return {};
    for (size_t bytes = std::min<size_t>(longest_[first_of(text)], text.size());
         bytes >= kCharacter; --bytes) {
      if (bytes < text.size() && (static_cast<uint8_t>(text[bytes]) & 0xC0U) == 0x80U) continue;
      const auto found = words_.find(text.substr(0, bytes));
      if (found != words_.end()) return {found->second, bytes};
    }
    return {};
  }

 private:
  static constexpr size_t kCharacter = 3;
  // Tells most characters from those that words begin with.
  static size_t first_of(std::string_view word) {
    const auto byte = [word](size_t i) { return static_cast<uint8_t>(word[i]) & 63U; };
    return (byte(0) << 8U ^ byte(1) << 6U ^ byte(2)) % kFirsts;
  }
  static constexpr size_t kFirsts = 4096;

  std::unordered_map<std::string_view, ClassSet> words_;
  std::array<uint8_t, kFirsts> longest_{};  // bytes, by first_of()
};

const Table& table() {
  static const Table kTable = [] {
    const Words words;
    Table out{WordTable(words.all()), words.all()};
    std::erase_if(out.long_ones,
                  [](const auto& entry) { return entry.first.size() <= WordTable::kLongest; });
    out.long_ones.rehash(0);
    return out;
  }();
  return kTable;
}

ClassSet of_lexicon(std::string_view word) {
  if (word.size() <= WordTable::kLongest) return table().plain.classes(word);
  const auto found = table().long_ones.find(ascii_lower(word));
  return found == table().long_ones.end() ? 0 : found->second;
}

char small(char c) { return is_of(c, kUpperByte) ? static_cast<char>(c + 32) : c; }

// One letter added, left out or wrong, or two swapped; a plural s aside.
bool one_away(std::string_view word, std::string_view known) {
  if (word.back() == 's' && known.back() != 's') word.remove_suffix(1);
  size_t front = 0;
  while (front < word.size() && front < known.size() && word[front] == known[front]) ++front;
  size_t back = 0;
  while (back < word.size() - front && back < known.size() - front &&
         word[word.size() - 1 - back] == known[known.size() - 1 - back])
    ++back;
  const size_t left = word.size() - front - back;
  const size_t right = known.size() - front - back;
  if (left == 2 && right == 2)
    return word[front] == known[front + 1] && word[front + 1] == known[front];
  return left <= 1 && right <= 1;
}

// What a long word means that is one letter away from one of those; 0 if it is not.
ClassSet misspelled(std::string_view text) {
  std::array<char, kLongestMisspelled> letters;
  const char first = small(text[0]);
  if (!may_be_misspelled(first)) return 0;
  for (const std::string_view known : kMisspelled) {
    if (first != known[0]) continue;
    std::transform(text.begin(), text.end(), letters.begin(), small);
    if (one_away({letters.data(), text.size()}, known)) return of_lexicon(known);
  }
  return 0;
}

}  // namespace

const WordTable& word_table() { return table().plain; }

ClassSet word_classes(std::string_view text) {
  if (text.empty() || text.size() > kLongest) return 0;
  if (const ClassSet classes = of_lexicon(text); classes != 0 || text.size() < 4) return classes;
  if (text.size() >= kShortestMisspelled && text.size() <= kLongestMisspelled)
    if (const ClassSet near = misspelled(text); near != 0) return near;
  if (std::none_of(text.begin(), text.end(), [](char c) { return is_of(c, kDigitByte); })) return 0;
  const std::string plain = without_digits(ascii_lower(text));
  return plain.empty() ? 0 : of_lexicon(plain);
}

RunOn run_on_word(std::string_view text) {
  static const RunOnTable kTable;
  return kTable.find(text);
}

}  // namespace agentmesh::policy::scan
