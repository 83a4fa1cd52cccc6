#include "trust/breaker.h"

#include "tests/catch.h"

namespace agentmesh::trust {

namespace {
constexpr int64_t kSecond = 1'000'000;
}

TEST_CASE("three failures in a row open it, and an answer in between does not") {
  Breaker breaker({});
  for (int round = 0; round < 3; ++round) {
    breaker.failed(0);
    breaker.failed(0);
    CHECK(breaker.may_pass(0));
    breaker.succeeded();
  }
  for (int i = 0; i < 3; ++i) breaker.failed(0);
  CHECK_FALSE(breaker.may_pass(0));
  CHECK(breaker.state(0) == BreakerState::kOpen);
  CHECK(breaker.probe_at_us() == 60 * kSecond);
}

TEST_CASE("after the wait one call probes, and the others wait for it") {
  Breaker breaker({});
  for (int i = 0; i < 3; ++i) breaker.failed(0);
  CHECK_FALSE(breaker.may_pass(60 * kSecond - 1));
  CHECK(breaker.state(60 * kSecond) == BreakerState::kHalfOpen);
  CHECK(breaker.would_pass(60 * kSecond));
  CHECK(breaker.may_pass(60 * kSecond));
  CHECK_FALSE(breaker.may_pass(61 * kSecond));
  breaker.succeeded();
  CHECK(breaker.may_pass(61 * kSecond));
  CHECK(breaker.state(61 * kSecond) == BreakerState::kClosed);
  CHECK(breaker.probe_at_us() == 0);
}

TEST_CASE(
    "the wait doubles with every failed probe, up to ten minutes, and starts over after an answer") {
  Breaker breaker({});
  int64_t now = 0;
  for (int i = 0; i < 3; ++i) breaker.failed(now);
  for (const int64_t wait : {60, 120, 240, 480, 600, 600, 600}) {
    CAPTURE(wait);
    CHECK(breaker.probe_at_us() == now + wait * kSecond);
    now = breaker.probe_at_us();
    CHECK(breaker.may_pass(now));
    breaker.failed(now);
  }
  now = breaker.probe_at_us();
  CHECK(breaker.may_pass(now));
  breaker.succeeded();
  for (int i = 0; i < 3; ++i) breaker.failed(now);
  CHECK(breaker.probe_at_us() == now + 60 * kSecond);
}

TEST_CASE("late failures of calls from before it opened do not lengthen the wait") {
  Breaker breaker({});
  for (int i = 0; i < 10; ++i) breaker.failed(5);
  CHECK(breaker.probe_at_us() == 60 * kSecond + 5);
}

TEST_CASE("a probe that says nothing about the server gives its place to the next call") {
  Breaker breaker({});
  for (int i = 0; i < 3; ++i) breaker.failed(0);
  CHECK(breaker.may_pass(60 * kSecond));
  breaker.abandoned();
  CHECK(breaker.may_pass(60 * kSecond));
}

TEST_CASE("with no number of failures it never opens") {
  Breaker breaker({0, kSecond, kSecond});
  for (int i = 0; i < 1000; ++i) breaker.failed(0);
  CHECK(breaker.may_pass(0));
}

}  // namespace agentmesh::trust
