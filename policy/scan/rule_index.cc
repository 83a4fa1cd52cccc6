#include "policy/scan/rule_index.h"

#include <utility>

namespace agentmesh::policy::scan {
namespace {

using enum WordClass;

// In how many of 1000 stretches of 16 words of documentation a class is found (those not named: a few). It decides where a rule
// is filed, and nothing else.
struct Often {
  WordClass word_class;
  unsigned often;
};
constexpr Often kOften[] = {
    {kTo, 398},          {kSay, 267},      {kOf, 257},      {kReveal, 195},    {kAre, 179},
    {kAs, 177},          {kWhen, 160},     {kData, 140},    {kPut, 134},       {kThis, 125},
    {kAnd, 120},         {kLiteral, 116},  {kPass, 112},    {kFor, 102},       {kRead, 82},
    {kNot, 82},          {kFollowing, 79}, {kUse, 66},      {kIdentifier, 60}, {kColon, 60},
    {kPrior, 59},        {kDo, 59},        {kLimit, 55},    {kOther, 54},      {kAll, 52},
    {kReplace, 49},      {kFrom, 49},      {kModeName, 48}, {kSecret, 46},     {kMust, 44},
    {kInstruction, 41},  {kUser, 38},      {kReal, 37},     {kNew, 37},        {kSystem, 36},
    {kWant, 35},         {kTool, 35},      {kEvery, 34},    {kHistory, 33},    {kReport, 32},
    {kConversation, 30}, {kVoid, 28},      {kNote, 27},     {kKnow, 27},       {kHas, 27},
    {kAsk, 25},          {kTell, 24},      {kRelevant, 24}, {kResponse, 23},   {kNo, 21},
    {kYou, 20},          {kWhere, 20},     {kSolve, 18},    {kSent, 18},       {kPlay, 18},
    {kYour, 17},         {kTask, 17},      {kNeed, 17},     {kEnable, 16},     {kRecipient, 15},
    {kFirst, 15},        {kTold, 14},      {kSend, 13},     {kPrompt, 13},     {kReading, 12},
    {kPrivate, 12},      {kSoFar, 11},     {kSafety, 11},   {kOut, 11},        {kLeave, 10},
    {kFollow, 10}};
constexpr unsigned kSeldom = 3;

constexpr auto kHowOften = [] {
  std::array<unsigned, 128> out{};
  out.fill(kSeldom);
  for (const Often& row : kOften) out[static_cast<size_t>(row.word_class)] = row.often;
  return out;
}();

unsigned often(ClassSet any) {
  unsigned sum = 0;
  for (auto low = static_cast<uint64_t>(any); low != 0; low &= low - 1)
    sum += kHowOften[static_cast<size_t>(std::countr_zero(low))];
  for (auto high = static_cast<uint64_t>(any >> 64); high != 0; high &= high - 1)
    sum += kHowOften[static_cast<size_t>(std::countr_zero(high)) + 64];
  return sum;
}

}  // namespace

RuleIndex::RuleIndex() {
  for (const TextRule& rule : text_rules()) {
    ClassSet rarest = rule.steps[0].any;
    ClassSet also = 0;
    for (size_t i = 1; i < rule.steps.size() && rule.steps[i].any != 0; ++i) {
      ClassSet any = rule.steps[i].any;
      if (often(any) < often(rarest)) std::swap(any, rarest);
      if (also == 0 || often(any) < often(also)) also = any;
    }
    for (unsigned i = 0; i < rules_.size(); ++i)
      if ((rarest >> i & 1U) != 0) rules_[i].push_back({also == 0 ? rarest : also, &rule});
    filed_ |= rarest;
  }
}

const RuleIndex& rule_index() {
  static const RuleIndex kIndex;
  return kIndex;
}

}  // namespace agentmesh::policy::scan
