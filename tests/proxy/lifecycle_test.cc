#include "proxy/lifecycle.h"

#include <string>

#include "proxy/timers.h"
#include "tests/catch.h"
#include "tests/proxy/lives.h"

namespace agentmesh::proxy {
namespace {

TEST_CASE("a running session waits for nothing") {
  Lifecycle life = usual();
  CHECK_FALSE(life.active());
  CHECK_FALSE(life.ending());
  CHECK_FALSE(life.over());
  CHECK_FALSE(life.deadline_us());
}

TEST_CASE("where nothing can be waited for any more the session is over at once, by force") {
  Lifecycle life = usual();
  SECTION("while it runs") {}
  SECTION("while it ends for another reason, which stays its cause") { life.on_client_eof(kStart); }
  const bool ended = life.ending();
  life.on_failure();
  CHECK(life.over());
  CHECK(life.forced());
  CHECK(life.cause() == (ended ? End::kClientEof : End::kFailure));
}

TEST_CASE("after the client's end of file the server has ten seconds, then SIGTERM, then SIGKILL") {
  Lifecycle life = usual();
  life.on_client_eof(kStart);
  CHECK(life.ending());
  CHECK(life.advance(kStart, 0) == Act::kNone);
  CHECK(life.deadline_us() == kStart + 10'000 * kMs);
  CHECK(life.advance(kStart + 10'000 * kMs - 1, 0) == Act::kNone);
  CHECK(life.advance(kStart + 10'000 * kMs, 0) == Act::kTerminate);
  CHECK(life.deadline_us() == kStart + 13'000 * kMs);
  CHECK(life.advance(kStart + 12'999 * kMs, 0) == Act::kNone);
  CHECK(life.advance(kStart + 13'000 * kMs, 0) == Act::kKill);
  CHECK(life.advance(kStart + 13'001 * kMs, 0) == Act::kNone);
  CHECK_FALSE(life.deadline_us());
  life.on_server_eof(kStart + 13'002 * kMs);
  life.on_child_exit(kStart + 13'002 * kMs);
  CHECK_FALSE(life.over());
  life.on_delivered();
  CHECK(life.over());
  CHECK(life.forced());
  CHECK(life.cause() == End::kClientEof);
}

TEST_CASE(
    "while requests are outstanding the server has thirty seconds, and ten from the last answer on") {
  Lifecycle life = usual();
  life.on_client_eof(kStart);
  CHECK(life.advance(kStart, 2) == Act::kNone);
  CHECK(life.deadline_us() == kStart + 30'000 * kMs);
  SECTION("the last answer comes after four seconds") {
    CHECK(life.advance(kStart + 4'000 * kMs, 0) == Act::kNone);
    CHECK(life.deadline_us() == kStart + 14'000 * kMs);
    CHECK(life.advance(kStart + 14'000 * kMs, 0) == Act::kTerminate);
  }
  SECTION("the last answer comes late: thirty seconds are the most") {
    CHECK(life.advance(kStart + 29'000 * kMs, 0) == Act::kNone);
    CHECK(life.deadline_us() == kStart + 30'000 * kMs);
  }
  SECTION("no answer comes") { CHECK(life.advance(kStart + 30'000 * kMs, 1) == Act::kTerminate); }
}

TEST_CASE("a server that still takes what was queued for it is not yet being waited for") {
  Lifecycle life = usual();
  life.on_client_eof(kStart);
  (void)life.advance(kStart, 0);
  life.on_progress(Direction::kClientToServer, kStart + 9'000 * kMs);
  CHECK(life.advance(kStart + 10'000 * kMs, 0) == Act::kNone);
  CHECK(life.deadline_us() == kStart + 19'000 * kMs);
}

TEST_CASE("a signal is passed on at once, the second one kills at once") {
  Lifecycle life = usual();
  life.on_stop(kStart);
  CHECK(life.ending());
  CHECK(life.deadline_us() <= kStart);
  CHECK(life.advance(kStart, 5) == Act::kTerminate);
  CHECK(life.advance(kStart + 1, 5) == Act::kNone);
  CHECK(life.deadline_us() == kStart + 3'000 * kMs);
  life.on_stop(kStart + 100 * kMs);
  CHECK(life.advance(kStart + 100 * kMs, 5) == Act::kKill);
  life.on_child_exit(kStart + 101 * kMs);
  life.on_server_eof(kStart + 101 * kMs);
  CHECK(life.advance(kStart + 101 * kMs, 5) == Act::kNone);
  CHECK(life.over());  // whether or not the client takes the rest
  CHECK(life.cause() == End::kSignal);
}

TEST_CASE("what a server said that had to be killed after a signal can still be taken") {
  Lifecycle life = usual();
  life.on_stop(kStart);
  CHECK(life.advance(kStart, 0) == Act::kTerminate);
  CHECK(life.advance(kStart + 3'000 * kMs, 0) == Act::kKill);
  life.on_child_exit(kStart + 3'001 * kMs);
  life.on_server_eof(kStart + 3'001 * kMs);
  (void)life.advance(kStart + 3'001 * kMs, 0);
  CHECK_FALSE(life.over());
  CHECK(life.deadline_us() == kStart + 5'000 * kMs);
  SECTION("in time") { life.on_delivered(); }
  SECTION("not for ever") { (void)life.advance(kStart + 5'000 * kMs, 0); }
  CHECK(life.over());
}

TEST_CASE(
    "a descendant that holds the server's stdout is listened to until two seconds after its last byte") {
  Lifecycle life = usual();
  life.on_child_exit(kStart);
  CHECK(life.active());
  CHECK_FALSE(life.ending());
  CHECK(life.advance(kStart, 0) == Act::kNone);
  CHECK(life.deadline_us() == kStart + 2'000 * kMs);
  life.still_talking(10, kStart + 1'900 * kMs);
  CHECK(life.advance(kStart + 2'000 * kMs, 0) == Act::kNone);
  CHECK(life.advance(kStart + 3'900 * kMs, 0) == Act::kEndServer);
  life.on_server_eof(kStart + 3'900 * kMs);
  life.on_delivered();
  CHECK(life.over());
  CHECK_FALSE(life.forced());
  CHECK(life.cause() == End::kServerExit);
}

TEST_CASE("a client that hangs up before all of it was read is at its end all the same") {
  Lifecycle life = usual();
  SECTION("its server did not end by itself, whichever of its ends is seen first") {
    life.on_client_hung_up(kStart);
    CHECK(life.advance(kStart + 10'000 * kMs, 0) == Act::kTerminate);
    life.on_server_eof(kStart + 10'001 * kMs);
    life.on_child_exit(kStart + 10'002 * kMs);
    CHECK(life.cause() == End::kClientEof);
  }
  SECTION("its server is asked to go when it has taken nothing for ten seconds") {
    life.on_client_hung_up(kStart);
    CHECK(life.active());
    CHECK_FALSE(life.ending());
    CHECK(life.deadline_us() == kStart + 10'000 * kMs);
    life.on_progress(Direction::kClientToServer, kStart + 9'000 * kMs);
    CHECK(life.advance(kStart + 18'999 * kMs, 0) == Act::kNone);
    CHECK(life.advance(kStart + 19'000 * kMs, 0) == Act::kTerminate);
  }
  SECTION("what is left for it waits for thirty seconds") {
    life.on_child_exit(kStart);
    life.on_server_eof(kStart);
    life.on_client_hung_up(kStart + 1'000 * kMs);
    CHECK(life.deadline_us() == kStart + 31'000 * kMs);
    (void)life.advance(kStart + 31'000 * kMs, 0);
    CHECK(life.over());
  }
}

TEST_CASE("a descendant that never falls silent ends with the session all the same") {
  Lifecycle life = usual();
  life.on_child_exit(kStart);
  life.on_client_eof(kStart);
  int64_t now = kStart;
  int terminated = 0, killed = 0, ended = 0;
  for (; ended == 0 && now < kStart + 60'000 * kMs; now += 100 * kMs) {
    life.still_talking(10, now);
    switch (life.advance(now, 0)) {
      case Act::kTerminate: ++terminated; break;
      case Act::kKill: ++killed; break;
      case Act::kEndServer: ++ended; break;
      case Act::kNone: break;
    }
  }
  CHECK(terminated == 1);
  CHECK(killed == 1);
  CHECK(ended == 1);
  CHECK(now <= kStart + 15'200 * kMs);
}

TEST_CASE("a server that closes its stdout and stays is asked to go") {
  Lifecycle life = usual();
  life.on_server_eof(kStart);
  CHECK(life.ending());
  (void)life.advance(kStart, 3);  // no answer can come any more
  CHECK(life.deadline_us() == kStart + 10'000 * kMs);
  life.on_delivered();
  CHECK_FALSE(life.over());
  CHECK(life.advance(kStart + 10'000 * kMs, 3) == Act::kTerminate);
  life.on_child_exit(kStart + 10'001 * kMs);
  CHECK(life.over());
  CHECK(life.cause() == End::kServerClosed);
}

TEST_CASE("a server that exits right behind its stdout has ended by itself") {
  Lifecycle life = usual();
  life.on_server_eof(kStart);
  (void)life.advance(kStart, 0);
  life.on_child_exit(kStart + 5 * kMs);
  life.on_delivered();
  CHECK(life.over());
  CHECK(life.cause() == End::kServerExit);
}

TEST_CASE(
    "a client that reads no more gets its server ended after a second, and nothing is waited for") {
  Lifecycle life = usual();
  life.on_client_gone(kStart);
  life.on_client_eof(kStart);
  (void)life.advance(kStart, 4);
  CHECK(life.deadline_us() == kStart + 1'000 * kMs);
  CHECK(life.advance(kStart + 1'000 * kMs, 4) == Act::kTerminate);
  life.on_child_exit(kStart + 1'001 * kMs);
  life.on_server_eof(kStart + 1'001 * kMs);
  CHECK(life.over());
  CHECK(life.cause() == End::kClientGone);
}

TEST_CASE(
    "what a gone server left behind waits for a client that is alive, and not for ever for one that is not") {
  Lifecycle life = usual();
  life.on_server_eof(kStart);
  life.on_child_exit(kStart);
  CHECK(life.advance(kStart + 3'600'000 * kMs, 0) == Act::kNone);
  CHECK_FALSE(life.over());
  CHECK_FALSE(life.deadline_us());
  const int64_t later = kStart + 3'600'000 * kMs;
  life.on_progress(Direction::kServerToClient, later);
  life.on_client_eof(later);
  CHECK(life.deadline_us() == later + 30'000 * kMs);
  (void)life.advance(later + 30'000 * kMs, 0);
  CHECK(life.over());
}

TEST_CASE("a signal bounds the wait for a client that does not read") {
  Lifecycle life = usual();
  life.on_stop(kStart);
  (void)life.advance(kStart, 0);
  life.on_child_exit(kStart + kMs);
  life.on_server_eof(kStart + kMs);
  (void)life.advance(kStart + kMs, 0);
  CHECK_FALSE(life.over());
  CHECK(life.deadline_us() == kStart + 3'000 * kMs);
  (void)life.advance(kStart + 3'000 * kMs, 0);
  CHECK(life.over());
}

TEST_CASE("timers run in the order of their times, and a slot holds one") {
  Timers timers;
  std::string ran;
  CHECK_FALSE(timers.next_due_us());
  timers.set(1, 300, [&] { ran += "a"; });
  timers.set(2, 100, [&] { ran += "b"; });
  timers.set(3, 200, [&] { ran += "c"; });
  timers.set(1, 150, [&] { ran += "A"; });
  timers.set(4, 120, [&] { ran += "d"; });
  timers.cancel(4);
  timers.cancel(99);
  CHECK(timers.next_due_us() == 100);
  CHECK_FALSE(timers.take_due(99));
  while (const auto work = timers.take_due(1000)) work();
  CHECK(ran == "bAc");
  CHECK_FALSE(timers.next_due_us());
}

}  // namespace
}  // namespace agentmesh::proxy
