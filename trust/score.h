// Score: evidence folded into sums, and sums into a score. Pure: the same events give the same score, in any order.
//
// score_d = 100 × (k·m + Σ w·v·λ) / (k + Σ w·λ), λ = 2^(−age / half_life), total = 10 × min(Σ weight_d × score_d,
// policy_compliance, security_posture). Good credit (v ≥ 0.5) is summed apart, because at most kGoodCredit of it counts.
// Thread: values. Cost: add() one exp2 and four additions; score_of() about fifty multiplications. Nothing allocated.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "trust/trust.h"

namespace agentmesh::trust {

inline constexpr double kGoodCredit =
    60;  // the most that good events count for in Σ w·λ of a dimension
inline constexpr uint32_t kNewUntil = 20;  // a subject with fewer events is shown as "new"
inline constexpr std::array<double, kDimensions> kDimensionWeights{0.25, 0.25, 0.20, 0.15, 0.15};

// What is kept of a subject: per dimension four sums, all decayed to the moment `at_us`. Sums of two processes merge in
// any order to the same sums.
struct Sums {
  struct Part {
    double good_weight = 0;  // Σ w·λ of events with v ≥ 0.5
    double good_value = 0;   // Σ w·v·λ of the same
    double bad_weight = 0;
    double bad_value = 0;

    bool operator==(const Part&) const = default;
  };
  std::array<Part, kDimensions> parts{};
  int64_t at_us = 0;    // wall clock
  uint64_t events = 0;  // not decayed

  // An event of the moment `when_us`; earlier than at_us is fine, it counts as decayed as it is.
  void add(const Event& event, int64_t when_us, const Options& options);
  void merge(const Sums& other, const Options& options);
  // The sums without one event that was added before (for `trust explain`).
  void take_back(const Event& event, int64_t when_us, const Options& options);
  // False if a number in it is negative, no number, or a value exceeds its weight: nothing that add() ever makes.
  bool sound() const;

  bool operator==(const Sums&) const = default;
};

// The score at `now_us`. Time that ran backwards (now before at_us) counts as no time.
Score score_of(const Sums& sums, int64_t now_us, const Options& options);

// Says which repetition this is: good calls of one agent to the same tool earn 1/(1+n), n being how many of the last
// hour came before. The weight it gives goes into the recorded Event, so a replay needs no counter.
// Order: ask once per good call. Memory: 64 bytes and the key per tool called within the hour, at most kMaxKeys of them;
// beyond that a call earns nothing.
class Repetition {
 public:
  static constexpr size_t kMaxKeys = 4096;
  // Below this a repetition earns nothing (and needs no line in the log): the 51st call of the hour and later ones.
  static constexpr int32_t kLeastWeight = 20;

  // Thousandths: 1000, 500, 333, …; 0 when it is not worth an event. `key` names agent, server and tool.
  int32_t weigh(std::string_view key, int64_t mono_us);

 private:
  // The hour as twelve buckets of five minutes and the one under way, so that it slides: no burst of credit when a new
  // hour begins.
  struct Count {
    std::array<uint32_t, 13> buckets{};
    int64_t newest = 0;  // number of the bucket counted last
  };
  void forget_old(int64_t bucket);
  struct KeyHash {
    using is_transparent = void;
    size_t operator()(std::string_view key) const { return std::hash<std::string_view>{}(key); }
  };
  std::unordered_map<std::string, Count, KeyHash, std::equal_to<>> counts_;
};

}  // namespace agentmesh::trust
