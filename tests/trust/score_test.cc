#include "trust/score.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "tests/catch.h"
#include "trust/events.h"

namespace agentmesh::trust {

namespace {

constexpr int64_t kStart = 1'795'000'000'000'000;
constexpr int64_t kDay = 24LL * 3600 * 1'000'000;
constexpr auto kSecurity = Dimension::kSecurityPosture;

struct Dated {
  Event event;
  int64_t at_us;
};

Sums fold(const std::vector<Dated>& events, const Options& options = {}) {
  Sums sums;
  for (const Dated& dated : events) sums.add(dated.event, dated.at_us, options);
  return sums;
}

// The formula of trust.md, word for word, from the events themselves.
double dimension_by_definition(const std::vector<Dated>& events, Dimension dimension, int64_t now,
                               const Options& o) {
  double good_w = 0, good_v = 0, all_w = 0, all_v = 0;
  for (const Dated& d : events) {
    if (d.event.dimension != dimension) continue;
    const double w = d.event.weight / 1000.0;
    const double v = d.event.value / 1000.0;
    const double lambda =
        std::pow(2, -static_cast<double>(now - d.at_us) / static_cast<double>(o.half_life_us));
    if (v >= 0.5) {
      good_w += w * lambda;
      good_v += w * v * lambda;
    } else {
      all_w += w * lambda;
      all_v += w * v * lambda;
    }
  }
  const double share = good_w > 60 ? 60 / good_w : 1;
  return 100 * (o.strength * o.prior + all_v + good_v * share) /
         (o.strength + all_w + good_w * share);
}

int total_by_definition(const std::vector<Dated>& events, int64_t now, const Options& o) {
  const double weights[] = {0.25, 0.25, 0.20, 0.15, 0.15};
  double sum = 0;
  double scores[5];
  for (size_t i = 0; i < 5; ++i) {
    scores[i] = dimension_by_definition(events, static_cast<Dimension>(i), now, o);
    sum += weights[i] * scores[i];
  }
  return static_cast<int>(std::lround(10 * std::min({sum, scores[0], scores[1]})));
}

std::vector<Dated> some_events(std::mt19937& random, int count) {
  std::vector<Dated> events;
  for (int i = 0; i < count; ++i) {
    Event event;
    event.dimension = static_cast<Dimension>(random() % kDimensions);
    const int32_t weights[] = {1000, 1000, 1000, 500, 3000, 8000, 20000};
    event.weight = weights[random() % 7];
    event.value = random() % 3 == 0 ? 0 : static_cast<int32_t>(random() % 1001);
    events.push_back({event, kStart + static_cast<int64_t>(random() % 1000) * kDay / 20});
  }
  return events;
}

std::vector<Dated> best_known(int64_t now) {
  std::vector<Dated> events;
  for (size_t d = 0; d < kDimensions; ++d) {
    for (int i = 0; i < 500; ++i)
      events.push_back({{"", static_cast<Dimension>(d), 1000, 1000}, now});
  }
  return events;
}

}  // namespace

TEST_CASE("nobody has heard of it: 800, trusted, and shown as new") {
  const Score score = score_of(Sums{}, kStart, {});
  CHECK(score.total == 800);
  CHECK(score.tier() == Tier::kTrusted);
  CHECK(score.events < kNewUntil);
  for (const int part : score.dimensions) CHECK(part == 80);
}

TEST_CASE("one critical finding on a new subject makes 400") {
  const Sums sums = fold({{{"", kSecurity, 20000, 0}, kStart}});
  CHECK(score_of(sums, kStart, {}).total == 400);
  CHECK(score_of(sums, kStart, {}).tier() == Tier::kProbationary);
}

TEST_CASE("the best-known server: 95, one critical finding 76, three 54, the sixth below 40") {
  std::vector<Dated> events = best_known(kStart);
  const auto posture = [&] {
    return score_of(fold(events), kStart, {}).dimensions[static_cast<size_t>(kSecurity)];
  };
  CHECK(posture() == 95);
  CHECK(score_of(fold(events), kStart, {}).total == 950);
  events.push_back({{"", kSecurity, 20000, 0}, kStart});
  CHECK(posture() == 76);
  events.push_back(events.back());
  events.push_back(events.back());
  CHECK(posture() == 54);
  events.push_back(events.back());
  events.push_back(events.back());
  CHECK(posture() >= 40);
  events.push_back(events.back());
  CHECK(posture() < 40);
}

TEST_CASE(
    "good calls make up for a critical finding in part, before or after it, and only in its dimension") {
  const auto total = [](int good, int critical, bool first, Dimension dimension = kSecurity) {
    std::vector<Dated> events;
    for (int i = 0; i < critical; ++i) events.push_back({{"", kSecurity, 20000, 0}, kStart});
    for (int i = 0; i < good; ++i) {
      events.push_back({{"", dimension, 1000, 1000}, kStart});
      events.push_back({{"", Dimension::kPolicyCompliance, 1000, 1000}, kStart});
    }
    if (!first) std::reverse(events.begin(), events.end());
    return score_of(fold(events), kStart, {}).total;
  };
  for (const bool first : {true, false}) {
    CAPTURE(first);
    CHECK(total(0, 1, first) == 400);
    CHECK(total(20, 1, first) == 600);
    CHECK(total(60, 1, first) == 760);
    CHECK(total(10000, 1, first) == 760);
    CHECK(total(10000, 2, first) == 633);
    CHECK(total(10000, 3, first) == 543);
    CHECK(total(10000, 4, first) == 475);
    CHECK(total(10000, 1, first, Dimension::kOutputQuality) == 400);
  }
}

TEST_CASE("tiers begin at 900, 700, 500 and 300") {
  struct Case {
    int score;
    const char* tier;
  };
  for (const Case& c : {Case{1000, "verified_partner"},
                        {900, "verified_partner"},
                        {899, "trusted"},
                        {700, "trusted"},
                        {699, "standard"},
                        {500, "standard"},
                        {499, "probationary"},
                        {300, "probationary"},
                        {299, "untrusted"},
                        {0, "untrusted"}}) {
    CAPTURE(c.score);
    CHECK(to_string(tier_of(c.score)) == c.tier);
  }
}

TEST_CASE(
    "the sums give what the definition gives, for any events in any order, at any later time") {
  std::mt19937 random(7);
  for (int round = 0; round < 60; ++round) {
    CAPTURE(round);
    std::vector<Dated> events = some_events(random, static_cast<int>(random() % 200));
    const int64_t now = kStart + 60 * kDay;
    const int expected = total_by_definition(events, now, {});
    CHECK(score_of(fold(events), now, {}).total == expected);
    std::shuffle(events.begin(), events.end(), random);
    CHECK(std::abs(score_of(fold(events), now, {}).total - expected) <= 1);
  }
}

TEST_CASE("sums of two processes merge to the sums of one that saw everything") {
  std::mt19937 random(11);
  for (int round = 0; round < 60; ++round) {
    CAPTURE(round);
    const std::vector<Dated> events = some_events(random, 120);
    Sums one, other;
    for (const Dated& d : events) (random() % 2 == 0 ? one : other).add(d.event, d.at_us, {});
    Sums there = one;
    there.merge(other, {});
    Sums back = other;
    back.merge(one, {});
    const int64_t now = kStart + 55 * kDay;
    CHECK(there.events == events.size());
    CHECK(std::abs(score_of(there, now, {}).total - score_of(back, now, {}).total) <= 1);
    CHECK(std::abs(score_of(there, now, {}).total - score_of(fold(events), now, {}).total) <= 1);
  }
}

TEST_CASE("a score stays within its bounds, whatever the events and clocks") {
  std::mt19937 random(3);
  const int64_t times[] = {0, INT64_MAX, INT64_MIN, kStart, kStart - kDay, -1};
  const int32_t numbers[] = {0, 1, -1, 499, 500, 1000, 1001, INT32_MAX, INT32_MIN};
  for (int round = 0; round < 2000; ++round) {
    CAPTURE(round);
    Sums sums;
    for (int i = 0; i < 8; ++i) {
      sums.add({"", static_cast<Dimension>(random() % kDimensions), numbers[random() % 9],
                numbers[random() % 9]},
               times[random() % 6], {});
      CHECK(sums.sound());
      const Score score = score_of(sums, times[random() % 6], {});
      CHECK(score.total >= 0);
      CHECK(score.total <= 1000);
      for (const int part : score.dimensions) CHECK((part >= 0 && part <= 100));
    }
  }
}

TEST_CASE("odd options keep a score within its bounds") {
  for (const double prior : {-1.0, 0.0, 0.8, 7.0}) {
    for (const double strength : {-5.0, 0.0, 20.0, 1e300}) {
      for (const int64_t half_life : {int64_t{-1}, int64_t{0}, int64_t{1}, kDay}) {
        const Options options{prior, strength, half_life};
        const Sums sums = fold(
            {{{"", kSecurity, 20000, 0}, kStart}, {{"", kSecurity, 1000, 1000}, kStart + kDay}},
            options);
        const int total = score_of(sums, kStart + 2 * kDay, options).total;
        CHECK((total >= 0 && total <= 1000));
      }
    }
  }
}

TEST_CASE("a worse finding never scores higher, and a good call never lower") {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    const Sums before = fold(some_events(random, static_cast<int>(random() % 100)));
    const int64_t now = kStart + 50 * kDay;
    int last = score_of(before, now, {}).total;
    for (const int32_t weight : {1000, 3000, 8000, 20000}) {
      Sums worse = before;
      worse.add({"", kSecurity, weight, 0}, now, {});
      const int total = score_of(worse, now, {}).total;
      CHECK(total <= last);
      last = total;
    }
    Sums better = before;
    better.add({"", kSecurity, 1000, 1000}, now, {});
    CHECK(score_of(better, now, {}).total >= score_of(before, now, {}).total);
  }
}

TEST_CASE("old sins fade, but only with time") {
  const Sums sums = fold({{{"", kSecurity, 20000, 0}, kStart}});
  int last = score_of(sums, kStart, {}).total;
  for (int day = 1; day <= 100; ++day) {
    const int now = score_of(sums, kStart + day * kDay, {}).total;
    CHECK(now >= last);
    last = now;
  }
  CHECK(score_of(sums, kStart + 7 * kDay, {}).total == 533);  // 10 × 100 × 16 / (20 + 10)
  CHECK(last == 800);
}

TEST_CASE("good credit saturates: ten thousand calls are worth no more than sixty") {
  std::vector<Dated> sixty, many;
  for (int i = 0; i < 60; ++i) sixty.push_back({{"", kSecurity, 1000, 1000}, kStart});
  for (int i = 0; i < 10000; ++i) many.push_back({{"", kSecurity, 1000, 1000}, kStart});
  sixty.push_back({{"", kSecurity, 8000, 0}, kStart});
  many.push_back({{"", kSecurity, 8000, 0}, kStart});
  CHECK(score_of(fold(sixty), kStart, {}).total == score_of(fold(many), kStart, {}).total);
}

TEST_CASE("events of one moment may come in any order") {
  const std::vector<Event> events{
      {"", kSecurity, 20000, 0}, {"", kSecurity, 1000, 1000}, {"", kSecurity, 3000, 400}};
  std::vector<size_t> order{0, 1, 2};
  Sums first;
  for (const size_t i : order) first.add(events[i], kStart, {});
  while (std::next_permutation(order.begin(), order.end())) {
    Sums sums;
    for (const size_t i : order) sums.add(events[i], kStart, {});
    CHECK(score_of(sums, kStart, {}).total == score_of(first, kStart, {}).total);
  }
}

TEST_CASE("an event taken back leaves the score that was there before it") {
  std::mt19937 random(13);
  for (int round = 0; round < 50; ++round) {
    std::vector<Dated> events = some_events(random, 30);
    const Sums before = fold(events);
    Sums sums = before;
    const Event extra{"", kSecurity, 8000, 0};
    sums.add(extra, kStart + 49 * kDay, {});
    sums.take_back(extra, kStart + 49 * kDay, {});
    const int64_t now = kStart + 60 * kDay;
    CHECK(std::abs(score_of(sums, now, {}).total - score_of(before, now, {}).total) <= 1);
    CHECK(sums.sound());
  }
}

TEST_CASE(
    "repeated good calls of one agent to one tool earn 1, 1/2, 1/3, …, and a new tool earns 1 again") {
  Repetition repetition;
  int64_t now = 0;
  CHECK(repetition.weigh("a s t", now) == 1000);
  CHECK(repetition.weigh("a s t", now) == 500);
  CHECK(repetition.weigh("a s t", now) == 333);
  CHECK(repetition.weigh("a s u", now) == 1000);
  for (int n = 3; n < 50; ++n) CHECK(repetition.weigh("a s t", now) == 1000 / (1 + n));
  CHECK(repetition.weigh("a s t", now) == 0);
  now += 59LL * 60 * 1'000'000;
  CHECK(repetition.weigh("a s t", now) == 0);
  CHECK(repetition.weigh("a s u", now) == 500);
  now += 66LL * 60 * 1'000'000;
  CHECK(repetition.weigh("a s t", now) == 1000);
}

TEST_CASE("more tools than can be counted earn nothing, until an hour has passed") {
  Repetition repetition;
  for (size_t i = 0; i < Repetition::kMaxKeys; ++i)
    CHECK(repetition.weigh(std::to_string(i), 0) == 1000);
  CHECK(repetition.weigh("one more", 0) == 0);
  CHECK(repetition.weigh("5", 0) == 500);
  CHECK(repetition.weigh("one more", 66LL * 60 * 1'000'000) == 1000);
}

}  // namespace agentmesh::trust
