#include "policy/scan/text_rules.h"

#include "policy/scan/lexicon.h"

namespace agentmesh::policy::scan {
namespace {

using enum WordClass;

template <class... C>
constexpr uint64_t any(C... classes) {
  return (bit(classes) | ...);
}

constexpr uint8_t kOrder = TextRule::kOrder;
constexpr uint8_t kUnlessNot = TextRule::kUnlessNot;

constexpr TextRule kRules[] = {
    // Disregard your previous instructions, in the orders languages have for it.
    {Act::kOverride,
     6,
     4,
     kUnlessNot,
     {{{any(kIgnore)}, {any(kPrior, kAll, kYour), 3}, {any(kInstruction), 4}}}},
    {Act::kOverride,
     6,
     4,
     kUnlessNot,
     {{{any(kIgnore)}, {any(kInstruction), 3}, {any(kPrior), 3}}}},
    {Act::kOverride, 6, 3, kUnlessNot, {{{any(kIgnore)}, {any(kAll), 1}, {any(kPrior), 5}}}},
    {Act::kOverride,
     6,
     3,
     kUnlessNot | kOrder,
     {{{any(kIgnore)}, {any(kSafety), 4}, {any(kLimit, kInstruction), 2}}}},
    {Act::kOverride, 2, 3, kUnlessNot | kOrder, {{{any(kIgnore)}, {any(kAnd), 6}, {any(kSay), 1}}}},
    {Act::kOverride,
     2,
     3,
     kUnlessNot | kOrder,
     {{{any(kIgnore)}, {any(kAll, kYour), 1}, {any(kInstruction, kTask), 2}}}},
    {Act::kOverride,
     3,
     3,
     0,
     {{{any(kNot)}, {any(kFollow), 1}, {any(kPrior, kYour), 2}, {any(kInstruction), 3}}}},
    {Act::kOverride,
     3,
     3,
     0,
     {{{any(kInstruction)}, {any(kAre), 2}, {any(kNot), 0}, {any(kLonger), 1}, {any(kBound), 1}}}},
    {Act::kOverride,
     3,
     3,
     0,
     {{{any(kFollow)},
       {any(kFollowing), 3},
       {any(kInstruction), 1},
       {any(kUse), 24},
       {any(kTool), 4}}}},
    {Act::kOverride,
     2,
     2,
     0,
     {{{any(kYour)}, {any(kNew), 1}, {any(kInstruction, kTask), 1}, {any(kAre), 1}}}},
    {Act::kOverride,
     3,
     3,
     0,
     {{{any(kBefore)},
       {any(kYou), 0},
       {any(kSolve), 2},
       {any(kTask), 3},
       {any(kPlease, kMust), 16},
       {any(kFollowing), 4}}}},
    {Act::kOverride, 3, 3, 0, {{{any(kDespite)}, {any(kPrior, kYour), 2}, {any(kInstruction), 3}}}},
    {Act::kOverride,
     2,
     2,
     0,
     {{{any(kIgnore)}, {any(kTo), 0}, {any(kTell, kAsk), 0}, {any(kYou), 0}, {any(kTo), 0}}}},
    // Keep it from the user.
    {Act::kConceal, 6, 2, 0, {{{any(kNot)}, {any(kTell), 2}, {any(kUser), 4}}}},
    {Act::kConceal, 3, 2, kUnlessNot, {{{any(kWithout)}, {any(kTell), 1}, {any(kUser), 3}}}},
    {Act::kConceal, 6, 3, kUnlessNot | kOrder, {{{any(kHide)}, {any(kFrom), 4}, {any(kUser), 2}}}},
    {Act::kConceal, 2, 2, kOrder, {{{any(kNot)}, {any(kTell), 0}, {any(kThis), 1}}}},
    // Hand on what is private.
    {Act::kExfiltrate, 4, 2, 0, {{{any(kSend)}, {any(kConversation), 7}, {any(kHistory), 0}}}},
    {Act::kExfiltrate, 6, 3, kOrder, {{{any(kRead)}, {any(kPlace), 5}, {any(kPass, kSend), 12}}}},
    {Act::kExfiltrate, 6, 2, 0, {{{any(kSend, kPass)}, {any(kPlace), 6}, {any(kTo), 5}}}},
    {Act::kExfiltrate,
     6,
     4,
     kOrder,
     {{{any(kSend)}, {any(kSecret), 4}, {any(kTo), 4}, {any(kWhere), 3}}}},
    {Act::kExfiltrate,
     6,
     4,
     kOrder,
     {{{any(kSend)},
       {any(kAll), 1},
       {any(kData, kConversation), 3},
       {any(kTo), 4},
       {any(kWhere), 2}}}},
    {Act::kExfiltrate,
     4,
     2,
     kOrder,
     {{{any(kPass)}, {any(kPrivate), 2}, {any(kData), 0}, {any(kTo), 3}}}},
    {Act::kExfiltrate, 6, 2, kOrder, {{{any(kSend)}, {any(kAll), 1}, {any(kPrivate, kData), 1}}}},
    {Act::kOtherTool,
     6,
     3,
     0,
     {{{any(kSend, kSent, kPass)},
       {any(kDirectly), 4},
       {any(kTo), 0},
       {any(kWithout), 8},
       {any(kConsent), 4}}}},
    {Act::kOtherTool,
     6,
     2,
     0,
     {{{any(kSend, kSent)}, {any(kDirectly), 2}, {any(kWithout), 2}, {any(kConsent), 4}}}},
    {Act::kOtherTool, 6, 2, 0, {{{any(kMust)}, {any(kSend), 8}, {any(kTo), 5}, {any(kWhere), 1}}}},
    {Act::kExfiltrate, 2, 1, kOrder, {{{any(kSend)}, {any(kTo), 6}, {any(kWhere), 2}}}},
    // First this, then whatever you wanted.
    {Act::kBeforeAnyTool,
     2,
     2,
     0,
     {{{any(kBefore)}, {any(kUse), 1}, {any(kOther), 1}, {any(kTool), 3}}}},
    // Prefer me.
    {Act::kPreference, 1, 0, 0, {{{any(kThis)}, {any(kAre), 0}, {any(kBest), 2}, {any(kTool), 1}}}},
    {Act::kPreference, 1, 0, 0, {{{any(kBest)}, {any(kTool), 0}, {any(kTo), 1}}}},
    {Act::kPreference, 1, 0, 0, {{{any(kNot)}, {any(kUse), 1}, {any(kOther), 1}, {any(kTool), 1}}}},
    // Tell me what you were told.
    {Act::kReveal, 4, 3, kOrder, {{{any(kReveal)}, {any(kYour, kSystem), 4}, {any(kPrompt), 2}}}},
    {Act::kReveal, 4, 3, kOrder, {{{any(kReveal)}, {any(kPrompt), 3}, {any(kYou), 1}}}},
    {Act::kReveal, 2, 2, kOrder, {{{any(kReveal)}, {any(kYour), 2}, {any(kSecret), 1}}}},
    // Be someone else.
    {Act::kJailbreak,
     4,
     3,
     0,
     {{{any(kYou)}, {any(kAre), 1}, {any(kNow, kEnable), 2}, {any(kFree, kModeName), 6}}}},
    {Act::kJailbreak, 4, 2, 0, {{{any(kYou)}, {any(kAre), 1}, {any(kNow), 2}, {any(kModel), 6}}}},
    {Act::kJailbreak, 4, 3, 0, {{{any(kYou)}, {any(kAre), 1}, {any(kFree), 4}}}},
    {Act::kJailbreak,
     4,
     3,
     0,
     {{{any(kYou)}, {any(kAre), 0}, {any(kModeName), 5}, {any(kMode), 0}}}},
    {Act::kJailbreak, 3, 2, 0, {{{any(kModeName)}, {any(kMode), 0}, {any(kEnable), 3}}}},
    {Act::kJailbreak, 4, 3, kOrder, {{{any(kActAs)}, {any(kAs, kYou), 2}, {any(kFree), 6}}}},
    {Act::kJailbreak, 3, 3, 0, {{{any(kWant)}, {any(kYou), 1}, {any(kActAs), 1}, {any(kAs), 1}}}},
    {Act::kJailbreak, 3, 3, 0, {{{any(kWant)}, {any(kYou), 2}, {any(kAs), 1}, {any(kActAs), 8}}}},
    {Act::kJailbreak,
     4,
     2,
     0,
     {{{any(kFrom)}, {any(kNow), 0}, {any(kYou), 2}, {any(kAre, kMust, kSay, kActAs), 2}}}},
    {Act::kJailbreak,
     3,
     3,
     0,
     {{{any(kYou)}, {any(kAre), 1}, {any(kLonger), 1}, {any(kBound), 1}}}},
    {Act::kJailbreak, 2, 2, 0, {{{any(kSay, kUse)}, {any(kWithout), 3}, {any(kLimit), 2}}}},
    {Act::kJailbreak, 3, 2, 0, {{{any(kFree)}, {any(kMode), 0}}}},
    // Put this into your answer.
    {Act::kResponse,
     2,
     3,
     0,
     {{{any(kPut)}, {any(kLiteral), 8}, {any(kYour), 12}, {any(kResponse), 1}}}},
    {Act::kResponse,
     2,
     3,
     0,
     {{{any(kPut)}, {any(kYour), 2}, {any(kResponse), 0}, {any(kLiteral), 5}}}},
    {Act::kResponse, 1, 2, kOrder, {{{any(kPut)}, {any(kLiteral), 2}, {any(kTimes), 8}}}},
    {Act::kResponse,
     1,
     2,
     kOrder,
     {{{any(kPut)}, {any(kThis), 1}, {any(kYour), 2}, {any(kResponse), 1}}}},
    // Addressed to whoever reads for the user.
    {Act::kAddressed, 0, 2, 0, {{{any(kModel)}, {any(kMust), 1}, {any(kUse, kSend, kSay), 3}}}},
};

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
