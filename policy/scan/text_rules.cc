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
  return {act, tool, result, flags, 0, {steps...}};
}

// The same in any order, all within `window` words of the first.
template <class... S>
constexpr TextRule near(Act act, uint8_t tool, uint8_t result, uint8_t flags, uint8_t window,
                        S... steps) {
  return {act, tool, result, flags, window, {steps...}};
}

// A word of one of the classes, anywhere.
template <class... C>
constexpr Step w(C... classes) {
  return {(bit(classes) | ...), 0};
}

constexpr uint8_t kPlain = 0;
constexpr uint8_t kOrder = TextRule::kOrder;
constexpr uint8_t kUnlessNot = TextRule::kUnlessNot;
constexpr uint8_t kTight = TextRule::kTight;
constexpr uint8_t kNoNot = TextRule::kNoNot;
constexpr uint8_t kUnlessReport = TextRule::kUnlessReport;
constexpr uint8_t kUnlessOf = TextRule::kUnlessOf;
constexpr uint8_t kUnlessUntil = TextRule::kUnlessUntil;
constexpr uint8_t kUnlessActed = TextRule::kUnlessActed;

// clang-format off
constexpr TextRule kRules[] = {
    // Disregard your previous instructions, in the orders languages have for it.
    rule(Act::kOverride, 12, 8, kUnlessNot | kTight | kUnlessReport | kUnlessOf, s(0, kIgnore), s(3, kPrior, kAll, kYour), s(4, kInstruction)),
    rule(Act::kOverride, 12, 8, kUnlessNot | kTight | kUnlessReport | kUnlessOf, s(0, kIgnore), s(3, kInstruction), s(3, kPrior)),
    rule(Act::kOverride, 12, 6, kUnlessNot | kOrder | kUnlessReport | kUnlessOf, s(0, kIgnore), s(1, kAll), s(5, kPrior)),
    rule(Act::kOverride, 12, 3, kUnlessNot | kOrder, s(0, kIgnore), s(4, kSafety), s(2, kLimit, kInstruction)),
    rule(Act::kOverride, 4, 6, kUnlessNot | kOrder | kTight, s(0, kIgnore), s(6, kAnd), s(1, kSay)),
    rule(Act::kOverride, 4, 6, kUnlessNot | kOrder, s(0, kIgnore), s(1, kAll, kYour), s(2, kInstruction, kTask)),
    rule(Act::kOverride, 6, 6, kUnlessNot | kOrder | kUnlessOf, s(0, kIgnore), s(2, kYou), s(0, kAre), s(0, kAsk)),
    rule(Act::kOverride, 6, 6, kPlain, s(0, kNot), s(1, kFollow), s(2, kPrior, kYour), s(3, kInstruction)),
    rule(Act::kOverride, 6, 6, kPlain, s(0, kInstruction), s(2, kAre), s(0, kNot), s(1, kLonger), s(1, kLimit)),
    rule(Act::kOverride, 6, 6, kPlain, s(0, kDespite), s(2, kPrior, kYour), s(3, kInstruction)),
    rule(Act::kOverride, 4, 4, kPlain, s(0, kIgnore), s(0, kTo), s(0, kTell, kAsk), s(0, kYou), s(0, kTo)),
    rule(Act::kOverride, 12, 6, kUnlessNot | kTight | kUnlessOf, s(0, kIgnore), s(4, kUser, kYou), s(1, kAsk)),
    rule(Act::kOverride, 12, 6, kPlain, s(0, kNot), s(2, kCount), s(3, kInstruction)),
    rule(Act::kOverride, 6, 6, kPlain, s(0, kYour), s(1, kInstruction), s(2, kAre, kMust), s(1, kReplaced)),
    rule(Act::kOverride, 4, 4, kPlain, s(0, kSafety), s(1, kInstruction, kLimit), s(2, kAre), s(1, kReplaced)),
    rule(Act::kOverride, 6, 6, kOrder, s(0, kStop), s(1, kYour), s(2, kTask)),
    rule(Act::kOverride, 6, 5, kOrder, s(0, kStop), s(1, kYou), s(0, kAre), s(0, kDoing)),
    rule(Act::kOverride, 4, 4, kOrder, s(0, kNew), s(0, kTask)),
    rule(Act::kOverride, 6, 6, kPlain, s(0, kYour), s(0, kReal), s(0, kTask)),
    rule(Act::kOverride, 6, 4, kPlain, s(0, kDespite), s(3, kUser), s(0, kSay, kAsk, kWant)),
    rule(Act::kOverride, 0, 4, kPlain, s(0, kUser), s(0, kWant), s(0, kYou), s(0, kTo)),
    rule(Act::kOverride, 4, 4, kPlain, s(0, kBefore), s(0, kYou), s(2, kSolve), s(3, kTask)),
    // These are your instructions now.
    rule(Act::kOverride, 6, 6, kPlain, s(0, kFollow), s(3, kFollowing), s(1, kInstruction), s(30, kTool)),
    rule(Act::kOverride, 6, 6, kPlain, s(0, kYour), s(1, kNew), s(1, kInstruction, kTask), s(1, kAre)),
    rule(Act::kOverride, 4, 4, kOrder, s(0, kNew), s(0, kInstruction), s(3, kModel)),
    rule(Act::kOverride, 6, 6, kPlain, s(0, kBefore), s(0, kYou), s(2, kSolve), s(3, kTask), s(16, kPlease, kMust), s(4, kFollowing)),
    // Keep it from the user.
    rule(Act::kConceal, 12, 3, kUnlessUntil, s(0, kNot), s(2, kTell), s(2, kUser)),
    rule(Act::kConceal, 12, 3, kUnlessUntil, s(0, kNot), s(2, kTell), s(1, kThis), s(3, kUser)),
    rule(Act::kConceal, 6, 3, kUnlessUntil, s(0, kNot), s(2, kTell), s(4, kUser)),
    rule(Act::kConceal, 12, 4, kPlain, s(0, kNot), s(0, kAsk), s(2, kUser), s(1, kReveal)),
    rule(Act::kConceal, 4, 4, kUnlessNot, s(0, kWithout), s(1, kTell), s(3, kUser)),
    rule(Act::kConceal, 12, 6, kUnlessNot | kOrder, s(0, kHide), s(4, kFrom), s(2, kUser)),
    rule(Act::kConceal, 6, 4, kUnlessNot, s(0, kMust), s(6, kHide), s(0, kFrom), s(1, kUser)),
    rule(Act::kConceal, 4, 4, kOrder, s(0, kNot), s(0, kTell), s(1, kThis)),
    rule(Act::kConceal, 12, 4, kUnlessUntil, s(0, kUser), s(1, kMust), s(0, kNot), s(1, kKnow)),
    rule(Act::kConceal, 12, 4, kOrder, s(0, kKeep), s(0, kThis), s(1, kQuiet)),
    rule(Act::kConceal, 12, 6, kPlain, s(0, kKeep), s(0, kThis), s(0, kHide), s(0, kFrom), s(1, kUser)),
    rule(Act::kConceal, 4, 4, kPlain, s(0, kTell), s(0, kNothing)),
    rule(Act::kConceal, 6, 4, kOrder, s(0, kSecretly), s(1, kSend, kPass, kRead)),
    rule(Act::kConceal, 4, 4, kOrder, s(0, kSay), s(0, kNothing)),
    // Hand on what is private.
    rule(Act::kExfiltrate, 8, 4, kNoNot, s(0, kPass, kSend), s(1, kAll), s(1, kDialogue)),
    rule(Act::kExfiltrate, 8, 4, kNoNot, s(0, kPass, kSend), s(0, kYour), s(1, kSystem), s(0, kPrompt)),
    rule(Act::kExfiltrate, 8, 4, kNoNot, s(0, kData, kHistory), s(2, kPlace), s(1, kTo)),
    rule(Act::kExfiltrate, 4, 4, kNoNot | kOrder, s(0, kRead), s(2, kSecret), s(8, kPass, kSend)),
    rule(Act::kExfiltrate, 12, 6, kNoNot, s(0, kRead), s(3, kAll), s(10, kSend), s(4, kTo), s(5, kWhere)),
    rule(Act::kExfiltrate, 4, 4, kNoNot, s(0, kSend), s(3, kData, kSecret, kConversation), s(5, kTo), s(3, kWhere)),
    rule(Act::kExfiltrate, 8, 4, kPlain, s(0, kSend), s(7, kConversation), s(0, kHistory)),
    rule(Act::kExfiltrate, 4, 2, kPlain, s(0, kPass), s(4, kConversation), s(0, kHistory)),
    rule(Act::kExfiltrate, 12, 3, kNoNot, s(0, kRead), s(5, kPlace), s(12, kPass, kSend)),
    rule(Act::kExfiltrate, 12, 4, kNoNot, s(0, kRead), s(5, kPlace), s(12, kPass, kSend), s(2, kThis, kAll, kEverything, kData, kHistory)),
    rule(Act::kExfiltrate, 12, 4, kNoNot, s(0, kRead), s(5, kPlace), s(3, kData, kHistory), s(8, kPass, kSend)),
    rule(Act::kExfiltrate, 12, 6, kNoNot | kUnlessReport, s(0, kRead), s(5, kPlace), s(8, kSend), s(2, kSecret), s(0, kTo)),
    rule(Act::kExfiltrate, 12, 4, kPlain, s(0, kSend, kPass), s(6, kPlace), s(5, kTo)),
    rule(Act::kExfiltrate, 12, 6, kOrder, s(0, kSend), s(4, kSecret), s(4, kTo), s(3, kWhere)),
    rule(Act::kExfiltrate, 12, 4, kOrder, s(0, kSend), s(1, kAll), s(3, kData, kConversation), s(4, kTo), s(2, kWhere)),
    rule(Act::kExfiltrate, 8, 4, kOrder, s(0, kPass), s(2, kPrivate), s(0, kData), s(3, kTo)),
    rule(Act::kExfiltrate, 12, 4, kOrder, s(0, kSend), s(1, kAll), s(1, kPrivate, kData)),
    rule(Act::kExfiltrate, 4, 2, kOrder, s(0, kSend), s(6, kTo), s(4, kWhere)),
    rule(Act::kParameter, 8, 4, kOrder, s(0, kPass), s(3, kSystem), s(0, kPrompt), s(2, kTo)),
    // Change what other tools do.
    rule(Act::kOtherTool, 12, 6, kPlain, s(0, kSend, kSent, kPass), s(4, kDirectly), s(0, kTo), s(8, kWithout), s(4, kConsent)),
    rule(Act::kOtherTool, 5, 4, kPlain, s(0, kSend, kSent), s(2, kDirectly), s(2, kWithout), s(4, kConsent)),
    rule(Act::kOtherTool, 12, 4, kPlain, s(0, kMust), s(1, kSent), s(2, kDirectly), s(2, kWithout), s(4, kConsent)),
    rule(Act::kOtherTool, 12, 4, kPlain, s(0, kMust), s(8, kSend), s(5, kTo), s(1, kWhere)),
    rule(Act::kOtherTool, 12, 2, kPlain, s(0, kMust), s(3, kSent), s(1, kTo), s(1, kWhere)),
    rule(Act::kOtherTool, 8, 4, kPlain, s(0, kUse), s(2, kTool), s(6, kMust), s(1, kReplace), s(2, kRecipient)),
    rule(Act::kParameter, 4, 4, kPlain, s(0, kMust), s(0, kReplace), s(3, kRecipient), s(0, kTo)),
    rule(Act::kParameter, 12, 4, kNoNot, s(0, kReplace), s(4, kRecipient), s(10, kNot), s(1, kTell)),
    // First this, then whatever you wanted.
    rule(Act::kBeforeAnyTool, 4, 2, kPlain, s(0, kBefore), s(1, kUse), s(1, kOther), s(3, kTool)),
    rule(Act::kBeforeAnyTool, 4, 2, kPlain, s(0, kUse), s(0, kThis), s(0, kTool), s(2, kBefore), s(1, kOther), s(2, kTool)),
    // Prefer me.
    rule(Act::kPreference, 2, 0, kPlain, s(0, kThis), s(0, kAre), s(2, kBest), s(1, kTool)),
    rule(Act::kPreference, 2, 0, kPlain, s(0, kBest), s(0, kTool), s(1, kTo)),
    rule(Act::kPreference, 2, 0, kPlain, s(0, kNot), s(1, kUse), s(1, kOther), s(1, kTool)),
    rule(Act::kPreference, 2, 0, kPlain, s(0, kThis), s(0, kAre), s(2, kBest), s(5, kTool)),
    rule(Act::kPreference, 2, 0, kPlain, s(0, kOver), s(4, kTool), s(0, kUse), s(0, kThis)),
    rule(Act::kPreference, 2, 0, kPlain, s(0, kPrefer), s(1, kThis), s(2, kOver), s(1, kOther), s(2, kTool)),
    // Tell me what you were told.
    rule(Act::kReveal, 6, 6, kOrder, s(0, kReveal, kPut), s(0, kEverything), s(1, kPrior)),
    rule(Act::kReveal, 6, 6, kOrder, s(0, kReveal), s(7, kYour), s(1, kSystem), s(0, kPrompt)),
    rule(Act::kReveal, 6, 6, kOrder, s(0, kReveal), s(2, kLiteral), s(2, kLiteral), s(2, kYour), s(0, kPrompt)),
    rule(Act::kReveal, 6, 6, kOrder, s(0, kReveal), s(4, kLiteral), s(1, kYour), s(1, kPrompt)),
    rule(Act::kReveal, 6, 6, kOrder, s(0, kReveal), s(2, kAll), s(3, kLiteral), s(1, kPrior)),
    rule(Act::kReveal, 6, 6, kOrder, s(0, kReveal), s(0, kAre), s(0, kYou), s(1, kAsk)),
    rule(Act::kReveal, 8, 6, kOrder, s(0, kReveal), s(4, kYour, kSystem), s(2, kPrompt)),
    rule(Act::kReveal, 8, 6, kOrder, s(0, kReveal), s(3, kPrompt), s(1, kYou)),
    rule(Act::kReveal, 4, 4, kOrder, s(0, kReveal), s(2, kYour), s(1, kSecret)),
    // Be someone else.
    rule(Act::kJailbreak, 8, 6, kPlain, s(0, kYou), s(1, kAre), s(2, kNow, kEnable), s(6, kFree)),
    rule(Act::kJailbreak, 8, 6, kPlain, s(0, kYou), s(1, kAre), s(2, kNow, kEnable), s(4, kModeName), s(1, kMode)),
    rule(Act::kJailbreak, 8, 4, kPlain, s(0, kYou), s(1, kAre), s(2, kNow), s(6, kModel)),
    rule(Act::kJailbreak, 8, 6, kPlain, s(0, kYou), s(1, kAre), s(4, kFree)),
    rule(Act::kJailbreak, 8, 6, kPlain, s(0, kYou), s(0, kAre), s(5, kModeName), s(0, kMode)),
    rule(Act::kJailbreak, 6, 4, kPlain, s(0, kModeName), s(0, kMode), s(3, kEnable)),
    rule(Act::kJailbreak, 8, 6, kOrder, s(0, kActAs), s(2, kAs, kYou), s(6, kFree)),
    rule(Act::kJailbreak, 6, 6, kPlain, s(0, kWant), s(1, kYou), s(1, kActAs), s(1, kAs)),
    rule(Act::kJailbreak, 6, 6, kPlain, s(0, kWant), s(2, kYou), s(1, kAs), s(8, kActAs)),
    rule(Act::kJailbreak, 6, 3, kPlain, s(0, kFrom), s(0, kNow), s(2, kYou), s(2, kAre, kMust, kSay, kActAs)),
    rule(Act::kJailbreak, 6, 6, kPlain, s(0, kYou), s(1, kAre), s(1, kLonger), s(1, kLimit)),
    rule(Act::kJailbreak, 4, 4, kPlain, s(0, kSay, kUse), s(3, kWithout), s(2, kLimit)),
    rule(Act::kJailbreak, 6, 4, kPlain, s(0, kFree), s(0, kMode)),
    rule(Act::kJailbreak, 4, 4, kPlain, s(0, kAll), s(0, kLimit), s(0, kAre), s(1, kReplaced)),
    rule(Act::kJailbreak, 6, 6, kPlain, s(0, kModel), s(2, kWithout), s(0, kAll, kOther), s(2, kLimit, kSafety)),
    rule(Act::kJailbreak, 6, 6, kPlain, s(0, kYou), s(1, kAre), s(8, kWithout), s(2, kSafety, kLimit), s(1, kLimit)),
    // Put this into your answer.
    rule(Act::kResponse, 0, 4, kOrder, s(0, kSay), s(10, kAnd), s(0, kNothing)),
    rule(Act::kResponse, 4, 6, kOrder, s(0, kOver), s(0, kResponse), s(3, kLiteral)),
    rule(Act::kResponse, 4, 6, kPlain, s(0, kWhen), s(3, kReading), s(1, kThis), s(6, kTell, kPut), s(16, kWhere)),
    rule(Act::kResponse, 4, 6, kPlain, s(0, kPut), s(8, kLiteral), s(12, kYour), s(1, kResponse)),
    rule(Act::kResponse, 4, 4, kPlain, s(0, kPut), s(2, kYour), s(0, kResponse), s(5, kLiteral)),
    rule(Act::kResponse, 4, 6, kPlain, s(0, kPut), s(2, kYour), s(0, kResponse), s(1, kFollowing), s(2, kLiteral)),
    rule(Act::kResponse, 4, 6, kOrder, s(0, kYour), s(1, kResponse), s(0, kPut), s(3, kLiteral)),
    rule(Act::kResponse, 4, 6, kPlain, s(0, kYour), s(0, kResponse), s(1, kHide), s(3, kLiteral)),
    rule(Act::kResponse, 4, 6, kPlain, s(0, kTo), s(0, kYour), s(1, kResponse), s(1, kPut), s(3, kLiteral)),
    rule(Act::kResponse, 2, 4, kOrder, s(0, kPut), s(2, kLiteral), s(8, kLiteral)),
    rule(Act::kResponse, 2, 4, kOrder, s(0, kPut), s(1, kThis), s(2, kYour), s(1, kResponse)),
    // Who reads for the user is spoken to.
    near(Act::kAddressed, 1, 3, kUnlessReport, 4, w(kAi), w(kNote)),
    rule(Act::kAddressed, 1, 3, kOrder | kUnlessReport, s(0, kFor, kTo), s(2, kAi)),
    rule(Act::kAddressed, 1, 3, kUnlessReport, s(0, kAi), s(3, kReading)),
    rule(Act::kAddressed, 1, 3, kOrder | kUnlessReport, s(0, kAi), s(2, kColon)),
    rule(Act::kAddressed, 1, 3, kUnlessReport | kUnlessActed, s(0, kWhen, kAs), s(0, kYou), s(0, kAre), s(3, kAi)),
    rule(Act::kAddressed, 1, 3, kUnlessReport, s(0, kWhen), s(0, kYou), s(3, kAre), s(1, kLanguage), s(0, kModel)),
    rule(Act::kAddressed, 1, 3, kOrder, s(0, kHello), s(1, kAi)),
    near(Act::kAddressed, 1, 3, kUnlessReport, 2, w(kLanguage), w(kModel), w(kNote, kYou, kReading)),
    rule(Act::kAddressed, 0, 2, kUnlessReport, s(0, kModel), s(3, kReading), s(1, kThis)),
    rule(Act::kAddressed, 0, 2, kUnlessReport, s(0, kModel), s(2, kMust)),
    rule(Act::kAddressed, 0, 2, kOrder, s(0, kModel), s(1, kColon, kAnd)),
    rule(Act::kAddressed, 0, 2, kUnlessReport, s(0, kEvery, kAll), s(0, kAi), s(0, kModel)),
    near(Act::kAddressed, 0, 2, kUnlessReport, 1, w(kModel), w(kNote)),
    rule(Act::kAddressed, 0, 2, kUnlessReport, s(0, kReading), s(0, kModel), s(2, kMust, kReading, kColon)),
    rule(Act::kAddressed, 1, 3, kUnlessReport, s(0, kAi), s(3, kMust)),
    near(Act::kAddressed, 1, 3, kUnlessReport, 4, w(kReading), w(kAi), w(kThis, kMust, kYou)),
    near(Act::kAddressed, 0, 2, kUnlessReport, 2, w(kModel), w(kMust)),
    rule(Act::kAddressed, 1, 3, kUnlessReport, s(0, kWhen), s(0, kYou), s(1, kAre), s(1, kModel), s(1, kLanguage)),
    // The same where a verb comes last, or none is needed.
    rule(Act::kAddressed, 1, 3, kUnlessReport | kUnlessActed, s(0, kWhen), s(0, kYou), s(2, kAi), s(0, kAre)),
    rule(Act::kAddressed, 1, 3, kUnlessReport | kUnlessActed, s(0, kWhen), s(0, kYou), s(0, kAi), s(0, kAnd)),
    near(Act::kAddressed, 1, 3, kUnlessReport | kUnlessActed, 3, w(kAi), w(kYou), w(kWhen)),
    // And told what to say or do to its reader.
    near(Act::kResponse, 0, 3, kUnlessReport, 14, w(kReading), w(kAi), w(kThis), w(kMust), w(kSay, kReveal, kTell, kDo, kSend)),
    // Nobody is to know of it.
    rule(Act::kConceal, 6, 3, kOrder | kUnlessReport, s(0, kKeep), s(0, kThis), s(0, kFor, kTo), s(0, kYou)),
    rule(Act::kConceal, 8, 4, kUnlessReport, s(0, kNot), s(1, kUser), s(1, kKnow)),
    rule(Act::kConceal, 6, 3, kUnlessReport, s(0, kWithout), s(1, kMention)),
    near(Act::kConceal, 4, 3, kOrder | kUnlessReport, 2, w(kTell), w(kNot), w(kThis)),
    rule(Act::kConceal, 4, 3, kOrder | kUnlessReport, s(0, kTell), s(0, kThis), s(2, kNothing)),
    rule(Act::kConceal, 8, 3, kUnlessReport, s(0, kNo), s(2, kDoNotTell)),
    near(Act::kConceal, 1, 3, kUnlessReport, 7, w(kTell), w(kNot), w(kUser)),
    near(Act::kConceal, 6, 3, kUnlessReport, 7, w(kUser, kPerson), w(kNeed, kMust, kWant, kPrefer), w(kNot), w(kKnow)),
    rule(Act::kConceal, 6, 4, kUnlessReport, s(0, kNo, kWithout, kNot), s(1, kNeed, kMust), s(1, kTo, kTell, kMention), s(3, kTell, kMention)),
    rule(Act::kConceal, 6, 3, kOrder, s(0, kTell, kSay, kMention), s(0, kNothing)),
    rule(Act::kConceal, 6, 3, kUnlessReport, s(0, kTell), s(1, kNothing)),
    rule(Act::kConceal, 4, 3, kUnlessReport, s(0, kNothing), s(2, kTell, kMention)),
    // "Tell the user nothing of it"; but that "nothing was found" they may hear.
    rule(Act::kConceal, 12, 4, kOrder | kUnlessReport | kUnlessUntil, s(0, kTell), s(1, kUser), s(0, kNothing), s(1, kThis)),
    rule(Act::kConceal, 6, 3, kPlain, s(0, kUnsaid)),
    rule(Act::kConceal, 6, 3, kOrder, s(0, kKeep), s(0, kThis), s(1, kBetween)),
    rule(Act::kConceal, 4, 2, kPlain, s(0, kYour), s(1, kSecret, kPrivate), s(0, kSecret)),
    rule(Act::kConceal, 6, 3, kOrder | kUnlessReport, s(0, kLeave), s(2, kOut), s(1, kOf), s(3, kResponse, kNote, kConversation, kYou)),
    rule(Act::kConceal, 6, 3, kOrder | kUnlessReport, s(0, kSecretly), s(2, kRead, kSend, kPass)),
    rule(Act::kConceal, 4, 3, kOrder | kUnlessReport, s(0, kSecretly), s(2, kDo, kUse, kReplace)),
    rule(Act::kConceal, 1, 3, kUnlessReport, s(0, kDo, kSend, kRead, kSolve), s(6, kSecretly)),
    near(Act::kConceal, 6, 3, kUnlessReport, 6, w(kHide), w(kUser), w(kThis, kYour, kMust)),
    rule(Act::kConceal, 6, 3, kUnlessNot | kUnlessReport, s(0, kMust), s(2, kKeep), s(0, kQuiet)),
    // And nobody is to be asked.
    rule(Act::kUnasked, 1, 2, kUnlessReport, s(0, kNot, kWithout, kLeave), s(4, kConsent)),
    rule(Act::kUnasked, 1, 2, kUnlessReport, s(0, kNo), s(0, kConsent), s(2, kNo), s(0, kConsent)),
    rule(Act::kUnasked, 1, 2, kUnlessReport, s(0, kNot, kWithout, kNo), s(3, kAsk), s(4, kUser, kFirst, kYou)),
    rule(Act::kUnasked, 1, 2, kUnlessReport, s(0, kConsent), s(4, kAre), s(1, kVoid, kReplaced)),
    // What was said before is void.
    near(Act::kOverride, 6, 5, kUnlessReport, 9, w(kVoid), w(kInstruction, kTask, kSafety), w(kYour, kUser)),
    near(Act::kOverride, 1, 3, kUnlessReport, 8, w(kVoid), w(kInstruction, kTask), w(kPrior, kAll)),
    near(Act::kOverride, 6, 4, kUnlessReport, 9, w(kRelevant), w(kInstruction, kTask), w(kNot, kNo), w(kYour, kUser, kModel, kYou)),
    near(Act::kOverride, 1, 3, kUnlessReport, 8, w(kRelevant), w(kInstruction, kTask), w(kNot, kNo), w(kPrior)),
    rule(Act::kOverride, 6, 6, kUnlessNot | kUnlessReport | kOrder | kUnlessOf, s(0, kIgnore, kStop, kIgnora), s(4, kYou), s(2, kAre), s(1, kTold)),
    rule(Act::kOverride, 6, 6, kUnlessNot | kUnlessReport, s(0, kIgnore, kIgnora), s(2, kAll), s(5, kTold), s(4, kBefore, kPrior, kNow)),
    rule(Act::kOverride, 12, 8, kUnlessNot | kTight | kOrder, s(0, kIgnora), s(3, kPrior, kAll, kYour), s(4, kInstruction)),
    rule(Act::kOverride, 12, 8, kUnlessNot | kTight | kOrder, s(0, kIgnora), s(3, kInstruction), s(3, kPrior)),
    rule(Act::kOverride, 6, 6, kUnlessReport, s(0, kYour), s(1, kInstruction), s(2, kAre, kHas), s(1, kVoid)),
    rule(Act::kOverride, 6, 4, kUnlessReport, s(0, kDespite, kOutrank), s(5, kTold, kAsk, kPrompt, kInstruction), s(3, kYou, kUser, kAre, kTold)),
    rule(Act::kOverride, 6, 5, kUnlessReport, s(0, kOutrank), s(2, kUser), s(2, kWant, kTask, kAsk)),
    rule(Act::kOverride, 6, 6, kUnlessReport, s(0, kOutrank), s(3, kYou), s(1, kAre), s(0, kTold)),
    rule(Act::kOverride, 6, 6, kUnlessReport, s(0, kDespite), s(5, kYou), s(0, kAre), s(0, kTold)),
    rule(Act::kOverride, 4, 5, kUnlessReport | kUnlessNot | kOrder, s(0, kIgnore), s(4, kInstruction), s(0, kYou)),
    rule(Act::kOverride, 3, 4, kOrder | kUnlessReport, s(0, kReal), s(0, kTask)),
    rule(Act::kOverride, 6, 4, kUnlessReport, s(0, kNot), s(1, kAs), s(2, kPrompt, kUser), s(1, kSay, kAsk, kWant)),
    rule(Act::kOverride, 4, 4, kOrder | kUnlessReport, s(0, kStop), s(1, kYour, kPrior), s(1, kTask)),
    rule(Act::kOverride, 4, 4, kUnlessReport, s(0, kYour), s(2, kNew, kReal), s(1, kTask, kInstruction), s(1, kAre, kColon)),
    rule(Act::kOverride, 4, 4, kUnlessReport, s(0, kReal), s(4, kYou), s(2, kAsk, kTold)),
    rule(Act::kOverride, 4, 4, kOrder | kUnlessReport, s(0, kIgnore), s(2, kUser, kReading), s(2, kTask, kInstruction, kAsk)),
    rule(Act::kOverride, 4, 4, kUnlessReport, s(0, kNot), s(1, kFollow), s(3, kPrior, kAll), s(2, kInstruction, kTask)),
    near(Act::kOverride, 6, 5, kUnlessReport, 5, w(kCount), w(kNot, kNo), w(kInstruction), w(kPrior, kUser, kYour)),
    near(Act::kOverride, 6, 4, kUnlessReport, 5, w(kCount), w(kIgnore, kDo, kNot), w(kUser, kPrior), w(kInstruction)),
    rule(Act::kOverride, 3, 3, kOrder, s(0, kStop), s(0, kReading, kDoing)),
    rule(Act::kOverride, 6, 5, kOrder | kUnlessReport, s(0, kStop, kIgnore), s(1, kUser), s(1, kTask, kInstruction)),
    rule(Act::kOverride, 6, 5, kOrder | kUnlessReport, s(0, kPass, kReplace), s(0, kYour), s(1, kInstruction, kLimit), s(2, kOut)),
    rule(Act::kOverride, 6, 6, kUnlessNot | kUnlessReport | kUnlessOf, s(0, kIgnore), s(3, kYou), s(0, kTold)),
    near(Act::kOverride, 6, 5, kUnlessReport, 6, w(kFollow), w(kNot, kNo), w(kMust, kLonger), w(kUser)),
    // What a model has no business with goes elsewhere.
    rule(Act::kExfiltrate, 6, 4, kNoNot | kUnlessReport, s(0, kPass), s(4, kAll), s(4, kEnvironment, kDialogue)),
    rule(Act::kExfiltrate, 6, 3, kUnlessReport, s(0, kAll), s(3, kDialogue, kEnvironment), s(6, kMust), s(2, kAre), s(4, kPass, kRead)),
    near(Act::kExfiltrate, 6, 4, kNoNot | kUnlessReport, 10, w(kPlace), w(kRead, kPass), w(kMust, kFirst, kBefore, kModel, kTo)),
    rule(Act::kExfiltrate, 6, 3, kNoNot | kUnlessReport, s(0, kUser, kYour, kAll), s(4, kSecret), s(4, kMust), s(3, kPass, kSend, kSent)),
    rule(Act::kExfiltrate, 6, 3, kNoNot | kUnlessReport, s(0, kMust), s(3, kPass, kSend), s(4, kUser, kYour, kAll), s(3, kSecret)),
    rule(Act::kExfiltrate, 6, 4, kOrder | kUnlessReport, s(0, kSend), s(3, kAll, kYour, kPrior), s(3, kSecret, kConversation, kHistory, kData), s(6, kTo), s(3, kWhere)),
    rule(Act::kExfiltrate, 6, 4, kOrder | kUnlessReport, s(0, kSend), s(6, kUser), s(2, kSecret, kConversation, kHistory, kData), s(6, kTo), s(3, kWhere)),
    near(Act::kExfiltrate, 4, 3, kOrder | kUnlessReport, 14, w(kSend), w(kConversation, kSecret, kPrivate, kData), w(kWhere)),
    near(Act::kExfiltrate, 6, 3, kUnlessReport, 10, w(kSoFar), w(kDialogue), w(kMust, kPass)),
    near(Act::kExfiltrate, 6, 3, kUnlessReport, 10, w(kSoFar), w(kEverything, kAll), w(kUser, kConversation), w(kPass, kPut)),
    near(Act::kExfiltrate, 6, 3, kUnlessReport, 14, w(kSend), w(kConversation, kSecret, kData), w(kWhere), w(kModel, kMust)),
    near(Act::kExfiltrate, 6, 4, kUnlessReport, 8, w(kDialogue), w(kAll), w(kPass), w(kAs, kTo, kIdentifier)),
    near(Act::kOtherTool, 6, 3, kUnlessReport, 12, w(kSent), w(kOther), w(kTool), w(kMust)),
    near(Act::kExfiltrate, 0, 3, kUnlessReport | kOrder, 8, w(kReveal, kSay), w(kEnvironment), w(kData, kTo, kAll)),
    near(Act::kOtherTool, 6, 3, kUnlessReport, 10, w(kRecipient), w(kMust), w(kTool), w(kOther), w(kTo)),
    near(Act::kOtherTool, 6, 3, kUnlessReport, 12, w(kWhere), w(kPass), w(kSend), w(kWhen, kEvery)),
    near(Act::kPreference, 2, 0, kPlain, 8, w(kPrefer), w(kThis), w(kTool), w(kNot), w(kOther)),
    near(Act::kBeforeAnyTool, 2, 2, kPlain, 10, w(kFirst), w(kEvery), w(kConversation), w(kUse), w(kMust)),
    rule(Act::kExfiltrate, 6, 3, kNoNot | kUnlessReport, s(0, kEverything, kAll), s(1, kUser), s(2, kUttered)),
    near(Act::kOtherTool, 6, 3, kUnlessReport, 12, w(kWhere), w(kOver), w(kUse, kReplace), w(kRecipient, kTool)),
    // The assistant is to do something that has consequences, or to use another tool.
    rule(Act::kConsequence, 0, 2, kUnlessReport, s(0, kModel), s(5, kMust), s(5, kDo, kSend, kRead, kPass)),
    rule(Act::kConsequence, 0, 1, kOrder | kUnlessReport, s(0, kDo)),
    rule(Act::kConsequence, 0, 3, kOrder | kUnlessReport | kUnlessNot, s(0, kHarm)),
    rule(Act::kToolUse, 0, 3, kUnlessReport | kUnlessNot, s(0, kUse), s(3, kIdentifier)),
    rule(Act::kToolUse, 0, 4, kUnlessReport | kUnlessNot, s(0, kNeed), s(12, kUse), s(4, kTool, kIdentifier)),
    near(Act::kToolUse, 0, 3, kUnlessReport, 12, w(kModel), w(kMust), w(kUse), w(kIdentifier, kTool, kFirst)),
    // Another nature.
    near(Act::kJailbreak, 6, 4, kUnlessReport, 14, w(kLimit, kSafety), w(kModel), w(kNo, kWithout, kOut, kVoid), w(kYou, kPerson)),
    near(Act::kJailbreak, 6, 4, kUnlessReport, 10, w(kFree), w(kModel), w(kYou, kAs, kActAs)),
    rule(Act::kJailbreak, 6, 3, kUnlessReport, s(0, kModel), s(4, kNo, kWithout), s(2, kLimit, kSafety)),
    rule(Act::kJailbreak, 4, 4, kUnlessReport, s(0, kNo), s(0, kLimit, kSafety), s(2, kNo), s(0, kLimit, kSafety)),
    rule(Act::kRole, 2, 2, kOrder | kUnlessReport, s(0, kActAs, kPlay), s(3, kYou, kAs), s(6, kModel, kPlay)),
    rule(Act::kRole, 2, 2, kOrder, s(0, kKeep), s(0, kOf, kTo), s(0, kPlay)),
    near(Act::kRole, 2, 2, kPlain, 6, w(kRefuse), w(kNot, kNothing), w(kPerson, kYou, kModel, kPlay)),
    rule(Act::kJailbreak, 6, 3, kUnlessReport, s(0, kActAs), s(4, kModel, kSystem), s(1, kWithout, kNo), s(1, kLimit)),
    // What was it that you were told?
    near(Act::kReveal, 5, 5, kUnlessReport, 14, w(kDialogue), w(kTold), w(kBefore, kPrior), w(kLiteral, kWant, kReveal), w(kSystem, kLiteral, kEverything, kAll)),
    near(Act::kReveal, 5, 5, kUnlessReport, 14, w(kEverything, kAll), w(kPrior), w(kReveal, kSay), w(kYour), w(kConversation, kHistory, kLiteral)),
    rule(Act::kReveal, 8, 6, kOrder | kUnlessReport, s(0, kSay), s(4, kYour), s(2, kPrompt)),
    rule(Act::kReveal, 6, 6, kOrder | kUnlessReport, s(0, kReveal), s(8, kYou), s(0, kAre), s(1, kTold)),
    rule(Act::kReveal, 6, 6, kOrder | kUnlessReport, s(0, kReveal), s(5, kYour, kPrivate), s(2, kPrompt), s(6, kLiteral, kModel, kYou)),
    rule(Act::kReveal, 6, 5, kOrder | kUnlessReport, s(0, kReveal, kSay), s(3, kLiteral, kEverything, kAll), s(6, kPrior, kBefore), s(3, kThis, kYour)),
    rule(Act::kReveal, 4, 4, kUnlessReport, s(0, kSecret, kPrompt), s(2, kAre, kYou), s(1, kYou, kAre), s(1, kTold, kAsk)),
    near(Act::kReveal, 6, 6, kUnlessReport | kOrder, 6, w(kReveal), w(kSystem), w(kPrompt), w(kYour, kAll, kLiteral, kThis)),
    // Addressed to whoever reads for the user.
    rule(Act::kAddressed, 0, 3, kPlain, s(0, kModel), s(1, kMust), s(3, kUse, kSend, kSay)),
    rule(Act::kAddressed, 0, 4, kOrder, s(0, kConversation), s(0, kTo), s(2, kModel)),
    rule(Act::kAddressed, 0, 3, kPlain, s(0, kNote), s(0, kTo, kFor), s(2, kModel)),
    rule(Act::kAddressed, 6, 3, kPlain, s(0, kNote), s(0, kTo, kFor), s(2, kAi)),
    rule(Act::kAddressed, 6, 4, kUnlessReport, s(0, kNote), s(0, kTo, kFor), s(3, kCalled)),
    rule(Act::kAddressed, 6, 6, kPlain, s(0, kWhen), s(2, kAi), s(1, kRead, kReading), s(0, kThis)),
    rule(Act::kRole, 4, 4, kPlain, s(0, kSystem), s(0, kPrompt), s(0, kModel)),
    // "Message Claude" is the name of a box; with something asked in it, it is none.
    rule(Act::kAddressed, 6, 6, kOrder, s(0, kNote), s(0, kAi), s(14, kMust, kPlease, kHarm, kSend, kUse, kReveal, kIgnore, kStop, kReplace, kSecretly, kDo)),
    rule(Act::kAddressed, 4, 4, kPlain, s(0, kModel), s(1, kReading), s(0, kThis)),
    rule(Act::kAddressed, 4, 4, kPlain, s(0, kYou), s(0, kAre), s(3, kModel), s(1, kReading)),
    rule(Act::kAddressed, 0, 3, kPlain, s(0, kModel), s(1, kMust), s(0, kNow)),
    rule(Act::kAddressed, 0, 4, kPlain, s(0, kYou), s(0, kAre), s(2, kModel), s(12, kMust)),
    // Spoken to by name, or as one of a kind; and what was settled before anybody could ask.
    rule(Act::kAddressed, 1, 3, kUnlessReport, s(0, kCalled), s(14, kHarm, kSend, kUse, kReveal, kIgnore, kStop, kMust, kPass, kPlease, kSecretly, kReplace)),
    rule(Act::kAddressed, 1, 4, kUnlessReport | kUnlessActed, s(0, kWhen), s(0, kYou), s(0, kAre), s(0, kTo), s(1, kAi)),
    rule(Act::kAddressed, 1, 3, kUnlessReport | kUnlessActed, s(0, kWhen), s(0, kAre), s(2, kModel, kAi)),
    rule(Act::kAddressed, 1, 4, kUnlessReport, s(0, kAi), s(2, kReading), s(1, kThis)),
    rule(Act::kAddressed, 1, 3, kUnlessReport, s(0, kNote), s(0, kTo, kFor), s(1, kAuto)),
    rule(Act::kAddressed, 1, 2, kUnlessReport, s(0, kAuto), s(0, kModel, kSystem, kAi), s(3, kMust, kColon)),
    near(Act::kAddressed, 1, 3, kUnlessReport, 8, w(kReading), w(kWhen), w(kThis), w(kModel, kAi)),
    near(Act::kAddressed, 0, 3, kUnlessReport, 3, w(kNote), w(kModel), w(kReading, kRead)),
    rule(Act::kAddressed, 1, 3, kOrder | kUnlessReport, s(0, kTo, kFor), s(0, kAll, kAuto), s(0, kAuto, kModel, kAi), s(0, kModel, kColon, kAi)),
    near(Act::kUnasked, 1, 2, kUnlessReport, 6, w(kAgreed), w(kUser)),
    rule(Act::kConsequence, 0, 2, kOrder | kUnlessReport, s(0, kSay), s(0, kThis)),
    rule(Act::kConceal, 6, 3, kOrder | kUnlessReport | kUnlessNot, s(0, kHide), s(4, kUser)),
    rule(Act::kConceal, 0, 3, kUnlessReport, s(0, kWithout), s(1, kTell), s(0, kThis)),
    rule(Act::kReveal, 6, 6, kOrder | kUnlessReport, s(0, kReveal), s(7, kYou), s(0, kTold)),
    near(Act::kOverride, 6, 5, kUnlessReport, 14, w(kRelevant), w(kInstruction), w(kNot, kNo), w(kLonger), w(kYour, kUser, kModel, kYou)),
    rule(Act::kUnasked, 2, 2, kOrder | kUnlessReport, s(0, kAsk), s(0, kNo), s(1, kConsent)),
    rule(Act::kConceal, 2, 1, kUnlessReport, s(0, kModel), s(0, kMust, kAre), s(0, kNot), s(2, kTell)),
    rule(Act::kResponse, 0, 2, kOrder | kUnlessReport, s(0, kSay), s(1, kOnly)),
    rule(Act::kResponse, 4, 4, kOrder | kUnlessReport, s(0, kPut), s(1, kEvery, kAll), s(1, kResponse)),
    rule(Act::kResponse, 0, 4, kUnlessReport | kUnlessNot, s(0, kWhen, kEvery), s(2, kUser), s(2, kSay, kUttered, kAsk), s(6, kHarm)),
    rule(Act::kOverride, 6, 5, kOrder | kUnlessReport | kUnlessNot, s(0, kIgnore, kLeave, kIgnora), s(2, kUser, kPerson), s(1, kUttered, kAsk)),
    rule(Act::kOverride, 6, 5, kUnlessReport, s(0, kReal), s(0, kTask), s(2, kUser)),
    near(Act::kOverride, 4, 3, kUnlessReport, 9, w(kTold), w(kInstruction), w(kYou), w(kDialogue, kFirst)),
    near(Act::kExfiltrate, 4, 4, kUnlessReport, 14, w(kDialogue), w(kWhere), w(kRead, kPass, kPut, kUse)),
    rule(Act::kExfiltrate, 6, 4, kNoNot | kUnlessReport, s(0, kPass), s(6, kUser), s(2, kPrior), s(2, kConversation)),
    near(Act::kOtherTool, 6, 3, kUnlessReport, 10, w(kReplace), w(kRecipient), w(kOther), w(kTool)),
    // What was said before is void, and what counts is new: in other company.
    near(Act::kOverride, 6, 3, kUnlessReport, 8, w(kCount), w(kNot, kNo), w(kUser, kPrior), w(kAsk, kUttered, kInstruction, kTask, kWant)),
    near(Act::kOverride, 6, 2, kUnlessReport, 4, w(kNothing), w(kPrior), w(kRelevant)),
    rule(Act::kOverride, 6, 6, kUnlessReport, s(0, kNothing), s(2, kPrior), s(1, kRelevant), s(3, kAnd), s(0, kSay)),
    rule(Act::kOverride, 6, 6, kUnlessReport, s(0, kNot, kNo), s(1, kCount), s(5, kUser), s(1, kWant, kAsk, kUttered), s(0, kAnd), s(0, kSay)),
    rule(Act::kOverride, 4, 3, kOrder | kUnlessReport, s(0, kNew, kReal), s(1, kAnnounced)),
    rule(Act::kOverride, 6, 6, kOrder | kUnlessReport | kUnlessNot, s(0, kStop), s(0, kFollow), s(1, kPrior, kYour, kAll), s(2, kInstruction)),
    rule(Act::kOverride, 6, 3, kOrder | kUnlessReport | kUnlessNot, s(0, kIgnore), s(1, kAll), s(1, kAnd), s(1, kSay, kTell, kReveal)),
    rule(Act::kOverride, 6, 6, kOrder | kUnlessReport | kUnlessNot, s(0, kIgnore), s(1, kAll), s(0, kAnd), s(0, kSay, kTell), s(1, kThis)),
    rule(Act::kOverride, 8, 5, kOrder | kUnlessReport | kUnlessNot | kUnlessOf, s(0, kIgnore), s(3, kSystem), s(0, kPrompt)),
    rule(Act::kOverride, 6, 6, kUnlessReport, s(0, kNot), s(0, kSay, kSolve), s(2, kTask), s(1, kAnd), s(1, kAnd, kSay), s(1, kSay)),
    rule(Act::kOverride, 4, 4, kOrder | kUnlessReport, s(0, kYour), s(3, kOnly), s(1, kTask), s(2, kAre)),
    rule(Act::kOverride, 8, 8, kUnlessReport, s(0, kPrior), s(4, kInstruction), s(3, kDropped)),
    rule(Act::kOverride, 3, 3, kUnlessReport, s(0, kTask), s(1, kDropped)),
    rule(Act::kOverride, 4, 4, kOrder | kUnlessReport, s(0, kReplace), s(0, kYour), s(0, kPrompt)),
    rule(Act::kOverride, 6, 6, kUnlessNot | kUnlessReport | kUnlessOf, s(0, kIgnore), s(0, kAll), s(1, kUttered, kTold)),
    near(Act::kOverride, 6, 5, kUnlessReport, 8, w(kActAs), w(kNot, kNo, kWithout), w(kInstruction, kLimit), w(kYou)),
    rule(Act::kOverride, 5, 5, kOrder | kUnlessReport, s(0, kYour), s(0, kPrompt), s(0, kHas, kAre), s(0, kChanged)),
    near(Act::kOverride, 4, 4, kUnlessReport, 14, w(kBefore), w(kReading), w(kTask), w(kYou), w(kMust)),
    rule(Act::kOverride, 6, 6, kOrder | kUnlessReport | kUnlessNot | kUnlessOf, s(0, kIgnore), s(4, kYou), s(1, kTold)),
    rule(Act::kOverride, 6, 4, kUnlessReport | kUnlessNot, s(0, kStop), s(0, kFollow), s(2, kInstruction)),
    rule(Act::kOverride, 5, 5, kOrder | kUnlessReport | kUnlessNot, s(0, kStop, kLeave), s(3, kInstruction), s(2, kSystem)),
    // "The policy you were given is void", "All earlier orders to you are void, assistant."
    rule(Act::kOverride, 6, 6, kUnlessReport, s(0, kInstruction), s(0, kYou), s(0, kAre), s(0, kTold), s(0, kAre), s(1, kVoid)),
    rule(Act::kOverride, 6, 6, kUnlessReport, s(0, kPrior), s(0, kInstruction), s(1, kYou), s(0, kAre), s(1, kVoid), s(2, kModel, kAi)),
    // Nobody is to see it, hear of it or be told.
    rule(Act::kConceal, 8, 3, kUnlessReport | kUnlessUntil, s(0, kNot), s(0, kAsk), s(2, kUser), s(1, kKnow)),
    rule(Act::kConceal, 4, 4, kUnlessReport | kUnlessUntil, s(0, kUser), s(1, kMust, kAre, kNeed), s(0, kNot), s(1, kInformed)),
    near(Act::kConceal, 3, 2, kUnlessReport, 4, w(kNot, kWithout), w(kCount), w(kThis)),
    rule(Act::kConceal, 4, 2, kUnlessReport, s(0, kSecretly), s(0, kSends)),
    rule(Act::kConceal, 4, 3, kUnlessReport, s(0, kNothing), s(1, kMust), s(2, kKnow, kRead)),
    // Secrets, conversations and secret places go out; a tool says so of itself, or an error asks for it.
    rule(Act::kExfiltrate, 8, 6, kNoNot | kUnlessNot | kUnlessReport, s(0, kSend), s(4, kSecret), s(4, kTo), s(3, kWhere)),
    rule(Act::kExfiltrate, 4, 2, kOrder | kUnlessReport, s(0, kPass, kSend), s(5, kSystem), s(0, kPrompt)),
    rule(Act::kExfiltrate, 0, 3, kUnlessReport, s(0, kNeed), s(12, kUse), s(4, kIdentifier), s(14, kWhere)),
    near(Act::kExfiltrate, 4, 2, kUnlessReport, 12, w(kWithout), w(kConsent), w(kSecret)),
    near(Act::kExfiltrate, 8, 6, kUnlessReport, 14, w(kPlace), w(kSend), w(kWhere)),
    near(Act::kExfiltrate, 6, 3, kUnlessReport, 12, w(kUse), w(kAll), w(kDialogue), w(kMust)),
    near(Act::kExfiltrate, 4, 3, kUnlessReport, 8, w(kSends), w(kEverything), w(kUser)),
    near(Act::kExfiltrate, 4, 3, kUnlessReport, 8, w(kSends), w(kAll), w(kDialogue)),
    near(Act::kExfiltrate, 4, 3, kUnlessReport, 12, w(kPass), w(kPrior), w(kDialogue)),
    near(Act::kExfiltrate, 6, 4, kUnlessReport, 12, w(kRead), w(kAll), w(kDialogue), w(kSend, kPass)),
    // Straight on, with nobody's consent.
    near(Act::kOtherTool, 3, 2, kUnlessReport, 12, w(kWithout, kNo, kLeave), w(kConsent), w(kDirectly)),
    near(Act::kOtherTool, 6, 2, kUnlessReport, 12, w(kWithout, kNo), w(kConsent), w(kMust), w(kSent)),
    rule(Act::kOtherTool, 4, 2, kUnlessReport, s(0, kMust, kEvery), s(2, kPass, kSend, kSent), s(3, kDirectly), s(0, kTo)),
    rule(Act::kUnasked, 2, 2, kUnlessReport, s(0, kNo), s(0, kMust), s(0, kTo), s(1, kAsk)),
    rule(Act::kUnasked, 3, 3, kOrder | kUnlessReport | kUnlessNot, s(0, kIgnore, kLeave), s(2, kConsent)),
    near(Act::kUnasked, 3, 3, kUnlessReport, 8, w(kAgreed), w(kLeave, kWithout), w(kConsent)),
    rule(Act::kUnasked, 2, 2, kUnlessReport, s(0, kNot), s(1, kTell), s(3, kConsent)),
    rule(Act::kUnasked, 2, 0, kUnlessReport, s(0, kWithout), s(2, kUser, kPerson), s(2, kAsk)),
    near(Act::kBeforeAnyTool, 4, 2, kUnlessReport, 16, w(kBefore), w(kReading), w(kUser), w(kMust)),
    // Rather than whatever the user asks for.
    rule(Act::kPreference, 2, 0, kPlain, s(0, kOver), s(10, kEven), s(0, kWhen), s(1, kUser)),
    near(Act::kPreference, 2, 0, kPlain, 10, w(kThis), w(kTool), w(kPrefer), w(kMust), w(kFirst, kAll, kOther)),
    rule(Act::kPreference, 2, 0, kPlain, s(0, kPrefer), s(0, kThis), s(1, kTool), s(0, kTo, kOver), s(1, kAll, kOther)),
    rule(Act::kPreference, 4, 0, kPlain, s(0, kActAs), s(1, kNo), s(0, kOther), s(2, kTool)),
    near(Act::kOverride, 3, 0, kUnlessReport, 9, w(kResponse), w(kTool), w(kInstruction), w(kOver, kPrior)),
    // A model without limits, played or promised.
    rule(Act::kJailbreak, 4, 3, kUnlessReport | kUnlessNot, s(0, kStop), s(1, kAll), s(1, kLimit)),
    rule(Act::kJailbreak, 4, 4, kUnlessReport, s(0, kYou), s(0, kHas), s(0, kNo), s(1, kLimit)),
    rule(Act::kJailbreak, 4, 6, kUnlessReport, s(0, kYou), s(1, kNow), s(0, kSay, kActAs), s(1, kAs)),
    rule(Act::kJailbreak, 6, 6, kUnlessReport, s(0, kActAs), s(4, kModel, kAi), s(3, kWithout, kNo), s(2, kSafety)),
    near(Act::kJailbreak, 6, 6, kUnlessReport, 9, w(kFree), w(kResponse), w(kSay, kAnd)),
    rule(Act::kJailbreak, 6, 3, kOrder | kUnlessReport, s(0, kActAs), s(2, kAs), s(4, kAi)),
    rule(Act::kJailbreak, 6, 4, kOrder | kUnlessReport, s(0, kActAs), s(2, kAs), s(4, kAi), s(2, kThis)),
    rule(Act::kJailbreak, 6, 6, kUnlessReport, s(0, kSay, kResponse, kActAs), s(8, kWithout, kNo), s(3, kSafety), s(2, kLimit)),
    rule(Act::kRole, 4, 4, kUnlessReport, s(0, kAs), s(0, kYour), s(0, kModeName)),
    rule(Act::kRole, 4, 4, kUnlessReport, s(0, kAre), s(1, kModeName), s(2, kThis, kYour), s(0, kModel, kAi)),
    // What was to stay hidden, spelled in another way; and what each answer is to hold.
    rule(Act::kReveal, 4, 6, kOrder | kUnlessReport, s(0, kReveal), s(3, kSecret), s(8, kSpelled)),
    rule(Act::kReveal, 2, 2, kOrder | kUnlessReport, s(0, kReveal, kSay), s(4, kYour), s(1, kHistory)),
    rule(Act::kResponse, 2, 3, kUnlessReport, s(0, kYour), s(1, kResponse), s(2, kMust), s(3, kPut, kSay)),
    rule(Act::kResponse, 2, 3, kOrder | kUnlessReport, s(0, kPut), s(10, kYour), s(1, kResponse)),
    near(Act::kResponse, 4, 4, kUnlessReport, 9, w(kEvery), w(kYou), w(kAsk, kTask, kPrompt), w(kSay, kResponse)),
    // A parameter that asks for what lies in a secret place, or for what the user keeps to themselves.
    rule(Act::kSecretPlace, 12, 0, kOrder | kNoNot, s(0, kContent), s(6, kPlace)),
    rule(Act::kSecretPlace, 12, 0, kOrder | kNoNot, s(0, kAll), s(1, kContent), s(5, kPlace)),
    rule(Act::kSecretPlace, 8, 0, kOrder | kNoNot, s(0, kPass, kSend), s(3, kContent), s(2, kEnvironment)),
    rule(Act::kSecretPlace, 8, 0, kOrder | kNoNot, s(0, kAll), s(2, kSecret), s(6, kEnvironment)),
    rule(Act::kSecretPlace, 6, 0, kOrder | kNoNot, s(0, kUser), s(2, kSecret), s(1, kAnd), s(2, kSecret)),
    rule(Act::kSecretPlace, 6, 0, kOrder | kNoNot, s(0, kSecret), s(1, kAnd), s(1, kSecret), s(3, kUser)),
    rule(Act::kSecretPlace, 6, 0, kNoNot, s(0, kWhen), s(6, kSecret, kPrivate), s(6, kDialogue), s(5, kPass, kSend, kRead)),
    // Whoever the user names, it goes to somebody else.
    rule(Act::kParameter, 12, 4, kNoNot, s(0, kWhen, kEvery), s(3, kUser), s(12, kReplace), s(3, kRecipient), s(1, kTo, kAs)),
    rule(Act::kParameter, 12, 4, kNoNot, s(0, kReplace), s(3, kRecipient), s(1, kTo, kAs), s(1, kWhere)),
    near(Act::kParameter, 8, 2, kUnlessReport, 14, w(kUser), w(kRecipient), w(kUse, kReplace), w(kWhere), w(kDespite, kOver, kPlace, kWhen)),
    // The user is said to have agreed, and is not to be asked.
    rule(Act::kUnasked, 6, 2, kUnlessReport, s(0, kUser), s(3, kAgreed), s(12, kNot), s(2, kAsk, kConsent)),
    // A tool in place of those of others; a copy of each answer; one called in silence.
    rule(Act::kOtherTool, 6, 0, kUnlessReport, s(0, kOutrank), s(2, kIdentifier), s(4, kOther)),
    rule(Act::kPreference, 2, 0, kPlain, s(0, kAll), s(3, kMust), s(3, kThis), s(0, kTool)),
    near(Act::kExfiltrate, 8, 3, kUnlessReport, 14, w(kUse), w(kEvery), w(kResponse), w(kAll), w(kDialogue)),
    rule(Act::kConceal, 6, 3, kOrder | kUnlessReport, s(0, kUse), s(2, kIdentifier), s(2, kSecretly)),
    rule(Act::kConceal, 6, 3, kOrder | kUnlessReport, s(0, kSecretly), s(0, kUse), s(2, kIdentifier)),
    // Left out of what the user reads, and said in other languages.
    rule(Act::kConceal, 4, 3, kUnlessReport, s(0, kNot), s(0, kReveal, kPut, kTell), s(0, kThis), s(0, kOf), s(3, kResponse, kNote, kConversation)),
    rule(Act::kConceal, 4, 3, kUnlessReport, s(0, kAnd), s(1, kNot), s(0, kTell), s(0, kThis)),
    rule(Act::kConceal, 4, 3, kOrder | kUnlessReport, s(0, kKeep), s(1, kThis), s(0, kOut), s(0, kOf), s(3, kResponse, kNote, kConversation)),
    rule(Act::kConceal, 4, 3, kUnlessReport, s(0, kWithout), s(2, kPerson), s(0, kTell)),
    rule(Act::kConceal, 0, 3, kUnlessReport, s(0, kWithout), s(0, kTell)),
    rule(Act::kConceal, 2, 3, kOrder | kUnlessReport, s(0, kHide), s(0, kThis), s(0, kConversation, kLiteral, kNote)),
    // Answers that are all that is said; what is asked of the user in the model's name.
    near(Act::kResponse, 0, 3, kUnlessReport, 6, w(kNow), w(kSay), w(kOnly)),
    rule(Act::kResponse, 0, 3, kOrder | kUnlessReport, s(0, kSay), s(3, kOnly), s(1, kTo)),
    rule(Act::kResponse, 0, 3, kOrder | kUnlessReport, s(0, kSay), s(2, kUser), s(8, kNothing)),
    rule(Act::kExfiltrate, 0, 3, kOrder | kUnlessReport, s(0, kSay), s(2, kUser), s(14, kSend), s(5, kTo), s(3, kWhere)),
    rule(Act::kExfiltrate, 0, 3, kOrder | kUnlessReport, s(0, kAsk), s(0, kFor), s(2, kSecret)),
    rule(Act::kResponse, 0, 3, kOrder | kUnlessReport, s(0, kTell), s(2, kUser), s(10, kWhere)),
    // What a reviewer is to pass; whose request is dropped; who is greeted or called.
    rule(Act::kOverride, 0, 3, kOrder | kUnlessReport, s(0, kDo), s(6, kAs, kTo), s(0, kAgreed, kSent)),
    rule(Act::kOverride, 4, 4, kOrder | kUnlessReport | kUnlessNot, s(0, kIgnore, kLeave, kIgnora), s(3, kTask, kAsk), s(3, kUser)),
    rule(Act::kAddressed, 0, 2, kOrder | kUnlessReport, s(0, kHello), s(0, kModel)),
    rule(Act::kAddressed, 1, 3, kUnlessReport, s(0, kCalled), s(2, kNot, kNo), s(2, kDoNotTell, kTell)),
    // What a tool has no business to ask for: passwords, the names of all tools, what goes somewhere on each call.
    rule(Act::kExfiltrate, 6, 3, kOrder | kNoNot | kUnlessReport, s(0, kPass), s(1, kUser), s(1, kSecret)),
    rule(Act::kExfiltrate, 8, 4, kNoNot | kUnlessReport, s(0, kRead, kReveal), s(0, kAll), s(1, kTool), s(2, kPass, kSend, kPut)),
    rule(Act::kExfiltrate, 6, 3, kOrder | kNoNot | kUnlessReport, s(0, kPass), s(5, kConversation, kDialogue), s(3, kSecret)),
    rule(Act::kExfiltrate, 8, 4, kNoNot | kUnlessReport, s(0, kModel), s(1, kMust), s(2, kPass, kReveal), s(2, kSystem), s(0, kPrompt)),
    near(Act::kExfiltrate, 6, 2, kUnlessReport, 16, w(kBefore, kMust, kEvery, kFirst), w(kUse, kTool), w(kSend), w(kWhere)),
    rule(Act::kOverride, 12, 6, kUnlessNot | kUnlessReport, s(0, kIgnore), s(2, kInstruction), s(2, kOther), s(1, kTool)),
    // The same in languages where the verb comes last, or "you" is in it.
    rule(Act::kReveal, 6, 6, kUnlessReport, s(0, kSystem), s(0, kPrompt), s(4, kDropped)),
    rule(Act::kReveal, 6, 6, kOrder | kUnlessReport, s(0, kReveal), s(1, kYour, kYou), s(0, kConversation), s(1, kSystem)),
    near(Act::kJailbreak, 6, 6, kUnlessReport, 8, w(kNow), w(kAre), w(kModel), w(kWithout), w(kLimit)),
};
// clang-format on

}  // namespace

std::string_view act_id(Act act) {
  constexpr std::array<std::string_view, kActs> kIds = {
      "text.conceal",     "text.override",        "text.role",
      "text.envelope",    "text.before-any-tool", "text.exfiltrate",
      "text.parameter",   "text.other-tool",      "text.preference",
      "text.jailbreak",   "text.secret-place",    "text.reveal",
      "text.response",    "text.addressed",       "text.unasked",
      "text.consequence", "text.tool-use",        ""};
  return kIds[static_cast<size_t>(act)];
}

std::span<const TextRule> text_rules() { return kRules; }

}  // namespace agentmesh::policy::scan
