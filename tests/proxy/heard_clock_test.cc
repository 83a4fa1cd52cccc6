#include "proxy/heard_clock.h"

#include "tests/catch.h"

namespace agentmesh::proxy {
namespace {

TEST_CASE("a clock of the heard stands still in pauses") {
  HeardClock clock;
  CHECK(clock.at(100) == 100);
  CHECK(clock.when(130) == 130);
  clock.pause(110);
  clock.pause(115);  // it is one pause
  CHECK(clock.at(110) == 110);
  CHECK(clock.at(500) == 110);
  CHECK(clock.when(110) == 110);
  CHECK_FALSE(clock.when(111));
  CHECK(clock.when_running(111) == 111);
  clock.go_on(500);
  CHECK(clock.at(520) == 130);
  CHECK(clock.when(130) == 520);
  clock.go_on(530);  // it goes already
  CHECK(clock.at(540) == 150);
}

TEST_CASE("a clock of the heard with a limit stands still no longer than that in all its pauses") {
  HeardClock clock(50);
  clock.pause(100);
  clock.go_on(120);
  clock.pause(200);
  CHECK(clock.at(200) == 180);
  CHECK(clock.at(230) == 180);
  CHECK(clock.at(231) == 181);
  CHECK(clock.when(180) == 200);
  CHECK(clock.when(181) == 231);
  clock.go_on(300);
  CHECK(clock.at(300) == 250);
  clock.pause(400);
  CHECK(clock.at(450) == 400);
  CHECK(clock.when(400) == 450);
}

TEST_CASE("a clock of the heard that is begun anew forgets its pauses") {
  HeardClock clock(50);
  clock.pause(100);
  SECTION("a pause that lasts begins now") {
    clock.restart(1'000);
    CHECK(clock.at(1'020) == 1'000);
    CHECK(clock.when(1'001) == 1'051);
  }
  SECTION("those that are over are none") {
    clock.go_on(140);
    clock.restart(1'000);
    CHECK(clock.at(1'020) == 1'020);
  }
}

}  // namespace
}  // namespace agentmesh::proxy
