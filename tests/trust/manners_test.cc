#include "trust/manners.h"

#include <string>

#include "tests/catch.h"

using agentmesh::json::View;
using agentmesh::trust::Manners;

namespace {

constexpr int64_t kSecond = 1'000'000;

Manners::Ended answer(int64_t us, int64_t bytes) {
  Manners::Ended ended;
  ended.tool = "read";
  ended.answered = true;
  ended.us = us;
  ended.bytes = bytes;
  return ended;
}

// A tool that took 1 s and gave 100 KiB so often that this is its norm. Ends at `now`.
void get_used_to(Manners& manners, size_t times, int64_t& now) {
  for (size_t i = 0; i < times; ++i) {
    CAPTURE(i);
    CHECK(manners.settle(answer(kSecond, 100 << 10), now += kSecond) == Manners::Remarks{});
  }
}

}  // namespace

TEST_CASE("an answer is slow or oversized by its own tool's norm, once that is known") {
  Manners manners;
  int64_t now = 0;
  get_used_to(manners, Manners::kNormFrom - 1, now);
  CHECK_FALSE(manners.settle(answer(60 * kSecond, 1), now += kSecond).slow);  // not known yet
  CHECK(manners.settle(answer(60 * kSecond, 1), now += kSecond).slow);
  CHECK_FALSE(manners.settle(answer(8 * kSecond, 1), now += kSecond).slow);
  CHECK(manners.settle(answer(8 * kSecond + 8, 1), now += kSecond).slow);
  CHECK(manners.settle(answer(1, (800 << 10) + 8), now += kSecond).oversized);
  CHECK_FALSE(manners.settle(answer(1, 800 << 10), now += kSecond).oversized);
  auto other = answer(60 * kSecond, 10 << 20);
  other.tool = "another";
  CHECK(manners.settle(other, now += kSecond) == Manners::Remarks{});
}

TEST_CASE("what is far out of the norm, but small or quick enough not to matter, is not told") {
  Manners manners;
  int64_t now = 0;
  for (size_t i = 0; i < Manners::kNormOf; ++i)
    (void)manners.settle(answer(10, 10), now += kSecond);
  CHECK(manners.settle(answer(Manners::kLateUs, Manners::kLargeBytes), now += kSecond) ==
        Manners::Remarks{});
  const auto remarks =
      manners.settle(answer(Manners::kLateUs + 1, Manners::kLargeBytes + 1), now += kSecond);
  CHECK(remarks.slow);
  CHECK(remarks.oversized);
}

TEST_CASE("what happens often becomes the norm") {
  Manners manners;
  int64_t now = 0;
  get_used_to(manners, Manners::kNormOf, now);
  size_t slow = 0;
  for (size_t i = 0; i < Manners::kNormOf; ++i)
    slow += manners.settle(answer(60 * kSecond, 1), now += kSecond).slow ? 1U : 0U;
  CHECK(slow == Manners::kNormOf / 2);
}

TEST_CASE("a call without an answer says nothing about the norm") {
  Manners manners;
  int64_t now = 0;
  get_used_to(manners, Manners::kNormFrom, now);
  auto lost = answer(600 * kSecond, 0);
  lost.answered = false;
  CHECK_FALSE(manners.settle(lost, now += kSecond).slow);
}

TEST_CASE(
    "the same call failing for the third time is repeated in vain; a success in between forgives") {
  Manners manners;
  int64_t now = 0;
  const auto fails = [&](uint64_t same, bool failed, int64_t after = kSecond) {
    Manners::Ended ended = answer(1, 1);
    ended.same = same;
    ended.failed = failed;
    return manners.settle(ended, now += after).in_vain;
  };
  CHECK_FALSE(fails(1, true));
  CHECK_FALSE(fails(2, true));
  CHECK_FALSE(fails(1, true));
  CHECK(fails(1, true));
  CHECK(fails(1, true));
  CHECK_FALSE(fails(2, true));
  CHECK_FALSE(fails(1, false));
  CHECK_FALSE(fails(1, true));
  CHECK(fails(2, true));
  CHECK_FALSE(fails(2, true, Manners::kForgetFailureUs + 1));  // long ago
}

TEST_CASE("more failing calls than are remembered are not told, and cost nothing") {
  Manners manners;
  for (int round = 0; round < 3; ++round)
    for (uint64_t same = 0; same < 3000; ++same) {
      Manners::Ended ended = answer(1, 1);
      ended.same = same;
      ended.failed = true;
      const bool told = manners.settle(ended, kSecond).in_vain;
      CHECK(told == (round == 2 && same < 1024));
    }
}

TEST_CASE("a burst is more than 200 calls in ten seconds, told once a minute") {
  Manners manners;
  int64_t now = kSecond;
  const auto calls = [&](size_t count, int64_t apart) {
    size_t told = 0;
    for (size_t i = 0; i < count; ++i)
      told += manners.settle(answer(1, 1), now += apart).burst ? 1U : 0U;
    return told;
  };
  CHECK(calls(1000, Manners::kBurstUs / 200) == 0);
  CHECK(calls(200, 10) == 1);
  CHECK(calls(1000, 10) == 0);
  now += Manners::kBurstToldUs;
  CHECK(calls(Manners::kBurstCalls, 10) == 0);
  CHECK(calls(1, 10) == 1);
}

TEST_CASE("more schemas than are kept promise nothing, until others go") {
  Manners manners;
  std::string properties;
  for (int i = 0; i < 500; ++i)
    properties += (i == 0 ? "\"" : ",\"") + std::to_string(i) + R"(":{"type":"number"})";
  const std::string large = R"({"outputSchema":{"properties":{)" + properties + "}}}";
  const View wrong(R"({"7":"seven"})");
  const auto name = [](int i) { return "tool " + std::to_string(i); };
  int kept = 0;
  for (int i = 0; i < 200; ++i) {
    manners.listed(name(i), View(large));
    kept += manners.keeps_promise(name(i), wrong) ? 0 : 1;
  }
  CHECK(kept == 65'536 / 501);
  manners.listed(name(0), View(large));  // again: it takes its own place
  CHECK_FALSE(manners.keeps_promise(name(0), wrong));
  manners.listed(name(1), View("{}"));
  manners.listed(name(199), View(large));
  CHECK_FALSE(manners.keeps_promise(name(199), wrong));
}

TEST_CASE("a tool keeps what its outputSchema promises, or nothing was promised") {
  Manners manners;
  CHECK(manners.keeps_promise("sum", View()));
  manners.listed("sum",
                 View(R"({"name":"sum","outputSchema":{"type":"object","required":["n"]}})"));
  CHECK(manners.keeps_promise("sum", View(R"({"n":1})")));
  CHECK_FALSE(manners.keeps_promise("sum", View(R"({"m":1})")));
  CHECK_FALSE(manners.keeps_promise("sum", View()));
  CHECK(manners.keeps_promise("other", View()));
  manners.listed("sum", View(R"({"name":"sum"})"));  // listed again, without it
  CHECK(manners.keeps_promise("sum", View()));
}
