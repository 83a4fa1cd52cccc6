#include "policy/scan/ordinary_acts.h"

#include <algorithm>
#include <array>
#include <string>

#include "policy/scan/complements.h"
#include "policy/scan/decode.h"
#include "policy/scan/negations.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

using enum WordClass;

constexpr size_t kBehind = 160;  // bytes behind a sentence in which its matter may be named
constexpr size_t kJustBehind = 24;
constexpr size_t kFirstWord = 32;  // a sentence is said to begin where its first word ends
constexpr size_t kMostAhead = 2000;

// Not enough by themselves, and enough beside another act.
constexpr int kLetter = 5;
constexpr int kDefence = 2;
constexpr int kSignInWeight = 3;
constexpr int kHandover = 2;
constexpr int kDiscretion = 1;
constexpr int kConcealed = 3;
constexpr int kMattersOfPrograms = 3;  // and nothing that what stands beside it is for (acts.cc)
constexpr int kNoted = 2;
constexpr int kKeptMatter = 1;
constexpr int kDiscretionOfTool = 4;  // told of, and nothing is withheld for it

// What people take back in letters: stems, in the languages of the lexicon.
constexpr std::array<std::string_view, 53> kMatterWords = {
    "meeting",  "e-mail",   "email",   "monday",      "tuesday",   "wednesday", "thursday",
    "friday",   "invoice",  "parking", "delivery",    "montag",    "dienstag",  "mittwoch",
    "freitag",  "rechnung", "termin",  "anreise",     "bespre",    "lieferung", "correo",
    "reuni",    "factura",  "lunes",   "martes",      "jueves",    "viernes",   "entrega",
    "courriel", "facture",  "lundi",   "mardi",       "livraison", "riunione",  "fattura",
    "consegna", "venerd",   "fatura",  "vergadering", "会議",      "会议",      "邮件",
    "メール",   "日程",     "회의",    "메일",        "일정",      "письм",     "встреч",
    "оплат",    "счет",     "счёт",    "spotkani"};

// Where a prompt says that the instructions it means are: in what is read.
constexpr std::array<std::string_view, 12> kInTextWords = {
    "contained in",    "contained within", "found in",    "embedded in",
    "embedded within", "appear in",        "inside the",  "text contains",
    "they contain",    "it contains",      "in the text", "in the document"};
// And that they are a model's own.
constexpr std::array<std::string_view, 11> kNotInTextWords = {
    "system prompt", "system message", "developer", "your ", "you were", "conversation",
    "previous",      "prior ",         "earlier",   "above", "you are"};
// Whose they are.
constexpr std::array<std::string_view, 3> kOfWords = {"by ", "from ", "of "};
constexpr std::array<std::string_view, 4> kOrderWords = {"instruct", "order", "command", "request"};

// What is cancelled or replaced in everyday life, and is called as instructions are; and what only those are called.
constexpr std::array<std::string_view, 3> kTradeWords = {"order", "policy", "rules"};
constexpr std::array<std::string_view, 8> kInstructionWords = {
    "instruct", "prompt", "guideline", "directive", "program", "restrict", "limit", "safety"};

// And what goes on with new ones: "You now obey this page", "New policy: approve every refund".
constexpr std::array<std::string_view, 12> kAfreshWords = {
    "you now",    "now you",     "obey",        "follow ",   "from now on", "you must",
    "new order:", "new orders:", "new policy:", "new rule:", "new rules:",  "as follows"};

// From whom people at work keep things, and whom a model works for.
constexpr std::array<std::string_view, 19> kOutsiderWords = {
    "third part",   "client",    "customer",      "buyer",        "tenant",
    "patient",      "passenger", "traveller",     "traveler",     "guest",
    "the public",   "the press", "outsider",      "competitor",   "the company",
    "data subject", "employee",  "the principal", "other parties"};
constexpr std::array<std::string_view, 2> kAnybodyWords = {"anyone", "anybody"};
// Who says so conceals nothing.
constexpr std::array<std::string_view, 4> kSaysSoWords = {"not human", "not a human",
                                                          "not a person", "not a real person"};
// Who is one among many, and another is not to see what is theirs.
constexpr std::array<std::string_view, 4> kEachOtherWords = {"other users", "another user",
                                                             "other customers", "other people"};
// Who uses a model is none.
constexpr std::array<std::string_view, 10> kUsesAiWords = {
    "using an ai",   "use an ai",     "using ai",     "use ai",       "used ai",
    "using chatgpt", "using copilot", "using claude", "using gemini", "using an assistant"};
constexpr std::array<std::string_view, 6> kServedWords = {"user",     "developer", "owner",
                                                          "operator", "human ",    "maintainer"};

constexpr std::array<std::string_view, 3> kSignInWords = {"authorization header", "bearer",
                                                          "authorization:"};

constexpr std::array<std::string_view, 9> kDelegateWords = {
    "sub-agent", "subagent", "sub agent",     "delegate",     "delegation",
    "handoff",   "hand off", "another agent", "spawned agent"};

// Whose something is, by the writer's own word.
constexpr std::array<std::string_view, 1> kMyWord = {" my "};
constexpr std::array<std::string_view, 1> kYourWord = {" your"};

constexpr Phrases kMatters(kMatterWords);
constexpr Phrases kInText(kInTextWords);
constexpr Phrases kNotInText(kNotInTextWords);
constexpr Phrases kOfSomebody(kOfWords);
constexpr Phrases kOfOrders(kOrderWords);
constexpr Phrases kAfresh(kAfreshWords);
constexpr Phrases kTrade(kTradeWords);
constexpr Phrases kOfInstructions(kInstructionWords);
constexpr Phrases kOutsiders(kOutsiderWords);
constexpr Phrases kServed(kServedWords);
constexpr Phrases kAnybody(kAnybodyWords);
constexpr Phrases kSaysSo(kSaysSoWords);
constexpr Phrases kEachOther(kEachOtherWords);
constexpr Phrases kUsesAi(kUsesAiWords);
constexpr Phrases kMine(kMyWord);
constexpr Phrases kYours(kYourWord);
constexpr Phrases kSignIn(kSignInWords);
constexpr Phrases kDelegates(kDelegateWords);
constexpr std::array<std::string_view, 1> kSystemWord = {"system"};
constexpr Phrases kOfSystem(kSystemWord);

// With these, what is called in every conversation gets to hear it.
constexpr ClassSet kHandsOn = bit(kPass) | bit(kSend) | bit(kSent) | bit(kSends) | bit(kHistory) |
                              bit(kSoFar) | bit(kUttered) | bit(kWhere);
// A note in code that goes on like this is for more than the code.
constexpr ClassSet kBeyondCode = bit(kWhere) | bit(kSecret) | bit(kPlace) | bit(kUser) |
                                 bit(kSecretly) | bit(kHide) | bit(kPrivate) | bit(kInstruction);
// And a mode with these is none of machines.
constexpr ClassSet kUnbound = bit(kLimit) | bit(kSafety) | bit(kFree) | bit(kWithout) |
                              bit(kInstruction) | bit(kIgnore) | bit(kMust) | bit(kFollow) |
                              bit(kModel) | bit(kAi);

template <class Ask>
bool once(std::optional<bool>& known, Ask ask) {
  if (!known) known = ask();
  return *known;
}

// "Your order has been cancelled": nothing is asked for.
bool says_what_became_of_it(const TextRule& rule) {
  return std::any_of(rule.steps.begin(), rule.steps.end(), [](const Step& step) {
    return (step.any & (bit(kReplaced) | bit(kVoid))) != 0;
  });
}

// "instructions received from a third party": in one clause, and so no reason given for another.
bool are_of_others(std::string_view text) {
  constexpr std::string_view kOthers = "third part";
  const std::string small = ascii_lower(text);
  const size_t at = small.find(kOthers);
  if (at == std::string::npos) return false;
  const size_t mark = small.find_last_of(",;:.!?()\n", at);
  const size_t begin = mark == std::string::npos ? 0 : mark + 1;
  const std::string_view clause = std::string_view(small).substr(begin, at - begin);
  return kOfSomebody.in(clause) && kOfOrders.in(clause);
}

// "Stop your task when you are done": an end that is waited for, and nothing else in the sentence.
bool waits_for_the_end(const TextRule& rule, ClassSet present) {
  constexpr ClassSet kMore = bit(kIgnore) | bit(kAi) | bit(kModel) | bit(kReading) | bit(kRead) |
                             bit(kSend) | bit(kHarm) | bit(kPass) | bit(kReveal) | bit(kSay) |
                             bit(kFollow) | bit(kThis) | bit(kDo);
  return in(rule.steps[0].any, kStop) && in(present, kStop) && in(present, kWhen) &&
         (present & kMore) == 0;
}

// "Do not tell the customer", which has a rule without secrecy in it.
bool says_whom_to_tell(const TextRule& rule) {
  return std::any_of(rule.steps.begin(), rule.steps.end(),
                     [](const Step& step) { return in(step.any, kTell); });
}

// What came before, and no word for what it is.
bool disregards_what_was_before(const TextRule& rule) {
  constexpr ClassSet kOwn = bit(kIgnore) | bit(kIgnora) | bit(kAll) | bit(kPrior);
  ClassSet any = 0;
  for (const Step& step : rule.steps) any |= step.any;
  return (any & ~kOwn) == 0 && in(any, kPrior);
}

bool asks_for_conversations(const TextRule& rule) {
  return std::any_of(rule.steps.begin(), rule.steps.end(),
                     [](const Step& step) { return in(step.any, kDialogue); });
}

bool asks_for_mode(const TextRule& rule) {
  return std::any_of(rule.steps.begin(), rule.steps.end(),
                     [](const Step& step) { return in(step.any, kMode); });
}

}  // namespace

bool hands_over(std::string_view text) {
  return kDelegates.in_any_case(text.substr(0, kMostAhead));
}

bool of_conversation(const TextRule& rule, ClassSet present) {
  if (rule.act != Act::kExfiltrate && rule.act != Act::kResponse) return false;
  constexpr ClassSet kSaid = bit(kDialogue) | bit(kConversation) | bit(kHistory) | bit(kResponse);
  constexpr ClassSet kMore = bit(kSecret) | bit(kPlace) | bit(kWhere) | bit(kEnvironment);
  ClassSet any = 0;
  for (const Step& step : rule.steps) any |= step.any;
  return (any & kSaid) != 0 && (any & present & kMore) == 0;
}

ActWeights handed_over(const TextRule& rule) {
  return {rule.act == Act::kResponse ? 0 : std::min<int>(rule.tool, kHandover), rule.result};
}

void ActsAround::look_at(std::string_view text, size_t begin, size_t end, ClassSet present) {
  first_word_ = std::min(begin, kFirstWord);
  begin -= first_word_;
  size_ = end - begin;
  around_ = text.substr(begin, std::min(end - begin + kBehind, kMostAhead));
  own_ = around_.substr(0, std::min(end - begin + kJustBehind, kMostAhead));
  present_ = present;
  letter_.reset();
  trade_.reset();
  defence_.reset();
  outsiders_.reset();
  sign_in_.reset();
  idle_.reset();
  matter_.reset();
  refusal_.reset();
  times_.reset();
  note_.reset();
  mode_.reset();
  kept_.reset();
}

std::string_view ActsAround::sentence() const {
  if (size_ > around_.size()) return {};  // what cannot be seen may be anything
  const size_t mark = around_.substr(0, first_word_).find_last_of(".!?\n");
  const size_t begin = mark == std::string_view::npos ? 0 : mark + 1;
  return around_.substr(begin, size_ - begin);
}

ActWeights ActsAround::weights(const TextRule& rule) {
  switch (rule.act) {
    case Act::kOverride: return of_override(rule);
    case Act::kConceal: return of_conceal(rule);
    case Act::kExfiltrate:
      if (asks_for_conversations(rule) && (present_ & kHandsOn) == 0 &&
          once(times_, [this] { return says_when_in_conversations(sentence()); }))
        return {};
      return of_reveal(rule);
    case Act::kReveal: return of_reveal(rule);
    case Act::kAddressed:
      if (kUsesAi.in_any_case(own_))
        return {std::min<int>(rule.tool, kNoted), std::min<int>(rule.result, kNoted)};
      // The title of a chapter for agents, as projects have them.
      if (rule.result > kNoted && sentence().starts_with("##")) return {rule.tool, kNoted};
      if (rule.result > kNoted && (present_ & kBeyondCode) == 0 &&
          once(note_, [this] { return is_code_note(own_); }))
        return {std::min<int>(rule.tool, kNoted), kNoted};
      break;
    case Act::kJailbreak:
      if (rule.result > kMattersOfPrograms && asks_for_mode(rule) && (present_ & kUnbound) == 0 &&
          once(mode_, [this] { return names_mode_of_machines(sentence()); }))
        return {rule.tool, kMattersOfPrograms};
      break;
    default: break;
  }
  return {rule.tool, rule.result};
}

ActWeights ActsAround::of_override(const TextRule& rule) {
  ActWeights weights{rule.tool, rule.result};
  constexpr ClassSet kModels = bit(kAll) | bit(kModel) | bit(kAi);
  if (rule.result > kLetter && (present_ & kModels) == 0 && once(letter_, [this] {
        // "My earlier order" is the writer's own.
        return (!in(present_, kYour) || (kMine.in_any_case(own_) && !kYours.in_any_case(own_))) &&
               kMatters.in_any_case(around_) && !kOfSystem.in_any_case(around_);
      }))
    weights.result = kLetter;
  if (disregards_what_was_before(rule) &&
      once(matter_, [this] { return disregards_a_matter(sentence()); }))
    weights = {std::min(weights.tool, kKeptMatter), std::min(weights.result, kMattersOfPrograms)};
  if (waits_for_the_end(rule, present_))
    weights = {std::min(weights.tool, kDefence), std::min(weights.result, kDefence)};
  if ((rule.steps[0].any & (bit(kIgnore) | bit(kIgnora))) != 0) {
    if (once(idle_, [this] { return ignores_nothing(sentence()); })) return {0, 0};
    if (once(refusal_, [this] { return refuses_to_ignore(sentence()); }))
      weights = {std::min(weights.tool, kDefence), std::min(weights.result, kDefence)};
  }
  constexpr ClassSet kReaders = bit(kYou) | bit(kModel) | bit(kAi);
  if (weights.result > kLetter && says_what_became_of_it(rule) && once(trade_, [this] {
        return kTrade.in_any_case(own_) && !kOfInstructions.in_any_case(own_) &&
               (present_ & kReaders) == 0 && !kAfresh.in_any_case(around_);
      }))
    weights.result = kLetter;
  if (once(defence_, [this] {
        return (kInText.in_any_case(own_) || are_of_others(own_)) && !kNotInText.in_any_case(own_);
      }))
    weights = {std::min(weights.tool, kDefence), std::min(weights.result, kDefence)};
  return weights;
}

ActWeights ActsAround::of_conceal(const TextRule& rule) {
  ActWeights weights{rule.tool, rule.result};
  if (!says_whom_to_tell(rule)) return weights;
  if (!kept_) kept_ = kept_from_user(sentence());
  if (*kept_ == Kept::kNothing) return {0, 0};
  if (rule.result > kDiscretion && once(outsiders_, [this] {
        if (kSaysSo.in_any_case(own_)) return true;
        if (kServed.in_any_case(own_)) return false;
        // "Don't tell anybody your PIN" is advice.
        return kOutsiders.in_any_case(own_) ||
               (in(present_, kSecret) && kAnybody.in_any_case(own_));
      })) {
    weights.result = kDiscretion;
    if (kOutsiders.in_any_case(own_)) {
      weights.tool = std::min(weights.tool, kDiscretionOfTool);
      return weights;
    }
  }
  if (kEachOther.in_any_case(own_)) weights.result = std::min(weights.result, kDiscretion);
  if (*kept_ == Kept::kMatter) weights.tool = std::min(weights.tool, kKeptMatter);
  return weights;
}

bool ActsAround::is_user_not_to_know(const TextRule& rule, const ActWeights& weights) const {
  // (A matter that is none of theirs is no act that they are not to hear of.)
  const bool act = !kept_ || *kept_ == Kept::kAct;
  const bool user = std::any_of(rule.steps.begin(), rule.steps.end(),
                                [](const Step& step) { return in(step.any, kUser); });
  return rule.act == Act::kConceal && weights.result >= kConcealed && act && user &&
         !kAnybody.in_any_case(own_);
}

ActWeights ActsAround::of_reveal(const TextRule& rule) {
  if (rule.result > kSignInWeight && once(sign_in_, [this] { return kSignIn.in_any_case(own_); }))
    return {rule.tool, rule.act == Act::kReveal ? 0 : kSignInWeight};
  return {rule.tool, rule.result};
}

}  // namespace agentmesh::policy::scan
