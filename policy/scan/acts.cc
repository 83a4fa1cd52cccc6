#include "policy/scan/acts.h"

#include <algorithm>
#include <numeric>

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
constexpr int kPlainly = 8;  // an act that nobody takes for anything else
constexpr int kToHigh = 6;   // from medium
constexpr int kCritical = 24;
constexpr int kInSecret = 8;      // more than both: something is handed on, and nobody is to know
constexpr int kGrave = 3;         // what cannot be taken back
constexpr int kMostOrdinary = 2;  // one more where it is done by who was spoken to, or unseen

}  // namespace

void Acts::add(Act act, int tool, int result, size_t at) {
  const int heavy = weight(tool, result);
  if (heavy == 0) return;
  size_t& last = last_[static_cast<size_t>(act)];
  if (last != 0 && found_[last - 1].at == at) {  // another rule in the same sentence
    found_[last - 1].weight = std::max(found_[last - 1].weight, heavy);
    return;
  }
  found_.push_back({at, act, heavy});
  last = found_.size();
}

void Acts::add_anywhere(Act act, int tool, int result) {
  int& known = anywhere_[static_cast<size_t>(act)];
  known = std::max(known, weight(tool, result));
}

Acts::Heaviest Acts::heaviest() {
  const auto by_place = [](const Found& a, const Found& b) { return a.at < b.at; };
  if (!std::is_sorted(found_.begin(), found_.end(), by_place))
    std::stable_sort(found_.begin(), found_.end(), by_place);
  std::array<Found, kActs> latest{};
  const auto near = [&](size_t i, size_t here) {
    const size_t reach = latest[i].weight <= kWeak ? kNearWeak : kNear;
    return here - latest[i].at <= reach ? latest[i].weight : 0;
  };
  Heaviest most;
  for (const Found& found : found_) {
    const auto of_act = static_cast<size_t>(found.act);
    if (found.weight >= near(of_act, found.at)) latest[of_act] = found;
    Weights weights;
    Weights close;
    for (size_t i = 0; i < kActs; ++i) {
      weights[i] = near(i, found.at);
      close[i] = found.at - latest[i].at <= kNearWeak ? weights[i] : 0;
    }
    most.one = std::max(most.one, found.weight);
    most.anyhow = std::max(most.anyhow, sum(weights));
    if (are_several(close)) most.together = std::max(most.together, sum(close));
  }
  Weights weights = anywhere_;
  if (std::any_of(weights.begin(), weights.end(), [](int each) { return each != 0; })) {
    for (size_t i = 0; i < kActs; ++i) weights[i] = std::max(weights[i], latest[i].weight);
    most.anyhow = std::max(most.anyhow, sum(weights));
  }
  return most;
}

// Two acts at least that no manual has side by side: "put this into your response" counts where a model is spoken to.
bool Acts::are_several(const Weights& weights) {
  constexpr std::array<Act, 7> kUnusual = {Act::kConceal,  Act::kOverride,   Act::kRole,
                                           Act::kEnvelope, Act::kExfiltrate, Act::kJailbreak,
                                           Act::kReveal};
  const auto heavy = [&](Act act) { return weights[static_cast<size_t>(act)] >= kWeak; };
  const auto unusual = std::count_if(kUnusual.begin(), kUnusual.end(), heavy);
  return unusual > 1 || (heavy(Act::kAddressed) && (unusual > 0 || heavy(Act::kResponse)));
}

// What any manual says (use this first, run that, do not ask) counts in a result where something else says that it is meant for
// a model, or what else it is for; and then once.
int Acts::sum(const Weights& weights) const {
  constexpr std::array<Act, 3> kOrdinary = {Act::kConsequence, Act::kToolUse, Act::kBeforeAnyTool};
  constexpr std::array<Act, 4> kMeaning = {Act::kOverride, Act::kRole, Act::kJailbreak,
                                           Act::kExfiltrate};
  const auto of = [&](Act act) { return weights[static_cast<size_t>(act)]; };
  int total = std::accumulate(weights.begin(), weights.end(), 0);
  if (kind_ == TextKind::kDescription) {
    const int taken = std::max({of(Act::kExfiltrate), of(Act::kParameter), of(Act::kOtherTool)});
    return of(Act::kConceal) > 0 && taken > kWeak ? total + kInSecret : total;
  }
  total -= of(Act::kUnasked);
  const bool addressed = of(Act::kAddressed) > 0;
  const bool unseen = of(Act::kUnseen) > 0;
  total -= of(Act::kUnseen);
  const int done = addressed || unseen ? of(Act::kConsequence) : std::min(of(Act::kConsequence), 1);
  const int used = std::max(of(Act::kToolUse), of(Act::kBeforeAnyTool));
  for (const Act act : kOrdinary) total -= of(act);
  const bool grave = done >= kGrave && (of(Act::kAddressed) >= kWeak || unseen);
  const bool both = addressed && done > 1 && used > 1;
  const int most = grave || both ? kMostOrdinary + 1 : kMostOrdinary;
  const bool meant =
      addressed || (unseen && done >= kGrave) ||
      std::any_of(kMeaning.begin(), kMeaning.end(), [&](Act act) { return of(act) > kWeak; });
  return meant ? total + of(Act::kUnasked) + std::min(std::max(done, used), most) : total;
}

void Acts::report(size_t length, std::vector<Hit>& hits) {
  const bool tool = kind_ == TextKind::kDescription;
  const int medium = !tool && length > kLongText ? kMediumOfLong : kMedium;
  const Heaviest heavy = heaviest();
  const bool plain = heavy.together >= kMedium || heavy.one >= kPlainly;
  const int most =
      !tool && length > kLongText && plain ? std::max(heavy.anyhow, medium) : heavy.anyhow;
  if (most < (tool ? kTold : medium)) return;
  Severity severity = most >= medium + kToHigh ? Severity::kHigh
                      : most >= medium         ? Severity::kMedium
                                               : Severity::kLow;
  if (tool && most >= kCritical) severity = Severity::kCritical;
  add_hit(hits, {tool ? "tool.poisoned" : "result.injection", severity});
  for (size_t i = 0; i < kActs; ++i)
    if ((last_[i] != 0 || anywhere_[i] != 0) && !act_id(static_cast<Act>(i)).empty())
      add_hit(hits, {act_id(static_cast<Act>(i)), Severity::kLow});
}

}  // namespace agentmesh::policy::scan
