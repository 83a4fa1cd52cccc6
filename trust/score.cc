#include "trust/score.h"

#include <algorithm>
#include <cmath>

namespace agentmesh::trust {

namespace {

constexpr int64_t kBucketUs = 300LL * 1'000'000;  // five minutes
constexpr double kThousandth = 1000;
constexpr int32_t kGoodFrom = 500;

double decay(int64_t age_us, const Options& options) {
  if (age_us <= 0) return 1;
  if (options.half_life_us <= 0) return 0;
  return std::exp2(-static_cast<double>(age_us) / static_cast<double>(options.half_life_us));
}

// now − then without overflow, whatever the clocks said.
int64_t age(int64_t now_us, int64_t then_us) {
  int64_t result = 0;
  if (__builtin_sub_overflow(now_us, then_us, &result))
    return now_us > then_us ? INT64_MAX : INT64_MIN;
  return result;
}

void scale(Sums::Part& part, double by) {
  part.good_weight *= by;
  part.good_value *= by;
  part.bad_weight *= by;
  part.bad_value *= by;
}

// Brings the sums to a later moment.
void advance(Sums& sums, int64_t to_us, const Options& options) {
  const double by = decay(age(to_us, sums.at_us), options);
  for (Sums::Part& part : sums.parts) scale(part, by);
  sums.at_us = to_us;
}

// False for an event that says nothing.
bool accumulate(Sums& sums, const Event& event, int64_t when_us, double sign,
                const Options& options) {
  const size_t dimension = static_cast<size_t>(event.dimension);
  if (dimension >= kDimensions || event.weight <= 0) return false;
  if (sums.events == 0 && sign > 0) {
    sums.at_us = when_us;  // empty sums are of no moment: the first event gives it
  } else if (when_us > sums.at_us) {
    advance(sums, when_us, options);
  }
  const int32_t value = std::clamp(event.value, 0, 1000);
  const double weight =
      sign * event.weight / kThousandth * decay(age(sums.at_us, when_us), options);
  Sums::Part& part = sums.parts[dimension];
  if (value >= kGoodFrom) {
    part.good_weight += weight;
    part.good_value += weight * value / kThousandth;
  } else {
    part.bad_weight += weight;
    part.bad_value += weight * value / kThousandth;
  }
  return true;
}

// 0 … 1.
double part_score(const Sums::Part& part, double by, const Options& options) {
  double good_weight = part.good_weight * by;
  double good_value = part.good_value * by;
  if (good_weight > kGoodCredit) {
    good_value *= kGoodCredit / good_weight;
    good_weight = kGoodCredit;
  }
  const double prior = std::clamp(options.prior, 0.0, 1.0);
  const double strength = std::max(options.strength, 0.0);
  const double below = strength + good_weight + part.bad_weight * by;
  if (!(below > 0)) return prior;  // no prior and no evidence
  const double above = strength * prior + good_value + part.bad_value * by;
  const double score = above / below;
  return score >= 0 && score <= 1 ? score : (score > 1 ? 1.0 : 0.0);
}

}  // namespace

void Sums::add(const Event& event, int64_t when_us, const Options& options) {
  if (accumulate(*this, event, when_us, 1, options)) ++events;
}

void Sums::take_back(const Event& event, int64_t when_us, const Options& options) {
  if (events == 0 || !accumulate(*this, event, when_us, -1, options)) return;
  for (Part& part : parts) {  // what rounding leaves below nothing is nothing
    part.good_weight = std::max(part.good_weight, 0.0);
    part.good_value = std::clamp(part.good_value, 0.0, part.good_weight);
    part.bad_weight = std::max(part.bad_weight, 0.0);
    part.bad_value = std::clamp(part.bad_value, 0.0, part.bad_weight);
  }
  if (--events == 0) *this = Sums{};
}

void Sums::merge(const Sums& other, const Options& options) {
  if (other.events == 0) return;
  if (events == 0) {
    *this = other;
    return;
  }
  Sums theirs = other;
  if (theirs.at_us > at_us) {
    advance(*this, theirs.at_us, options);
  } else if (theirs.at_us < at_us) {
    advance(theirs, at_us, options);
  }
  for (size_t i = 0; i < kDimensions; ++i) {
    parts[i].good_weight += theirs.parts[i].good_weight;
    parts[i].good_value += theirs.parts[i].good_value;
    parts[i].bad_weight += theirs.parts[i].bad_weight;
    parts[i].bad_value += theirs.parts[i].bad_value;
  }
  events += theirs.events;
}

bool Sums::sound() const {
  constexpr double kSlack = 1e-6;
  for (const Part& part : parts) {
    for (const double number :
         {part.good_weight, part.good_value, part.bad_weight, part.bad_value}) {
      if (!std::isfinite(number) || number < 0) return false;
    }
    if (part.good_value > part.good_weight * (1 + kSlack) + kSlack) return false;
    if (part.bad_value > part.bad_weight * (1 + kSlack) + kSlack) return false;
  }
  return true;
}

Score score_of(const Sums& sums, int64_t now_us, const Options& options) {
  const double by = decay(age(now_us, sums.at_us), options);
  Score score;
  double weighed = 0;
  std::array<double, kDimensions> parts{};
  for (size_t i = 0; i < kDimensions; ++i) {
    parts[i] = part_score(sums.parts[i], by, options);
    weighed += kDimensionWeights[i] * parts[i];
    score.dimensions[i] = static_cast<int>(std::lround(100 * parts[i]));
  }
  const double total = std::min({weighed, parts[static_cast<size_t>(Dimension::kPolicyCompliance)],
                                 parts[static_cast<size_t>(Dimension::kSecurityPosture)]});
  score.total = static_cast<int>(std::lround(1000 * total));
  score.events = static_cast<uint32_t>(std::min<uint64_t>(sums.events, UINT32_MAX));
  return score;
}

int32_t Repetition::weigh(std::string_view key, int64_t mono_us) {
  const int64_t bucket = mono_us / kBucketUs;
  auto found = counts_.find(key);
  if (found == counts_.end()) {
    if (counts_.size() >= kMaxKeys) forget_old(bucket);
    if (counts_.size() >= kMaxKeys) return 0;
    found = counts_.emplace(std::string(key), Count{}).first;
    found->second.newest = bucket;
  }
  Count& count = found->second;
  const int64_t span = static_cast<int64_t>(count.buckets.size());
  for (int64_t passed = std::max(count.newest + 1, bucket - span + 1); passed <= bucket; ++passed) {
    count.buckets[static_cast<size_t>(passed % span)] = 0;
  }
  count.newest = std::max(count.newest, bucket);
  uint64_t before = 0;
  for (const uint32_t n : count.buckets) before += n;
  uint32_t& now = count.buckets[static_cast<size_t>(count.newest % span)];
  if (now < UINT32_MAX) ++now;
  const uint64_t weight = 1000 / (1 + before);
  return weight < static_cast<uint64_t>(kLeastWeight) ? 0 : static_cast<int32_t>(weight);
}

void Repetition::forget_old(int64_t bucket) {
  for (auto it = counts_.begin(); it != counts_.end();) {
    const bool old = bucket - it->second.newest >= static_cast<int64_t>(it->second.buckets.size());
    it = old ? counts_.erase(it) : std::next(it);
  }
}

}  // namespace agentmesh::trust
