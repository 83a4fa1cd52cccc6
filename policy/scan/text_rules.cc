#include "policy/scan/text_rules.h"

#include "policy/scan/lexicon.h"

namespace agentmesh::policy::scan {
namespace {

using enum WordClass;

// A word of one of the classes, with at most `gap` words before it.
template <class... C>
constexpr Step s(uint8_t gap, C... classes) {
  return {(bit(classes) | ...), gap};
}

template <class... S>
constexpr TextRule rule(Act act, uint8_t tool, uint8_t result, uint8_t flags, S... steps) {
  return {act, tool, result, flags, {steps...}};
}

constexpr uint8_t kPlain = 0;
constexpr uint8_t kOrder = TextRule::kOrder;
constexpr uint8_t kUnlessNot = TextRule::kUnlessNot;
constexpr uint8_t kTight = TextRule::kTight;
constexpr uint8_t kNoNot = TextRule::kNoNot;
constexpr uint8_t kUnlessReport = TextRule::kUnlessReport;

// clang-format off
constexpr TextRule kRules[] = {
    // Disregard your previous instructions, in the orders languages have for it.
    rule(Act::kOverride, 6, 4, kUnlessNot | kTight | kUnlessReport, s(0, kIgnore), s(3, kPrior, kAll, kYour), s(4, kInstruction)),
    rule(Act::kOverride, 6, 4, kUnlessNot | kTight | kUnlessReport, s(0, kIgnore), s(3, kInstruction), s(3, kPrior)),
    rule(Act::kOverride, 6, 3, kUnlessNot | kOrder | kUnlessReport, s(0, kIgnore), s(1, kAll), s(5, kPrior)),
    rule(Act::kOverride, 6, 3, kUnlessNot | kOrder, s(0, kIgnore), s(4, kSafety), s(2, kLimit, kInstruction)),
    rule(Act::kOverride, 2, 3, kUnlessNot | kOrder, s(0, kIgnore), s(6, kAnd), s(1, kSay)),
    rule(Act::kOverride, 2, 3, kUnlessNot | kOrder, s(0, kIgnore), s(1, kAll, kYour), s(2, kInstruction, kTask)),
    rule(Act::kOverride, 3, 3, kUnlessNot | kOrder, s(0, kIgnore), s(2, kYou), s(0, kAre), s(0, kAsk)),
    rule(Act::kOverride, 3, 3, kPlain, s(0, kNot), s(1, kFollow), s(2, kPrior, kYour), s(3, kInstruction)),
    rule(Act::kOverride, 3, 3, kPlain, s(0, kInstruction), s(2, kAre), s(0, kNot), s(1, kLonger), s(1, kLimit)),
    rule(Act::kOverride, 3, 3, kPlain, s(0, kDespite), s(2, kPrior, kYour), s(3, kInstruction)),
    rule(Act::kOverride, 2, 2, kPlain, s(0, kIgnore), s(0, kTo), s(0, kTell, kAsk), s(0, kYou), s(0, kTo)),
    rule(Act::kOverride, 6, 3, kUnlessNot | kTight, s(0, kIgnore), s(4, kUser, kYou), s(1, kAsk)),
    rule(Act::kOverride, 6, 3, kPlain, s(0, kNot), s(2, kCount), s(3, kInstruction)),
    rule(Act::kOverride, 3, 3, kPlain, s(0, kYour), s(1, kInstruction), s(2, kAre, kMust), s(1, kReplaced)),
    rule(Act::kOverride, 2, 2, kPlain, s(0, kSafety), s(1, kInstruction, kLimit), s(2, kAre), s(1, kReplaced)),
    rule(Act::kOverride, 3, 3, kOrder, s(0, kStop), s(1, kYour, kPrior), s(2, kTask)),
    rule(Act::kOverride, 3, 3, kOrder, s(0, kStop), s(1, kYou), s(0, kAre), s(0, kDoing)),
    rule(Act::kOverride, 2, 2, kOrder, s(0, kNew), s(0, kTask)),
    rule(Act::kOverride, 3, 3, kPlain, s(0, kYour), s(0, kReal), s(0, kTask)),
    rule(Act::kOverride, 3, 2, kPlain, s(0, kDespite), s(3, kUser), s(0, kSay, kAsk, kWant)),
    rule(Act::kOverride, 0, 2, kPlain, s(0, kUser), s(0, kWant), s(0, kYou), s(0, kTo)),
    rule(Act::kOverride, 2, 2, kPlain, s(0, kBefore), s(0, kYou), s(2, kSolve), s(3, kTask)),
    // These are your instructions now.
    rule(Act::kOverride, 3, 3, kPlain, s(0, kFollow), s(3, kFollowing), s(1, kInstruction), s(30, kTool)),
    rule(Act::kOverride, 3, 3, kPlain, s(0, kYour), s(1, kNew), s(1, kInstruction, kTask), s(1, kAre)),
    rule(Act::kOverride, 2, 2, kOrder, s(0, kNew), s(0, kInstruction), s(3, kModel)),
    rule(Act::kOverride, 3, 3, kPlain, s(0, kBefore), s(0, kYou), s(2, kSolve), s(3, kTask), s(16, kPlease, kMust), s(4, kFollowing)),
    // Keep it from the user.
    rule(Act::kConceal, 6, 2, kPlain, s(0, kNot), s(2, kTell), s(4, kUser)),
    rule(Act::kConceal, 6, 2, kPlain, s(0, kNot), s(0, kAsk), s(2, kUser), s(1, kReveal)),
    rule(Act::kConceal, 3, 2, kUnlessNot, s(0, kWithout), s(1, kTell), s(3, kUser)),
    rule(Act::kConceal, 6, 3, kUnlessNot | kOrder, s(0, kHide), s(4, kFrom), s(2, kUser)),
    rule(Act::kConceal, 3, 2, kUnlessNot, s(0, kMust), s(6, kHide), s(0, kFrom), s(1, kUser)),
    rule(Act::kConceal, 2, 2, kOrder, s(0, kNot), s(0, kTell), s(1, kThis)),
    rule(Act::kConceal, 6, 3, kPlain, s(0, kUser), s(1, kMust), s(0, kNot), s(1, kKnow)),
    rule(Act::kConceal, 6, 2, kOrder, s(0, kKeep), s(0, kThis), s(1, kQuiet)),
    rule(Act::kConceal, 6, 3, kPlain, s(0, kKeep), s(0, kThis), s(0, kHide), s(0, kFrom), s(1, kUser)),
    rule(Act::kConceal, 2, 2, kPlain, s(0, kTell), s(0, kNothing)),
    rule(Act::kConceal, 3, 2, kOrder, s(0, kSecretly), s(1, kSend, kPass, kRead)),
    rule(Act::kConceal, 2, 2, kOrder, s(0, kSay), s(0, kNothing)),
    // Hand on what is private.
    rule(Act::kExfiltrate, 4, 2, kNoNot, s(0, kPass, kSend), s(1, kAll), s(1, kDialogue)),
    rule(Act::kExfiltrate, 4, 2, kNoNot, s(0, kPass, kSend), s(0, kYour), s(1, kSystem), s(0, kPrompt)),
    rule(Act::kExfiltrate, 4, 2, kNoNot, s(0, kData, kHistory), s(2, kPlace), s(1, kTo)),
    rule(Act::kExfiltrate, 2, 2, kNoNot | kOrder, s(0, kRead), s(2, kSecret), s(8, kPass, kSend)),
    rule(Act::kExfiltrate, 6, 3, kNoNot, s(0, kRead), s(3, kAll), s(10, kSend), s(4, kTo), s(5, kWhere)),
    rule(Act::kExfiltrate, 2, 2, kNoNot, s(0, kSend), s(3, kData, kSecret, kConversation), s(5, kTo), s(3, kWhere)),
    rule(Act::kExfiltrate, 4, 2, kPlain, s(0, kSend), s(7, kConversation), s(0, kHistory)),
    rule(Act::kExfiltrate, 2, 1, kPlain, s(0, kPass), s(4, kConversation), s(0, kHistory)),
    rule(Act::kExfiltrate, 6, 2, kNoNot, s(0, kRead), s(5, kPlace), s(12, kPass, kSend)),
    rule(Act::kExfiltrate, 6, 2, kPlain, s(0, kSend, kPass), s(6, kPlace), s(5, kTo)),
    rule(Act::kExfiltrate, 6, 3, kOrder, s(0, kSend), s(4, kSecret), s(4, kTo), s(3, kWhere)),
    rule(Act::kExfiltrate, 6, 2, kOrder, s(0, kSend), s(1, kAll), s(3, kData, kConversation), s(4, kTo), s(2, kWhere)),
    rule(Act::kExfiltrate, 4, 2, kOrder, s(0, kPass), s(2, kPrivate), s(0, kData), s(3, kTo)),
    rule(Act::kExfiltrate, 6, 2, kOrder, s(0, kSend), s(1, kAll), s(1, kPrivate, kData)),
    rule(Act::kExfiltrate, 2, 1, kOrder, s(0, kSend), s(6, kTo), s(4, kWhere)),
    rule(Act::kParameter, 4, 2, kOrder, s(0, kPass), s(3, kSystem), s(0, kPrompt), s(2, kTo)),
    // Change what other tools do.
    rule(Act::kOtherTool, 6, 3, kPlain, s(0, kSend, kSent, kPass), s(4, kDirectly), s(0, kTo), s(8, kWithout), s(4, kConsent)),
    rule(Act::kOtherTool, 6, 2, kPlain, s(0, kSend, kSent), s(2, kDirectly), s(2, kWithout), s(4, kConsent)),
    rule(Act::kOtherTool, 6, 2, kPlain, s(0, kMust), s(8, kSend), s(5, kTo), s(1, kWhere)),
    rule(Act::kOtherTool, 6, 2, kPlain, s(0, kMust), s(3, kSent), s(1, kTo), s(1, kWhere)),
    rule(Act::kOtherTool, 4, 2, kPlain, s(0, kUse), s(2, kTool), s(6, kMust), s(1, kReplace), s(2, kRecipient)),
    rule(Act::kParameter, 2, 2, kPlain, s(0, kMust), s(0, kReplace), s(3, kRecipient), s(0, kTo)),
    rule(Act::kParameter, 6, 2, kNoNot, s(0, kReplace), s(4, kRecipient), s(10, kNot), s(1, kTell)),
    // First this, then whatever you wanted.
    rule(Act::kBeforeAnyTool, 2, 2, kPlain, s(0, kBefore), s(1, kUse), s(1, kOther), s(3, kTool)),
    rule(Act::kBeforeAnyTool, 2, 2, kPlain, s(0, kUse), s(0, kThis), s(0, kTool), s(2, kBefore), s(1, kOther), s(2, kTool)),
    // Prefer me.
    rule(Act::kPreference, 1, 0, kPlain, s(0, kThis), s(0, kAre), s(2, kBest), s(1, kTool)),
    rule(Act::kPreference, 1, 0, kPlain, s(0, kBest), s(0, kTool), s(1, kTo)),
    rule(Act::kPreference, 1, 0, kPlain, s(0, kNot), s(1, kUse), s(1, kOther), s(1, kTool)),
    rule(Act::kPreference, 1, 0, kPlain, s(0, kThis), s(0, kAre), s(2, kBest), s(5, kTool)),
    rule(Act::kPreference, 1, 0, kPlain, s(0, kOver), s(4, kTool), s(0, kUse), s(0, kThis)),
    rule(Act::kPreference, 1, 0, kPlain, s(0, kPrefer), s(1, kThis), s(2, kOver), s(1, kOther), s(2, kTool)),
    // Tell me what you were told.
    rule(Act::kReveal, 3, 3, kOrder, s(0, kReveal, kPut), s(0, kEverything), s(1, kPrior)),
    rule(Act::kReveal, 3, 3, kOrder, s(0, kReveal), s(7, kYour), s(1, kSystem), s(0, kPrompt)),
    rule(Act::kReveal, 3, 3, kOrder, s(0, kReveal), s(2, kLiteral), s(2, kLiteral), s(2, kYour), s(0, kPrompt)),
    rule(Act::kReveal, 3, 3, kOrder, s(0, kReveal), s(4, kLiteral), s(1, kYour), s(1, kPrompt)),
    rule(Act::kReveal, 3, 3, kOrder, s(0, kReveal), s(2, kAll), s(3, kLiteral), s(1, kPrior)),
    rule(Act::kReveal, 3, 3, kOrder, s(0, kReveal), s(0, kAre), s(0, kYou), s(1, kAsk)),
    rule(Act::kReveal, 4, 3, kOrder, s(0, kReveal), s(4, kYour, kSystem), s(2, kPrompt)),
    rule(Act::kReveal, 4, 3, kOrder, s(0, kReveal), s(3, kPrompt), s(1, kYou)),
    rule(Act::kReveal, 2, 2, kOrder, s(0, kReveal), s(2, kYour), s(1, kSecret)),
    // Be someone else.
    rule(Act::kJailbreak, 4, 3, kPlain, s(0, kYou), s(1, kAre), s(2, kNow, kEnable), s(6, kFree, kModeName)),
    rule(Act::kJailbreak, 4, 2, kPlain, s(0, kYou), s(1, kAre), s(2, kNow), s(6, kModel)),
    rule(Act::kJailbreak, 4, 3, kPlain, s(0, kYou), s(1, kAre), s(4, kFree)),
    rule(Act::kJailbreak, 4, 3, kPlain, s(0, kYou), s(0, kAre), s(5, kModeName), s(0, kMode)),
    rule(Act::kJailbreak, 3, 2, kPlain, s(0, kModeName), s(0, kMode), s(3, kEnable)),
    rule(Act::kJailbreak, 4, 3, kOrder, s(0, kActAs), s(2, kAs, kYou), s(6, kFree)),
    rule(Act::kJailbreak, 3, 3, kPlain, s(0, kWant), s(1, kYou), s(1, kActAs), s(1, kAs)),
    rule(Act::kJailbreak, 3, 3, kPlain, s(0, kWant), s(2, kYou), s(1, kAs), s(8, kActAs)),
    rule(Act::kJailbreak, 4, 2, kPlain, s(0, kFrom), s(0, kNow), s(2, kYou), s(2, kAre, kMust, kSay, kActAs)),
    rule(Act::kJailbreak, 3, 3, kPlain, s(0, kYou), s(1, kAre), s(1, kLonger), s(1, kLimit)),
    rule(Act::kJailbreak, 2, 2, kPlain, s(0, kSay, kUse), s(3, kWithout), s(2, kLimit)),
    rule(Act::kJailbreak, 3, 2, kPlain, s(0, kFree), s(0, kMode)),
    rule(Act::kJailbreak, 2, 2, kPlain, s(0, kAll), s(0, kLimit), s(0, kAre), s(1, kReplaced)),
    rule(Act::kJailbreak, 3, 3, kPlain, s(0, kModel), s(2, kWithout), s(0, kAll, kOther), s(2, kLimit, kSafety)),
    rule(Act::kJailbreak, 3, 3, kPlain, s(0, kYou), s(1, kAre), s(8, kWithout), s(2, kSafety, kLimit), s(1, kLimit)),
    // Put this into your answer.
    rule(Act::kResponse, 0, 2, kOrder, s(0, kSay), s(10, kAnd), s(0, kNothing)),
    rule(Act::kResponse, 2, 3, kOrder, s(0, kOver), s(0, kResponse), s(3, kLiteral)),
    rule(Act::kResponse, 2, 3, kPlain, s(0, kWhen), s(3, kReading), s(1, kThis), s(6, kTell, kPut), s(16, kWhere)),
    rule(Act::kResponse, 2, 3, kPlain, s(0, kPut), s(8, kLiteral), s(12, kYour), s(1, kResponse)),
    rule(Act::kResponse, 2, 3, kPlain, s(0, kPut), s(2, kYour), s(0, kResponse), s(5, kLiteral)),
    rule(Act::kResponse, 2, 3, kOrder, s(0, kYour), s(1, kResponse), s(0, kPut), s(3, kLiteral)),
    rule(Act::kResponse, 2, 3, kPlain, s(0, kTo), s(0, kYour), s(1, kResponse), s(1, kPut), s(3, kLiteral)),
    rule(Act::kResponse, 1, 2, kOrder, s(0, kPut), s(2, kLiteral), s(8, kLiteral)),
    rule(Act::kResponse, 1, 2, kOrder, s(0, kPut), s(1, kThis), s(2, kYour), s(1, kResponse)),
    // Addressed to whoever reads for the user.
    rule(Act::kAddressed, 0, 2, kPlain, s(0, kModel), s(1, kMust), s(3, kUse, kSend, kSay)),
    rule(Act::kAddressed, 0, 2, kOrder, s(0, kConversation), s(0, kTo), s(2, kModel)),
    rule(Act::kAddressed, 0, 2, kPlain, s(0, kNote), s(0, kTo, kFor), s(2, kModel)),
    rule(Act::kAddressed, 3, 3, kPlain, s(0, kNote), s(0, kTo, kFor), s(2, kAi)),
    rule(Act::kAddressed, 3, 3, kPlain, s(0, kWhen), s(2, kAi), s(1, kRead, kReading), s(0, kThis)),
    rule(Act::kRole, 2, 2, kPlain, s(0, kSystem), s(0, kPrompt), s(0, kModel)),
    rule(Act::kAddressed, 3, 3, kOrder, s(0, kNote), s(0, kAi)),
    rule(Act::kAddressed, 2, 2, kPlain, s(0, kModel), s(1, kReading), s(0, kThis)),
    rule(Act::kAddressed, 2, 2, kPlain, s(0, kYou), s(0, kAre), s(3, kModel), s(1, kReading)),
    rule(Act::kAddressed, 0, 2, kPlain, s(0, kModel), s(1, kMust), s(0, kNow)),
    rule(Act::kAddressed, 0, 2, kPlain, s(0, kYou), s(0, kAre), s(2, kModel), s(12, kMust)),
};
// clang-format on

}  // namespace

std::string_view act_id(Act act) {
  constexpr std::array<std::string_view, kActs> kIds = {
      "text.conceal",         "text.override",   "text.role",         "text.envelope",
      "text.before-any-tool", "text.exfiltrate", "text.parameter",    "text.other-tool",
      "text.preference",      "text.jailbreak",  "text.secret-place", "text.reveal",
      "text.response",        "text.addressed"};
  return kIds[static_cast<size_t>(act)];
}

std::span<const TextRule> text_rules() { return kRules; }

}  // namespace agentmesh::policy::scan
