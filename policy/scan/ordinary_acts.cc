#include "policy/scan/ordinary_acts.h"

#include <algorithm>
#include <array>
#include <string>

#include "policy/scan/decode.h"

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
constexpr int kSignIn = 3;
constexpr int kHandover = 2;

template <size_t N>
bool holds_any(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(), [text](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  });
}

// What people take back in letters: stems, in the languages of the lexicon.
constexpr std::array<std::string_view, 53> kMatters = {
    "meeting",  "e-mail",   "email",   "monday",      "tuesday",   "wednesday", "thursday",
    "friday",   "invoice",  "parking", "delivery",    "montag",    "dienstag",  "mittwoch",
    "freitag",  "rechnung", "termin",  "anreise",     "bespre",    "lieferung", "correo",
    "reuni",    "factura",  "lunes",   "martes",      "jueves",    "viernes",   "entrega",
    "courriel", "facture",  "lundi",   "mardi",       "livraison", "riunione",  "fattura",
    "consegna", "venerd",   "fatura",  "vergadering", "会議",      "会议",      "邮件",
    "メール",   "日程",     "회의",    "메일",        "일정",      "письм",     "встреч",
    "оплат",    "счет",     "счёт",    "spotkani"};

// Where a prompt says that the instructions it means are: in what is read.
constexpr std::array<std::string_view, 12> kInText = {
    "contained in",    "contained within", "found in",    "embedded in",
    "embedded within", "appear in",        "inside the",  "text contains",
    "they contain",    "it contains",      "in the text", "in the document"};
constexpr std::array<std::string_view, 5> kNotInText = {"system prompt", "your ", "conversation",
                                                        "previous", "above"};

constexpr std::array<std::string_view, 3> kSignsIn = {"authorization header", "bearer",
                                                      "authorization:"};

constexpr std::array<std::string_view, 9> kDelegates = {
    "sub-agent", "subagent", "sub agent",     "delegate",     "delegation",
    "handoff",   "hand off", "another agent", "spawned agent"};

}  // namespace

bool hands_over(std::string_view text) {
  return holds_any(ascii_lower(text.substr(0, kMostAhead)), kDelegates);
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

ActWeights weights_here(const TextRule& rule, std::string_view text, size_t begin, size_t end,
                        ClassSet present) {
  ActWeights weights{rule.tool, rule.result};
  const bool override = rule.act == Act::kOverride;
  const bool shown = rule.act == Act::kExfiltrate || rule.act == Act::kReveal;
  if (!override && !(shown && rule.result > kSignIn)) return weights;
  begin -= std::min(begin, kFirstWord);
  const std::string around =
      ascii_lower(text.substr(begin, std::min(end - begin + kBehind, kMostAhead)));
  const std::string_view own =
      std::string_view(around).substr(0, std::min(end - begin + kJustBehind, kMostAhead));
  if (override) {
    constexpr ClassSet kModels = bit(kAll) | bit(kYour) | bit(kModel) | bit(kAi);
    if (rule.result > kLetter && (present & kModels) == 0 && holds_any(around, kMatters) &&
        around.find("system") == std::string::npos)
      weights.result = kLetter;
    if (holds_any(own, kInText) && !holds_any(own, kNotInText))
      weights = {std::min(weights.tool, kDefence), std::min(weights.result, kDefence)};
  } else if (holds_any(own, kSignsIn)) {
    weights.result = rule.act == Act::kReveal ? 0 : kSignIn;
  }
  return weights;
}

}  // namespace agentmesh::policy::scan
