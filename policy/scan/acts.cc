#include "policy/scan/acts.h"

#include <algorithm>

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kNear = 2000;     // bytes within which acts add up …
constexpr size_t kNearWeak = 600;  // … and those that are little by themselves
constexpr int kWeak = 3;
constexpr size_t kLongText =
    4000;  // bytes from which a result is a document, where one act alone is often a quotation
constexpr int kTold = 2;
constexpr int kMedium = 6;
constexpr int kMediumOfLong = 10;
constexpr int kToHigh = 6;  // from medium
constexpr int kCritical = 24;
constexpr int kMostOrdinary = 2;

}  // namespace

void Acts::add(Act act, int tool, int result, size_t at, bool whole) {
  const int weight = kind_ == TextKind::kDescription ? tool : result;
  if (weight == 0) return;
  const Place here{at, whole};
  Seen& seen = seen_[static_cast<size_t>(act)];
  if (weight >= weight_near(act, here)) seen = {weight, at, whole};
  most_ =
      std::max(most_, kind_ == TextKind::kDescription ? together(here) : together_in_result(here));
}

int Acts::weight_near(Act act, Place here) const {
  const Seen& seen = seen_[static_cast<size_t>(act)];
  const size_t reach = seen.weight <= kWeak ? kNearWeak : kNear;
  const bool near = here.whole || seen.whole || (here.at >= seen.at && here.at - seen.at <= reach);
  return near ? seen.weight : 0;
}

int Acts::together(Place here) const {
  int total = 0;
  for (size_t i = 0; i < kActs; ++i) total += weight_near(static_cast<Act>(i), here);
  return total;
}

// What any manual says (use this first, run that, do not ask) counts where something else says that it is meant for a model, or
// what else it is for; and then once.
int Acts::together_in_result(Place here) const {
  constexpr std::array<Act, 3> kOrdinary = {Act::kConsequence, Act::kToolUse, Act::kBeforeAnyTool};
  constexpr std::array<Act, 5> kMeaning = {Act::kOverride, Act::kRole, Act::kEnvelope,
                                           Act::kJailbreak, Act::kExfiltrate};
  const int unasked = weight_near(Act::kUnasked, here);
  int total = together(here) - unasked;
  int ordinary = 0;
  for (const Act act : kOrdinary) {
    total -= weight_near(act, here);
    ordinary = std::max(ordinary, weight_near(act, here));
  }
  const bool meant = weight_near(Act::kAddressed, here) > 0 ||
                     std::any_of(kMeaning.begin(), kMeaning.end(),
                                 [&](Act act) { return weight_near(act, here) > kWeak; });
  return meant ? total + unasked + std::min(ordinary, kMostOrdinary) : total;
}

void Acts::report(size_t length, std::vector<Hit>& hits) const {
  const bool tool = kind_ == TextKind::kDescription;
  const int medium = !tool && length > kLongText ? kMediumOfLong : kMedium;
  if (most_ < (tool ? kTold : medium)) return;
  Severity severity = most_ >= medium + kToHigh ? Severity::kHigh
                      : most_ >= medium         ? Severity::kMedium
                                                : Severity::kLow;
  if (tool && most_ >= kCritical) severity = Severity::kCritical;
  add_hit(hits, {tool ? "tool.poisoned" : "result.injection", severity});
  for (size_t i = 0; i < kActs; ++i)
    if (seen_[i].weight > 0) add_hit(hits, {act_id(static_cast<Act>(i)), Severity::kLow});
}

}  // namespace agentmesh::policy::scan
