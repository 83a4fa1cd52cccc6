#include "policy/scan/lexicon.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <string>
#include <unordered_map>
#include <vector>

#include "policy/scan/byte_classes.h"
#include "policy/scan/lexicon_words.h"

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

uint64_t short_hash(uint64_t letters) { return ShortWords::hash_of(letters); }

// A word in lower case (ASCII letters) as blocks of eight letters, zeros behind the last: what is asked of a word is asked of
// eight letters at once, and nothing but whole registers goes through memory.
class Lowered {
 public:
  explicit Lowered(std::string_view word) : size_(word.size()) {
    static_assert(std::endian::native ==
                  std::endian::little);  // the first letter is a block's lowest byte
    const char* const letters = word.data();
    size_t block = 0;
    for (; (block + 1) * 8 <= size_; ++block)
      blocks_[block] = lower(load<uint64_t>(letters + block * 8));
    const size_t rest = size_ % 8;
    if (rest == 0) return;
    // The rest without a byte beyond the word: from loads that overlap.
    uint64_t last = 0;
    if (size_ > 8) {
      last = load<uint64_t>(letters + size_ - 8) >> 8 * (8 - rest);
    } else if (rest >= 4) {
      last = load<uint32_t>(letters) | static_cast<uint64_t>(load<uint32_t>(letters + rest - 4))
                                           << 8 * (rest - 4);
    } else {
      for (size_t i = 0; i < rest; ++i) last |= uint64_t{static_cast<uint8_t>(letters[i])} << 8 * i;
    }
    blocks_[block] = lower(last);
  }

  size_t size() const { return size_; }
  char operator[](size_t i) const { return static_cast<char>(blocks_[i / 8] >> 8 * (i % 8)); }
  std::string_view letters() const {
    return {reinterpret_cast<const char*>(blocks_.data()), size_};
  }

  uint64_t first_block() const { return blocks_[0]; }
  // All but long words are one multiplication (FNV-1a took one a letter, in a row).
  uint64_t hash() const {
    uint64_t hash = short_hash(blocks_[0]);
    for (size_t at = 8; at < size_; at += 8) hash = short_hash(hash ^ blocks_[at / 8]);
    return hash;
  }

 private:
  template <class Block>
  static Block load(const char* letters) {
    Block block;
    std::memcpy(&block, letters, sizeof block);
    return block;
  }
  static uint64_t lower(uint64_t letters) {
    constexpr uint64_t kOnes = 0x0101010101010101;
    constexpr uint64_t kHigh = 0x80 * kOnes;
    const uint64_t seven_bits = letters & ~kHigh;
    const uint64_t from_a = seven_bits + (0x80 - 'A') * kOnes;
    const uint64_t behind_z = seven_bits + (0x7F - 'Z') * kOnes;
    return letters | (((from_a ^ behind_z) & ~letters & kHigh) >> 2);
  }

  std::array<uint64_t, kLongest / 8 + 1> blocks_{};
  size_t size_;
};

constexpr std::array<std::string_view, 8> kFuzzy = {"disregard", "override",    "previous",
                                                    "preceding", "instruction", "directive",
                                                    "guideline", "direction"};
constexpr std::string_view kFuzzyStarts = "dopig";

struct Entry {
  std::string word;
  uint64_t letters = 0;  // the first eight
  uint64_t hash = 0;
  ClassSet classes = 0;
};

// Calls `visit(word)` for each of the words that blanks part.
template <class Visit>
void each_word(std::string_view words, Visit visit) {
  for (size_t begin = 0; begin < words.size();) {
    const size_t end = std::min(words.find(' ', begin), words.size());
    if (end > begin) visit(words.substr(begin, end - begin));
    begin = end + 1;
  }
}

class Table {
 public:
  Table() {
    for (const LexiconRow& row : lexicon_rows())
      each_word(row.words, [&](std::string_view word) { put_forms(word, bit(row.word_class)); });
    slots_.resize(std::bit_ceil(entries_.size() * 2));
    for (size_t i = 0; i < entries_.size(); ++i) {
      size_t slot = entries_[i].hash & (slots_.size() - 1);
      while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
      slots_[slot] = static_cast<uint16_t>(i + 1);
    }
    numbers_.clear();
  }

  ClassSet find(const Lowered& word) const {
    return find(word.hash(), [&](const Entry& entry) { return entry.word == word.letters(); });
  }
  ClassSet find_short(uint64_t letters) const {
    return find(short_hash(letters), [&](const Entry& entry) { return entry.letters == letters; });
  }

  const ShortWords::Known& known() const { return known_; }

  // Long words of the kinds that are misspelled on purpose, one letter away.
  ClassSet near(std::string_view word) const {
    for (const std::string_view fuzzy : kFuzzy)
      if (word[0] == fuzzy[0] && one_away(word, fuzzy)) return find(Lowered(fuzzy));
    return 0;
  }

 private:
  // One letter added, left out or wrong, or two swapped; a plural s aside.
  static bool one_away(std::string_view word, std::string_view known) {
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

  template <class Same>
  ClassSet find(uint64_t hash, Same same) const {
    if ((known_[hash >> kKnownShift] >> (hash >> 40 & 63) & 1U) == 0) return 0;
    for (size_t slot = hash & (slots_.size() - 1); slots_[slot] != 0;
         slot = (slot + 1) & (slots_.size() - 1)) {
      const Entry& entry = entries_[slots_[slot] - 1U];
      if (entry.hash == hash && same(entry)) return entry.classes;
    }
    return 0;
  }

  void put(const std::string& word, ClassSet classes) {
    if (classes == 0 || word.size() > kLongest) return;
    const auto [known, fresh] = numbers_.try_emplace(word, entries_.size());
    if (fresh) {
      const Lowered lowered(word);
      const uint64_t hash = lowered.hash();
      entries_.push_back({word, lowered.first_block(), hash, 0});
      known_[hash >> kKnownShift] |= uint64_t{1} << (hash >> 40 & 63);
    }
    entries_[known->second].classes |= classes;
  }

  static constexpr unsigned kKnownShift = ShortWords::kKnownShift;
  ShortWords::Known known_{};    // most words of a text end here
  std::vector<uint16_t> slots_;  // index + 1
  std::vector<Entry> entries_;
  std::unordered_map<std::string, size_t> numbers_;
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
      each_word(row.words, [&](std::string_view word) { words_[word] |= bit(row.word_class); });
    for (const auto& [word, classes] : words_) longest_ = std::max(longest_, word.size());
  }

  RunOn find(std::string_view text) const {
    for (size_t bytes = std::min(longest_, text.size()); bytes >= 3; --bytes) {
      if (bytes < text.size() && (static_cast<uint8_t>(text[bytes]) & 0xC0U) == 0x80U) continue;
      const auto found = words_.find(text.substr(0, bytes));
      if (found != words_.end()) return {found->second, bytes};
    }
    return {};
  }

 private:
  std::unordered_map<std::string_view, ClassSet> words_;
  size_t longest_ = 0;
};

const Table& table() {
  static const Table kTable;
  return kTable;
}

}  // namespace

ShortWords::ShortWords() : known_(&table().known()) {}
ClassSet ShortWords::find(uint64_t letters) { return table().find_short(letters); }

ClassSet word_classes(std::string_view text) {
  if (text.empty() || text.size() > kLongest) return 0;
  const Lowered word(text);
  const ClassSet classes = table().find(word);
  if (classes != 0 || text.size() < 4) return classes;
  const std::string_view letters = word.letters();
  if (letters.size() >= 8 && letters.size() <= 14 &&
      kFuzzyStarts.find(letters[0]) != std::string_view::npos)
    if (const ClassSet near = table().near(letters); near != 0) return near;
  if (std::none_of(letters.begin(), letters.end(), [](char c) { return is_of(c, kDigitByte); }))
    return 0;
  const std::string plain = without_digits(letters);
  return plain.empty() ? 0 : table().find(Lowered(plain));
}

RunOn run_on_word(std::string_view text) {
  static const RunOnTable kTable;
  return kTable.find(text);
}

}  // namespace agentmesh::policy::scan
