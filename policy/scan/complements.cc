#include "policy/scan/complements.h"

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

using enum WordClass;

constexpr size_t kMostWords = 96;
constexpr size_t kLongest = 2000;  // bytes of a sentence that are looked at

template <size_t N>
using List = std::array<std::string_view, N>;

constexpr List<12> kUsers = {"user",   "users",   "human",    "humans",    "person",   "people",
                             "anyone", "anybody", "customer", "customers", "operator", "reader"};
constexpr List<11> kArticles = {"the", "a",  "an",        "any",        "to",  "about",
                                "of",  "on", "regarding", "concerning", "with"};
constexpr List<10> kThese = {"this", "these",   "it",  "anything", "everything",
                             "your", "nothing", "all", "so",       "or"};
constexpr List<12> kSubjects = {"you",   "we",        "i",     "it",       "they",   "tool",
                                "agent", "assistant", "model", "function", "server", "this"};
constexpr List<9> kQuestions = {"what", "which", "who",   "whom", "how",
                                "why",  "when",  "where", "whose"};
constexpr List<3> kThats = {"that", "whether", "if"};
constexpr List<8> kPronouns = {"you", "we", "they", "i", "you're", "you've", "they're", "he"};
// Where what a thing is called ends.
constexpr List<31> kEnds = {"about", "that",   "which", "who",    "whose",   "where", "when",
                            "you",   "unless", "until", "if",     "because", "is",    "are",
                            "was",   "were",   "not",   "before", "after",   "older", "of",
                            "for",   "from",   "in",    "as",     "and",     "or",    "but",
                            "at",    "by",     "to"};
// What is done, as a thing.
constexpr List<46> kActs = {
    "call",        "calls",        "invocation",   "step",       "steps",        "tool",
    "tools",       "parameter",    "parameters",   "argument",   "arguments",    "action",
    "actions",     "operation",    "transfer",     "upload",     "copy",         "copies",
    "access",      "recipient",    "change",       "changes",    "modification", "redirect",
    "redirection", "instruction",  "instructions", "prompt",     "order",        "orders",
    "directive",   "note",         "sidenote",     "payment",    "purchase",     "deletion",
    "replacement", "exfiltration", "forwarding",   "request",    "message",      "usage",
    "bcc",         "cc",           "attachment",   "attachments"};
// And as an act: in a clause about it.
constexpr List<47> kDoings = {
    "did",       "read",       "reads",    "sent",     "sends",   "used",     "uses",
    "took",      "takes",      "wrote",    "writes",   "made",    "makes",    "ran",
    "runs",      "got",        "put",      "gave",     "gives",   "paid",     "pays",
    "bought",    "done",       "leaves",   "left",     "copies",  "copy",     "stores",
    "forwards",  "uploads",    "deletes",  "calls",    "shares",  "keeps",    "collects",
    "goes",      "logs",       "records",  "installs", "changes", "requests", "messages",
    "transfers", "recipients", "payments", "attached", "leave"};
constexpr List<6> kOfThis = {"you", "you're", "you've", "it", "this", "we"};
constexpr List<6> kPassives = {"was", "were", "been", "being", "gets", "got"};
// What becomes of an act that fails, and what is done about it.
constexpr List<24> kFailing = {"failed",  "encountered", "returned", "received",  "exceeded",
                               "timed",   "crashed",     "occurred", "needed",    "required",
                               "stopped", "aborted",     "expired",  "rejected",  "refused",
                               "denied",  "tried",       "retried",  "attempted", "checked",
                               "waited",  "confirmed",   "verified", "asked"};
constexpr List<17> kDenials = {"not",     "cannot", "can't",  "couldn't", "unable", "failed",
                               "never",   "no",     "don't",  "doesn't",  "didn't", "wasn't",
                               "weren't", "isn't",  "nobody", "nothing",  "without"};
// Something leaves; and has left, where a form of "be" stands before it.
constexpr List<9> kLeaving = {"sending",      "uploading", "forwarding", "transmitting", "leaking",
                              "exfiltrating", "emailing",  "posting",    "sharing"};
constexpr List<8> kGone = {"sent",   "uploaded",    "forwarded", "transmitted",
                           "leaked", "exfiltrated", "emailed",   "shared"};
constexpr List<7> kBeing = {"is", "are", "was", "were", "be", "been", "being"};
constexpr List<22> kLacking = {
    "cannot",  "can't",   "cant",        "couldn't",   "unable",      "lack",   "lacks",  "lacked",
    "don't",   "doesn't", "unavailable", "failed",     "fails",       "error",  "errors", "empty",
    "unknown", "missing", "incapable",   "impossible", "unsupported", "offline"};

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

// A sentence in small letters, its words, and whether a mark stands behind each.
class Words {
 public:
  explicit Words(std::string_view sentence) : text_(ascii_lower(sentence.substr(0, kLongest))) {
    const std::string_view text = text_;
    for (size_t at = 0; at < text.size() && size_ < kMostWords;) {
      if (!is_of(text[at], kWordByte)) {
        if (size_ > 0 && std::string_view(",;:.!?()\n\"|").find(text[at]) != std::string_view::npos)
          ends_[size_ - 1] = true;
        ++at;
        continue;
      }
      size_t end = at;
      while (end < text.size() && (is_of(text[end], kWordByte) || joins(text, end))) ++end;
      if (text.substr(at, 2) != "\xE2\x80") {
        words_[size_++] = text.substr(at, end - at);
      } else if (size_ > 0) {
        ends_[size_ - 1] = true;  // a dash
      }
      at = end;
      cut_ = size_ == kMostWords && text.find_first_not_of(" .!?\n", at) < text.size();
    }
  }
  Words(const Words&) = delete;
  Words& operator=(const Words&) = delete;

  size_t size() const { return size_; }
  // More of the sentence stands behind what was looked at.
  bool cut() const { return cut_; }
  std::string_view at(size_t i) const { return i < size_ ? words_[i] : std::string_view(); }
  ClassSet classes(size_t i) const { return word_classes(at(i)); }
  bool ends(size_t i) const { return i >= size_ || ends_[i]; }
  // Whether one of the `count` words before the `i`th satisfies `is`; the nearest of them is its index, else size().
  template <class Is>
  size_t before(size_t i, size_t count, Is is) const {
    for (size_t back = 1; back <= count && back <= i; ++back)
      if (is(i - back)) return i - back;
    return size_;
  }

 private:
  static bool joins(std::string_view text, size_t at) {
    return (text[at] == '-' || text[at] == '\'') && at + 1 < text.size() &&
           is_of(text[at + 1], kWordByte);
  }

  std::string text_;
  std::array<std::string_view, kMostWords> words_;
  std::array<bool, kMostWords> ends_{};
  size_t size_ = 0;
  bool cut_ = false;
};

// Words [begin, end) of a sentence.
struct Part {
  const Words& words;
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

// "sending the keys to", "are uploaded to": something leaves for somewhere.
bool leaves(const Words& words, size_t i) {
  constexpr size_t kObject = 6;  // words between
  const bool gone = is_among(kGone, words.at(i)) && words.before(i, 2, [&](size_t j) {
    return is_among(kBeing, words.at(j));
  }) != words.size();
  if (!gone && !is_among(kLeaving, words.at(i))) return false;
  for (size_t j = i; j < i + kObject && !words.ends(j); ++j)
    if (words.at(j + 1) == "to") return true;
  return false;
}
bool leaves(const Part& part) {
  for (size_t i = part.begin; i < part.end; ++i)
    if (leaves(part.words, i)) return true;
  return false;
}

// Calls take(i) for each word by which something is done: "you have read", "this tool sends", "was changed"; true once that is.
template <class Take>
bool any_doing(const Part& clause, Take take) {
  bool subject = false;
  // "which model produced it" says nothing of this one.
  const size_t first = clause.begin + (clause.first() == "which" ? 2 : 0);
  for (size_t i = clause.begin; i < clause.end; ++i) {
    const std::string_view word = clause.words.at(i);
    const bool past = i >= first && word.size() > 3 && word.ends_with("ed");
    const auto passive = [&](size_t j) { return is_among(kPassives, clause.words.at(j)); };
    const bool helps = word == "did" && clause.words.at(i + 1) == "not";
    const bool doing =
        (is_among(kDoings, word) && !helps) || leaves(clause.words, i) ||
        (past && (subject || clause.words.before(i, 3, passive) != clause.words.size()));
    if (doing && take(i)) return true;
    subject = subject || (i >= first && is_among(kSubjects, word));
  }
  return false;
}

bool tells_what_is_done(const Part& clause) {
  return any_doing(clause, [](size_t) { return true; });
}

// And not "you could not read it", "the call returned an error": no subject stands between a negation and what it denies.
bool asserts_what_is_done(const Part& clause) {
  const Words& words = clause.words;
  return any_doing(clause, [&](size_t i) {
    if (is_among(kFailing, words.at(i))) return false;
    const size_t denial = words.before(
        i, 4, [&](size_t j) { return j >= clause.begin && is_among(kDenials, words.at(j)); });
    if (denial == words.size()) return true;
    for (size_t j = denial + 1; j < i; ++j)
      if (is_among(kPronouns, words.at(j))) return true;
    return false;
  });
}

// And "the transfer went on", "you are at it".
bool tells_of_an_act(const Part& clause) {
  return tells_what_is_done(clause) || clause.holds(kActs) || clause.holds(kOfThis);
}

// Behind what a thing is called: "… the copy is sent to", "… of this tool".
bool is_of_an_act(const Part& behind) {
  for (size_t i = behind.begin; i + 1 < behind.end; ++i)
    if (behind.words.at(i) == "this" && is_among(kActs, behind.words.at(i + 1))) return true;
  return tells_what_is_done(behind);
}

bool lacks_something(const Part& clause) {
  for (size_t i = clause.begin; i + 1 < clause.end; ++i) {
    const std::string_view word = clause.words.at(i);
    if ((word == "do" || word == "does" || word == "did" || word == "not") &&
        (clause.words.at(i + 1) == "not" || clause.words.at(i + 1) == "able"))
      return true;
    if (word == "no" && i > clause.begin) return true;
  }
  return clause.holds(kLacking);
}

Kept kept_by(const Part& said) {
  Part rest = said;
  if (rest.empty()) return Kept::kAct;
  if (rest.first() == "to") {
    if (is_among(kQuestions, rest.words.at(rest.begin + 1)) || leaves(rest)) return Kept::kAct;
    return rest.end - rest.begin > 1 ? Kept::kNothing : Kept::kAct;
  }
  const bool clause = is_among(kThats, rest.first()) || is_among(kPronouns, rest.first()) ||
                      is_among(kQuestions, rest.first());
  if (clause) {
    if (rest.first() == "how" && rest.words.at(rest.begin + 1) == "to") return Kept::kNothing;
    if (rest.first() == "that" && rest.end == rest.begin + 1) return Kept::kAct;
    if (asserts_what_is_done(rest)) return Kept::kAct;
    if (lacks_something(rest)) return Kept::kNothing;
    return tells_of_an_act(rest) ? Kept::kAct : Kept::kMatter;
  }
  while (!rest.empty() && is_among(kArticles, rest.first())) ++rest.begin;
  if (rest.empty() || is_among(kThese, rest.first())) return Kept::kAct;
  if (is_among(kQuestions, rest.first()) || is_among(kThats, rest.first()))
    return tells_of_an_act(rest) ? Kept::kAct : Kept::kMatter;
  if (rest.first() == "each" || rest.first() == "every") return Kept::kMatter;
  // "the extra parameter", and not "the name of the tool".
  size_t end = rest.begin;
  while (end < rest.end && !is_among(kEnds, rest.words.at(end))) ++end;
  if (end == rest.begin) return Kept::kAct;
  if (is_among(kActs, rest.words.at(end - 1))) return Kept::kAct;
  const Part behind{rest.words, end, rest.end};
  const bool act =
      is_of_an_act(behind) && (asserts_what_is_done(behind) || !lacks_something(behind));
  return act ? Kept::kAct : Kept::kMatter;
}

// "and use only the latest": what is to count instead.
bool uses_only(const Words& words, size_t from) {
  for (size_t i = from; i + 1 < words.size(); ++i)
    if ((words.classes(i) & (bit(kUse) | bit(kFollow))) != 0 && words.at(i + 1) == "only")
      return true;
  return false;
}

size_t end_of_clause(const Words& words, size_t from) {
  size_t end = from;
  while (end < words.size()) {
    if (words.ends(end)) return end + 1;
    ++end;
  }
  return end;
}

}  // namespace

Kept kept_from_user(std::string_view sentence) {
  const Words words(sentence);
  if (words.cut()) return Kept::kAct;
  bool any = false;
  Kept worst = Kept::kNothing;
  for (size_t user = 0; user < words.size(); ++user) {
    if (!in(words.classes(user), kUser)) continue;
    const size_t tell =
        words.before(user, 6, [&](size_t i) { return in(words.classes(i), kTell); });
    if (tell == words.size()) continue;
    if (words.before(tell, 4, [&](size_t i) { return in(words.classes(i), kNot); }) == words.size())
      continue;
    if (!is_among(kUsers, words.at(user))) return Kept::kAct;
    any = true;
    size_t begin = tell + 1;
    while (begin < user && is_among(kArticles, words.at(begin))) ++begin;
    const Part between{words, begin, user};
    const Part behind{words, user + 1,
                      words.ends(user) ? user + 1 : end_of_clause(words, user + 1)};
    const Kept kept = kept_by(between.empty() ? behind : between);
    worst = std::min(worst, kept);
  }
  return any ? worst : Kept::kAct;
}

bool disregards_a_matter(std::string_view sentence) {
  constexpr ClassSet kTold = bit(kInstruction) | bit(kTask) | bit(kPrompt) | bit(kConversation) |
                             bit(kHistory) | bit(kDialogue) | bit(kSafety) | bit(kLimit) |
                             bit(kSystem) | bit(WordClass::kTold) | bit(kAsk) | bit(kSay) |
                             bit(kModel) | bit(kAi) | bit(kUser) | bit(kYour) | bit(kYou) |
                             bit(kThis);
  constexpr ClassSet kOthers = bit(kUser) | bit(kYour) | bit(kYou) | bit(kThis);
  const Words words(sentence);
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
    for (; at < words.size() && !is_among(kEnds, words.at(at)); ++at) {
      if (is_told(at, kOthers)) return false;
      if (words.ends(at)) {
        ++at;
        break;
      }
    }
    if (at == first || !is_alpha(words.at(first)[0])) return false;
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
  const Words words(sentence);
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
  const Words words(sentence);
  if (words.cut()) return false;
  const auto denied = [&](size_t i) {
    return words.before(i, 3, [&](size_t j) {
      return is_among(kDenials, words.at(j)) || words.at(j) == "won't";
    }) != words.size();
  };
  bool asked = false;
  bool refused = false;
  for (size_t i = 0; i < words.size(); ++i) {
    if (is_among(kRefusing, words.at(i))) {
      if (denied(i) || is_among(kNone, words.at(i + 1))) return false;
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
      const bool refusing =
          i > 1 && words.at(i - 1) == "to" && is_among(kRefusing, words.at(i - 2));
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
  const Words words(sentence);
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
