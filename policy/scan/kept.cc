#include "policy/scan/kept.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "policy/scan/lexicon.h"
#include "policy/scan/sentence_words.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

using enum WordClass;

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
// Something leaves; and has left, where a form of "be" stands before it.
constexpr List<9> kLeaving = {"sending", "uploading", "forwarding", "transmitting", "emailing",
                              "posting", "sharing",   "mailing",    "transferring"};
constexpr List<8> kGone = {"sent",    "uploaded", "forwarded", "transmitted",
                           "emailed", "mailed",   "relayed",   "disclosed"};
// And where it says for where: results are shared between pages, and posted every hour.
constexpr List<8> kGoneSomewhere = {"shared",      "posted",   "published", "copied",
                                    "transferred", "streamed", "pushed",    "delivered"};
constexpr List<8> kSomewhere = {"to", "with", "via", "into", "onto", "on", "over", "elsewhere"};
// Nobody means these well.
constexpr List<12> kStealing = {"leaking",  "leaked", "exfiltrating", "exfiltrated",
                                "stealing", "stolen", "siphoning",    "siphoned",
                                "leak",     "leaks",  "exfiltrate",   "exfiltrates"};
constexpr List<10> kBeing = {"is",   "are",   "was", "were", "be",
                             "been", "being", "get", "gets", "got"};
constexpr List<22> kLacking = {
    "cannot",  "can't",   "cant",        "couldn't",   "unable",      "lack",   "lacks",  "lacked",
    "don't",   "doesn't", "unavailable", "failed",     "fails",       "error",  "errors", "empty",
    "unknown", "missing", "incapable",   "impossible", "unsupported", "offline"};

bool says_where(const SentenceWords& words, size_t i) {
  constexpr size_t kObject = 12;  // words between
  for (size_t j = i; j < i + kObject && !words.ends(j); ++j)
    if (is_among(kSomewhere, words.at(j + 1)) ||
        words.at(j + 1).find('@') != std::string_view::npos)
      return true;
  return false;
}
// "sending the keys to", "are uploaded", "are shared with": something leaves.
bool leaves(const SentenceWords& words, size_t i, bool somewhere = false) {
  const std::string_view word = words.at(i);
  if (is_among(kStealing, word)) return true;
  if (is_among(kLeaving, word)) return says_where(words, i);
  const bool shown = is_among(kGoneSomewhere, word);
  if (!shown && !is_among(kGone, word)) return false;
  if (words.before(i, 6, [&](size_t j) { return is_among(kBeing, words.at(j)); }) == words.size())
    return false;
  return (!shown && !somewhere) || says_where(words, i);
}
// What the user is told to do may wait for a file that is uploaded, and for none that is to somebody.
bool leaves_for_somewhere(const SentencePart& part) {
  for (size_t i = part.begin; i < part.end; ++i)
    if (leaves(part.words, i, true)) return true;
  return false;
}

// Calls take(i) for each word by which something is done: "you have read", "this tool sends", "was changed"; true once that is.
template <class Take>
bool any_doing(const SentencePart& clause, Take take) {
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

bool tells_what_is_done(const SentencePart& clause) {
  return any_doing(clause, [](size_t) { return true; });
}

// And not "you could not read it", "the call returned an error": no subject stands between a negation and what it denies.
bool asserts_what_is_done(const SentencePart& clause) {
  const SentenceWords& words = clause.words;
  return any_doing(clause, [&](size_t i) {
    if (is_among(kFailing, words.at(i))) return false;
    const size_t denial =
        words.before(i, 4, [&](size_t j) { return j >= clause.begin && denies(words.at(j)); });
    if (denial == words.size()) return true;
    for (size_t j = denial + 1; j < i; ++j)
      if (is_among(kPronouns, words.at(j))) return true;
    return false;
  });
}

// And "the transfer went on", "you are at it".
bool tells_of_an_act(const SentencePart& clause) {
  return tells_what_is_done(clause) || clause.holds(kActs) || clause.holds(kOfThis);
}

// Behind what a thing is called: "… the copy is sent to", "… of this tool".
bool is_of_an_act(const SentencePart& behind) {
  for (size_t i = behind.begin; i + 1 < behind.end; ++i)
    if (behind.words.at(i) == "this" && is_among(kActs, behind.words.at(i + 1))) return true;
  return tells_what_is_done(behind);
}

bool lacks_something(const SentencePart& clause) {
  for (size_t i = clause.begin; i + 1 < clause.end; ++i) {
    const std::string_view word = clause.words.at(i);
    if ((word == "do" || word == "does" || word == "did" || word == "not") &&
        (clause.words.at(i + 1) == "not" || clause.words.at(i + 1) == "able"))
      return true;
    if (word == "no" && i > clause.begin) return true;
  }
  return clause.holds(kLacking);
}

Kept kept_by(const SentencePart& said) {
  SentencePart rest = said;
  if (rest.empty()) return Kept::kAct;
  if (rest.first() == "to") {
    if (is_among(kQuestions, rest.words.at(rest.begin + 1)) || leaves_for_somewhere(rest))
      return Kept::kAct;
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
  while (end < rest.end && !ends_a_name(rest.words.at(end))) ++end;
  if (end == rest.begin) return Kept::kAct;
  if (is_among(kActs, rest.words.at(end - 1))) return Kept::kAct;
  const SentencePart behind{rest.words, end, rest.end};
  const bool act =
      is_of_an_act(behind) && (asserts_what_is_done(behind) || !lacks_something(behind));
  return act ? Kept::kAct : Kept::kMatter;
}

// "that credentials, keys and …": a list of what something is said of behind it.
bool is_only_named(const SentenceWords& words, size_t from, size_t end) {
  if (end > from + 3) return false;
  for (size_t i = from; i <= end; ++i)
    if (is_among(kBeing, words.at(i)) || is_among(kPronouns, words.at(i)) ||
        is_among(kDoings, words.at(i)) || denies(words.at(i)) || words.at(i).ends_with("ed"))
      return false;
  return true;
}

size_t end_of_clause(const SentenceWords& words, size_t from) {
  const bool that = is_among(kThats, words.at(from));
  size_t begin = from;
  for (size_t end = from; end < words.size(); ++end) {
    if (!words.ends(end)) continue;
    if (!that || !is_only_named(words, begin, end)) return end + 1;
    begin = end + 1;
  }
  return words.size();
}

}  // namespace

Kept kept_from_user(std::string_view sentence) {
  const SentenceWords words(sentence);
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
    const SentencePart between{words, begin, user};
    const SentencePart behind{words, user + 1,
                              words.ends(user) ? user + 1 : end_of_clause(words, user + 1)};
    const Kept kept = kept_by(between.empty() ? behind : between);
    worst = std::min(worst, kept);
  }
  return any ? worst : Kept::kAct;
}

}  // namespace agentmesh::policy::scan
