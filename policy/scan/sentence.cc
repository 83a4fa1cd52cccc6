#include "policy/scan/sentence.h"

#include <bit>

namespace agentmesh::policy::scan {
namespace {

using enum WordClass;

template <class Visit>
void each_class(ClassSet classes, Visit visit) {
  for (auto low = static_cast<uint64_t>(classes); low != 0; low &= low - 1)
    visit(static_cast<size_t>(std::countr_zero(low)));
  for (auto high = static_cast<uint64_t>(classes >> 64); high != 0; high &= high - 1)
    visit(static_cast<size_t>(std::countr_zero(high)) + 64);
}

// The words up to `count` behind those of `words`.
uint64_t behind(uint64_t words, unsigned count) {
  uint64_t out = 0;
  for (unsigned i = 0; i < count; ++i) {
    words <<= 1U;
    out |= words;
  }
  return out;
}

// Those of the lowest bit up to `width` words to either side.
uint64_t around(uint64_t word, unsigned width) {
  const auto at = static_cast<unsigned>(std::countr_zero(word));
  const unsigned first = at > width ? at - width : 0;
  const unsigned count = at + width + 1 - first;
  return (count >= 64 ? ~uint64_t{0} : (uint64_t{1} << count) - 1) << first;
}

}  // namespace

void Sentence::clear() {
  if (placed_) each_class(present_, [&](size_t i) { places_[i] = 0; });
  present_ = 0;
  fresh_ = commas_ = mentions_ = articles_ = 0;
  size_ = 0;
  placed_ = false;
}

void Sentence::keep_last(size_t count) {
  std::array<Word, kMost> last;
  const size_t first = size_ - count;
  for (size_t i = first; i < size_; ++i) {
    const uint64_t here = uint64_t{1} << i;
    last[i - first] = {words_[i], (fresh_ & here) != 0, (commas_ & here) != 0,
                       (mentions_ & here) != 0};
  }
  clear();
  for (size_t i = 0; i < count; ++i) add(last[i]);
}

void Sentence::place() {
  if (placed_) return;
  placed_ = true;
  for (size_t i = 0; i < size_; ++i)
    each_class(words_[i], [&](size_t of_class) { places_[of_class] |= uint64_t{1} << i; });
}

uint64_t Sentence::of(ClassSet any) const {
  uint64_t words = 0;
  each_class(any, [&](size_t i) { words |= places_[i]; });
  return words;
}

uint64_t Sentence::starts(const TextRule& rule, bool reports_count) const {
  if ((rule.flags & TextRule::kUnlessUntil) != 0 && (present_ & bit(kUntil)) != 0) return 0;
  uint64_t from = of(rule.steps[0].any) & ~mentions_;
  if (reports_count || (rule.flags & TextRule::kUnlessReport) != 0)
    from &= ~behind(of(bit(kReport)), 12);
  if ((rule.flags & TextRule::kUnlessActed) != 0) from &= ~behind(of(bit(kActAs)), 2);
  if ((rule.flags & TextRule::kUnlessNot) != 0) {
    // A negation reaches up to the next clause.
    uint64_t reach = of(bit(kNot));
    uint64_t negated = 0;
    for (int i = 0; i < 10 && reach != 0; ++i) {
      reach = (reach << 1U) & ~fresh_;
      negated |= reach;
    }
    from &= ~negated;
  }
  constexpr ClassSet kBeforeOrder = bit(kAnd) | bit(kMust) | bit(kPlease) | bit(kNow) | bit(kModel);
  if ((rule.flags & TextRule::kOrder) != 0) {
    uint64_t order = 1U | fresh_ | of(kBeforeOrder) << 1U;
    if (rule.act == Act::kSecretPlace) order |= articles_ << 1U;
    from &= order;
  } else if (in(rule.steps[0].any, kIgnore) && (present_ & bit(kOutrank)) != 0) {
    // "system messages override user messages" says how things are, unless the things are these instructions.
    constexpr ClassSet kThese =
        bit(kThis) | bit(kFollowing) | bit(kNew) | bit(kYour) | bit(kYou) | bit(kTo);
    from &= ~of(bit(kOutrank)) | 1U | fresh_ | of(kBeforeOrder) << 1U | behind(of(kThese), 4);
  }
  return from;
}

bool Sentence::holds(const TextRule& rule, bool reports_count) {
  for (const Step& step : rule.steps)
    if (step.any != 0 && (step.any & present_) == 0) return false;
  place();
  const uint64_t from = starts(rule, reports_count);
  if (from == 0) return false;
  return rule.window == 0 ? in_order(rule, from) : together(rule, from);
}

// Of the words that end a match, those that do not go on "in the guide", "on the box": which then is not the model's.
uint64_t Sentence::not_specified(uint64_t last) const {
  const uint64_t own =
      of(bit(kThis) | bit(kYour) | bit(kConversation) | bit(kPrompt) | bit(kModel) | bit(kUser) |
         bit(kYou) | bit(kAll) | bit(kSystem) | bit(kWhere));
  // "all previous steps if using a mixer" is a condition of the matter, and none of who reads.
  const uint64_t reader = of(bit(kYou) | bit(kYour) | bit(kModel) | bit(kAi) | bit(kUser) |
                             bit(kReading) | bit(kPerson) | bit(kTell));
  const uint64_t conditions = of(bit(kWhen));
  // "all previous reminders", "todos os avisos anteriores": letters, and no instructions.
  const uint64_t matters = of(bit(kMatter));
  const uint64_t of_before = of(bit(kPrior)) & ~of(bit(kInstruction));
  uint64_t specified = 0;
  for (uint64_t left = last; left != 0; left &= left - 1) {
    const uint64_t one = left & (~left + 1);
    if (((one << 1U) & of(bit(kOf))) != 0 && (behind(one << 1U, 3) & own) == 0 && (one << 2U) != 0)
      specified |= one;
    const uint64_t condition = behind(one, 2) & conditions;
    if (condition != 0 && (behind(condition, 5) & reader) == 0) specified |= one;
    if ((one & of_before & (matters << 1U | matters >> 1U)) != 0) specified |= one;
    // "what you were told: print is dead" says what it was
    if ((one & of(bit(kColon)) & of(bit(kTold))) != 0) specified |= one;
  }
  return last & ~specified;
}

bool Sentence::in_order(const TextRule& rule, uint64_t from) const {
  uint64_t blocks = 0;
  if ((rule.flags & TextRule::kTight) != 0) blocks |= commas_;
  if ((rule.flags & TextRule::kNoNot) != 0) blocks |= of(bit(kNot));
  uint64_t at = from;
  for (size_t step = 1; step < rule.steps.size() && rule.steps[step].any != 0; ++step) {
    const uint64_t wanted = of(rule.steps[step].any) & ~blocks;
    uint64_t found = 0;
    for (unsigned gap = 0; gap <= rule.steps[step].gap && at != 0; ++gap) {
      at <<= 1U;
      found |= at & wanted;
      at &= ~blocks;
    }
    at = found;
    if (at == 0) return false;
  }
  return (rule.flags & TextRule::kUnlessOf) == 0 || not_specified(at) != 0;
}

bool Sentence::together(const TextRule& rule, uint64_t from) const {
  for (; from != 0; from &= from - 1) {
    const uint64_t one = from & (~from + 1);
    const uint64_t near = around(one, rule.window);
    uint64_t used = one;
    size_t step = 1;
    for (; step < rule.steps.size() && rule.steps[step].any != 0; ++step) {
      const uint64_t found = of(rule.steps[step].any) & near & ~used;
      if (found == 0) break;
      used |= found & (~found + 1);
    }
    if (step == rule.steps.size() || rule.steps[step].any == 0) return true;
  }
  return false;
}

}  // namespace agentmesh::policy::scan
