// Manners: how the calls of one session go, next to how they went before: what is slow or oversized by a tool's own norm, a
// failing call that is repeated in vain, a burst of calls, a result that is not what the tool's outputSchema promised.
//
// The norm of a tool is the median of its last kNormOf answers, once kNormFrom are known; an answer is out of it when it is
// kTimesMedian times that, and large or late enough to matter to anybody (kLateUs, kLargeBytes).
// Order: listed() as tools are listed; settle() once per call that ended. Thread: one.
// Memory: kMaxTools norms of half a KiB, kMaxFailing failing calls, kMaxPromised parts of schemas
// of kMaxPromisedBytes together. Cost: two map lookups; the median only where it matters.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/json.h"
#include "trust/shape.h"

namespace agentmesh::trust {

class Manners {
 public:
  static constexpr size_t kNormOf = 32;
  static constexpr size_t kNormFrom = 20;
  static constexpr int64_t kTimesMedian = 8;
  static constexpr int64_t kLateUs = 5'000'000;
  static constexpr int64_t kLargeBytes = 256 << 10;
  // The same call failing for the third time, none of them longer than this after the one before.
  static constexpr uint32_t kInVain = 3;
  static constexpr int64_t kForgetFailureUs = 600'000'000;
  // More calls than this in this time are a burst; told once a minute.
  static constexpr size_t kBurstCalls = 200;
  static constexpr int64_t kBurstUs = 10'000'000;
  static constexpr int64_t kBurstToldUs = 60'000'000;

  // A definition as the server just listed it.
  void listed(std::string_view tool, json::View definition);
  // What a successful call of `tool` gave as structuredContent (absent: nothing) is what its definition promises.
  bool keeps_promise(std::string_view tool, json::View structured) const;
  // What was made of such content by masking texts in it is still what was promised (shape.h).
  bool still_keeps_promise(std::string_view tool, json::View structured, json::View was,
                           const Shape::Matches& matches) const;

  // A call that ended.
  struct Ended {
    std::string_view tool;  // or another name for what was asked
    uint64_t same = 0;      // equal for calls that ask for the same (a hash of tool and arguments)
    bool answered = false;  // by the server, in whatever way
    bool failed = false;
    int64_t us = 0;  // it took
    int64_t bytes = 0;
  };
  struct Remarks {
    bool slow = false, oversized = false, in_vain = false, burst = false;

    bool operator==(const Remarks&) const = default;
  };
  Remarks settle(const Ended& call, int64_t mono_us);

 private:
  static constexpr size_t kMaxTools = 1024;
  static constexpr size_t kMaxFailing = 1024;
  static constexpr size_t kMaxPromised = 65'536;
  static constexpr size_t kMaxPromisedBytes = 4 << 20;

  // The newest answers of a tool, of one measure.
  class Norm {
   public:
    // True if `value` is far above what came before it. It counts from now on.
    bool out_of(int64_t value, int64_t floor);

   private:
    std::array<int64_t, kNormOf> newest_{};
    size_t count_ = 0;
  };
  struct Norms {
    Norm us, bytes;
  };
  struct Failing {
    uint32_t times = 0;
    int64_t at_us = 0;
  };
  struct NameHash {
    using is_transparent = void;
    size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
  };
  template <class Value>
  using ByName = std::unordered_map<std::string, Value, NameHash, std::equal_to<>>;

  bool repeated_in_vain(const Ended& call, int64_t mono_us);
  bool is_burst(int64_t mono_us);

  ByName<Shape> promised_;
  size_t promised_parts_ = 0, promised_bytes_ = 0;
  ByName<Norms> norms_;
  std::unordered_map<uint64_t, Failing> failing_;
  std::array<int64_t, kBurstCalls> calls_{};  // when the last ones ended
  size_t called_ = 0;
  int64_t burst_told_us_ = INT64_MIN;
};

}  // namespace agentmesh::trust
