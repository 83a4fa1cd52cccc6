#include "policy/scan/labels.h"

#include <algorithm>
#include <array>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/lexicon.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

// The words behind a label, as far as they tell a report from an order.
struct Labelled {
  static constexpr size_t kMost = 8;
  std::array<std::string_view, kMost> words;
  std::array<ClassSet, kMost> classes{};
  size_t size = 0;
  bool said = false;  // a sign ends it, as it ends a sentence
  bool colon_first = false;

  explicit Labelled(std::string_view behind) {
    for (size_t at = 0; at < behind.size() && size < kMost;) {
      const char c = behind[at];
      if (!is_of(c, kWordByte)) {
        said = (c == '.' || c == '!') &&
               (at + 1 == behind.size() || behind[at + 1] == ' ' || behind[at + 1] == '\n');
        if (size > 0 && (c == '\n' || said)) return;
        colon_first = colon_first || (c == ':' && size == 1);
        ++at;
        continue;
      }
      size_t end = at;
      while (end < behind.size() && is_of(behind[end], kWordByte)) ++end;
      words[size] = behind.substr(at, end - at);
      classes[size] = word_classes(words[size]);
      if (words[size].ends_with("ed")) classes[size] &= ~bit(WordClass::kMust);  // "needed"
      ++size;
      at = end;
    }
  }
  // Whether one of the words from the `first` on, `count` of them at most, is of any of these.
  bool holds(ClassSet any, size_t first, size_t count = kMost) const {
    for (size_t i = first; i < size && i - first < count; ++i)
      if ((classes[i] & any) != 0) return true;
    return false;
  }
  // "removed", "failed": what became of it.
  bool tells(size_t first) const {
    return std::any_of(
        words.begin() + static_cast<std::ptrdiff_t>(std::min(first, size)),
        words.begin() + static_cast<std::ptrdiff_t>(size),
        [](std::string_view word) { return word.size() > 3 && word.ends_with("ed"); });
  }
};

bool is_determiner(std::string_view word) {
  static constexpr std::array<std::string_view, 28> kDeterminers = {
      "the", "a",   "an",  "your", "my",   "our", "his", "her", "their", "der",
      "die", "das", "den", "ein",  "eine", "le",  "la",  "les", "un",    "une",
      "el",  "los", "las", "il",   "lo",   "het", "een", "o"};
  return is_among(kDeterminers, ascii_lower(word));
}

}  // namespace

bool is_label(std::string_view behind) {
  if (behind.empty() || behind[0] != ' ') return false;
  behind.remove_prefix(1);
  const std::string_view word = behind.substr(0, behind.find_first_of(" .:,\n"));
  if (word.ends_with('s') && in(word_classes(word), WordClass::kInstruction)) return false;
  return word.ends_with('s') || word.ends_with("ed") || word.ends_with("ing");
}

bool begins_order(std::string_view behind) {
  using enum WordClass;
  constexpr ClassSet kVerbs = bit(kIgnore) | bit(kIgnora) | bit(kTell) | bit(kAsk) | bit(kHide) |
                              bit(kUse) | bit(kRead) | bit(kSend) | bit(kPass) | bit(kSay) |
                              bit(kPut) | bit(kReveal) | bit(kActAs) | bit(kEnable) | bit(kFollow) |
                              bit(kSolve) | bit(kReplace) | bit(kKeep) | bit(kStop) | bit(kLeave) |
                              bit(kDo) | bit(kHarm) | bit(kSecretly) | bit(kPrefer);
  constexpr ClassSet kSpokenTo = bit(kMust) | bit(kYou) | bit(kYour) | bit(kAll) | bit(kThis);
  constexpr ClassSet kLead = bit(kPlease) | bit(kNow) | bit(kAnd);
  constexpr ClassSet kOthers =
      bit(kNot) | bit(kNew) | bit(kFrom) | bit(kAll) | bit(kPrior) | bit(kInstruction) | bit(kAi);
  constexpr ClassSet kMeant = bit(kYou) | bit(kYour) | bit(kInstruction) | bit(kUser) | bit(kModel);
  constexpr ClassSet kBecome = bit(kNow) | bit(kFree) | bit(kModel) | bit(kModeName) | bit(kLonger);
  constexpr size_t kNear = 5;

  const Labelled label(behind);
  size_t first = 0;
  bool asked = false;
  for (; first < label.size && (label.classes[first] & kLead) != 0; ++first)
    asked = asked || (label.classes[first] & bit(kPlease)) != 0;
  if (first == label.size) return false;
  const ClassSet classes = label.classes[first];
  const bool next = first + 1 < label.size;
  const ClassSet behind_first = next ? label.classes[first + 1] : 0;
  if (asked && next && is_determiner(label.words[first + 1])) return true;
  if ((classes & bit(kYou)) != 0) {
    // "You have 3 unread messages", "You are logged in"
    if ((behind_first & (bit(kMust) | kVerbs)) != 0 || label.holds(bit(kNow), first, 3))
      return true;
    if ((behind_first & bit(kHas)) != 0) return label.holds(bit(kTo), first + 2, 1);
    return (behind_first & bit(kAre)) != 0 &&
           (label.holds(kBecome, first + 2, 2) ||
            (first + 2 < label.size && is_determiner(label.words[first + 2])));
  }
  if ((classes & kVerbs) != 0) {
    if (next && is_determiner(label.words[first + 1])) return true;
    if (!next) return label.said;
    // "Call from extension 12", "Leave request of Anna approved", "Stop signal received."
    if ((behind_first & (bit(kOf) | bit(kFor) | bit(kAre) | bit(kHas))) != 0 &&
        (behind_first & bit(kTo)) == 0)
      return false;
    if (label.words[first + 1].ends_with("ed")) return false;
    return label.holds(kSpokenTo, first + 1) || (label.said && !label.tells(first + 1));
  }
  if (first > 0 && (classes & kOthers) == 0) return false;
  if (label.colon_first && (classes & (bit(kAi) | bit(kModel))) != 0) return true;
  if ((classes & bit(kInstruction)) != 0 && (classes & kOthers & ~bit(kInstruction)) == 0)
    return label.colon_first ||
           label.holds(kMeant & ~bit(kInstruction) & ~bit(kUser), first + 1, kNear);
  const ClassSet meant = in(classes, kNew) ? kMeant & ~(bit(kUser) | bit(kModel)) : kMeant;
  return (classes & kOthers) != 0 && !label.tells(first + 1) &&
         label.holds(meant, first + 1, kNear);
}

}  // namespace agentmesh::policy::scan
