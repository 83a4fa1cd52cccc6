#include "policy/scan/complements.h"

#include <array>
#include <cstddef>

#include "policy/scan/byte_classes.h"
#include "policy/scan/lexicon.h"
#include "policy/scan/sentence_words.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

using enum WordClass;

template <size_t N>
using List = std::array<std::string_view, N>;

// What models are told, beyond the lexicon's instructions.
constexpr List<35> kSaid = {
    "statement",  "statements", "text",     "texts",     "input",    "inputs",      "word",
    "words",      "thing",      "things",   "content",   "training", "persona",     "role",
    "roles",      "alignment",  "behavior", "behaviour", "sentence", "sentences",   "paragraph",
    "paragraphs", "stuff",      "talk",     "ones",      "lines",    "information", "info",
    "instr",      "instructs",  "cmds",     "msg",       "msgs",     "convo",       "promts"};
constexpr List<12> kEarlier = {"previous",  "prior",   "earlier", "above",
                               "preceding", "past",    "former",  "existing",
                               "old",       "current", "last",    "original"};

constexpr List<8> kTalks = {"conversation", "conversations", "chat",    "chats",
                            "dialogue",     "dialog",        "session", "discussion"};
constexpr List<7> kEach = {"every", "each", "any", "a", "an", "new", "per"};
constexpr List<11> kWithin = {"in",     "for",   "per",  "before", "during", "throughout",
                              "within", "after", "once", "at",     "with"};
constexpr List<8> kBeginnings = {"start",  "beginning", "end",   "top",
                                 "outset", "opening",   "close", "begin"};
constexpr List<12> kOfTrade = {"rate", "rates",  "server",  "traded",  "office",  "fee",
                               "fees", "market", "markets", "program", "student", "policy"};

constexpr List<16> kAsking = {"asks",     "ask",    "asked", "tells", "tell",      "told",
                              "tries",    "try",    "wants", "want",  "instructs", "requests",
                              "attempts", "orders", "says",  "begs"};
constexpr List<6> kConditions = {"if", "when", "whenever", "should", "once", "someone"};
constexpr List<6> kRefusing = {"refuse", "refuses", "decline", "declines", "reject", "rejects"};
constexpr List<6> kObeying = {"comply", "obey", "follow", "agree", "accept", "execute"};
constexpr List<3> kUnable = {"cannot", "can't", "won't"};
constexpr List<2> kNone = {"nothing", "none"};
constexpr List<3> kDeterminers = {"the", "a", "your"};
constexpr List<2> kReporting = {"report", "escalate"};
constexpr List<5> kIts = {"it", "this", "that", "them", "so"};

// And not developer, debug or admin, which models are told to be in.
constexpr List<17> kModesOfMachines = {
    "maintenance", "diagnostic", "test",   "safe",         "configuration", "config",
    "edit",        "insert",     "normal", "offline",      "recovery",      "rescue",
    "privileged",  "read-only",  "setup",  "experimental", "demo"};
constexpr List<5> kNotes = {"todo(", "fixme(", "note(", "hack(", "xxx("};
constexpr Phrases kOfNotes(kNotes);

bool is_how(std::string_view word) {
  return word == "ever" || word == "even" ||
         (word.size() > 4 && word.ends_with("ly") && word != "merely" && word != "solely");
}

// "and use only the latest": what is to count instead.
bool uses_only(const SentenceWords& words, size_t from) {
  for (size_t i = from; i + 1 < words.size(); ++i)
    if ((words.classes(i) & (bit(kUse) | bit(kFollow))) != 0 && words.at(i + 1) == "only")
      return true;
  return false;
}

}  // namespace

bool disregards_a_matter(std::string_view sentence) {
  constexpr ClassSet kTold = bit(kInstruction) | bit(kTask) | bit(kPrompt) | bit(kConversation) |
                             bit(kHistory) | bit(kDialogue) | bit(kSafety) | bit(kLimit) |
                             bit(kSystem) | bit(WordClass::kTold) | bit(kAsk) | bit(kSay) |
                             bit(kModel) | bit(kAi) | bit(kUser) | bit(kYour) | bit(kYou) |
                             bit(kThis);
  constexpr ClassSet kOthers = bit(kUser) | bit(kYour) | bit(kYou) | bit(kThis);
  const SentenceWords words(sentence);
  if (words.cut()) return false;
  const auto is_told = [&](size_t i, ClassSet more = 0) {
    return (words.classes(i) & (kTold | more)) != 0 || is_among(kSaid, words.at(i));
  };
  bool any = false;
  for (size_t i = 0; i < words.size(); ++i) {
    if (!is_among(kEarlier, words.at(i))) continue;
    if (words.before(i, 8, [&](size_t j) {
          return (words.classes(j) & (bit(kIgnore) | bit(kIgnora))) != 0;
        }) == words.size())
      continue;
    size_t at = i + 1;
    if (words.ends(i)) return false;
    const size_t first = at;
    for (; at < words.size() && !ends_a_name(words.at(at)); ++at) {
      if (is_told(at, kOthers)) return false;
      if (words.ends(at)) {
        ++at;
        break;
      }
    }
    const std::string_view matter = words.at(first);
    if (at == first || matter.empty() || !is_alpha(matter.front())) return false;
    // "… comments and instructions", "… versions and use only this one"
    if (words.at(at) == "and" || words.at(at) == "or")
      for (size_t more = at + 1; more <= at + 3 && more < words.size(); ++more)
        if (is_told(more)) return false;
    if (uses_only(words, at)) return false;
    any = true;
  }
  return any;
}

bool says_when_in_conversations(std::string_view sentence) {
  const SentenceWords words(sentence);
  if (words.cut()) return false;
  bool any = false;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words.at(i);
    if (word == "exchange") {
      if (!is_among(kOfTrade, words.at(i + 1))) return false;
      any = true;
      continue;
    }
    if (!in(words.classes(i), kDialogue) && !is_among(kTalks, word)) continue;
    if (!is_among(kTalks, word) || i == 0) return false;
    size_t each = i - 1;
    while (each > 0 && !is_among(kEach, words.at(each)) && words.at(each) != "the" && i - each < 3)
      --each;
    if (words.at(each) == "new" && each > 0) --each;
    const std::string_view before = each > 0 ? words.at(each - 1) : std::string_view();
    const bool begins = before == "of" && each > 1 && is_among(kBeginnings, words.at(each - 2));
    const bool when = words.at(each) == "per" ||
                      (is_among(kEach, words.at(each)) && is_among(kWithin, before)) || begins;
    if (!when) return false;
    any = true;
  }
  return any;
}

bool refuses_to_ignore(std::string_view sentence) {
  const SentenceWords words(sentence);
  if (words.cut()) return false;
  const auto denied = [&](size_t i) {
    return words.before(i, 3, [&](size_t j) {
      return denies(words.at(j)) || words.at(j) == "won't";
    }) != words.size();
  };
  bool asked = false;
  bool refused = false;
  for (size_t i = 0; i < words.size(); ++i) {
    if (is_among(kRefusing, words.at(i))) {
      // "refuse nothing", "refuse absolutely nothing"
      bool none = false;
      for (size_t j = i; j < i + 3 && !none && !words.ends(j) && words.at(j + 1) != "and"; ++j)
        none = is_among(kNone, words.at(j + 1)) ||
               (words.at(j + 1) == "no" && words.at(j + 2) != "matter");
      if (denied(i) || none) return false;
      refused = true;
    } else if (is_among(kUnable, words.at(i)) && (words.ends(i) || i + 1 == words.size())) {
      refused = true;  // "say that you cannot."
    } else if (is_among(kReporting, words.at(i))) {
      // "report it", "report this to the user", and to nobody else
      const bool to_somebody = words.at(i + 2) == "to" && is_among(kDeterminers, words.at(i + 3));
      refused = refused || (is_among(kIts, words.at(i + 1)) &&
                            (words.ends(i + 1) || i + 2 == words.size() || to_somebody));
    } else if (is_among(kObeying, words.at(i)) ||
               (words.at(i) == "do" && is_among(kIts, words.at(i + 1)))) {
      // "refuse to comply", "refuse to blindly follow": one word between, and that how it is done.
      const size_t to = i > 1 && words.at(i - 1) != "to" && is_how(words.at(i - 1)) ? i - 2 : i - 1;
      const bool refusing =
          i > to && to > 0 && words.at(to) == "to" && is_among(kRefusing, words.at(to - 1));
      if (!denied(i) && !refusing) return false;  // "comply at once"
      refused = true;
    }
    if ((words.classes(i) & (bit(kIgnore) | bit(kIgnora))) == 0) continue;
    const size_t ask = words.before(i, 5, [&](size_t j) { return is_among(kAsking, words.at(j)); });
    if (i == 0 || words.at(i - 1) != "to" || ask == words.size() ||
        words.before(ask, 6, [&](size_t j) { return is_among(kConditions, words.at(j)); }) ==
            words.size())
      return false;
    asked = true;
  }
  return asked && refused;
}

bool is_code_note(std::string_view sentence) { return kOfNotes.in_any_case(sentence); }

bool names_mode_of_machines(std::string_view sentence) {
  const SentenceWords words(sentence);
  if (words.cut()) return false;
  bool any = false;
  for (size_t i = 1; i < words.size(); ++i) {
    if (words.at(i) != "mode") continue;
    if (!is_among(kModesOfMachines, words.at(i - 1))) return false;
    any = true;
  }
  return any;
}

}  // namespace agentmesh::policy::scan
