#include "proxy/lifecycle.h"

#include <string>

#include "proxy/timers.h"
#include "tests/catch.h"

namespace agentmesh::proxy {
namespace {

using Act = Lifecycle::Act;
using Deaf = Lifecycle::Deaf;
constexpr int64_t kMs = 1000;
constexpr int64_t kStart = 5'000'000'000;

Lifecycle usual() { return Lifecycle(ShutdownTimes{10'000, 30'000, 3'000}, 2'000, 1'000); }

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

TEST_CASE("a descendant that never falls silent is not listened to for ever, while we listen") {
  Lifecycle life = usual();
  life.on_child_exit(kStart);
  life.listening(Deaf::kForClient, kStart);
  const int64_t heard_from = kStart + 20'000 * kMs;
  int64_t now = heard_from;
  life.listening(Deaf::kNot, now);
  for (; now < heard_from + 30'000 * kMs; now += 500 * kMs) {
    life.still_talking(10, now);
    REQUIRE(life.advance(now, 0) == Act::kNone);
  }
  life.still_talking(10, now);
  CHECK(life.advance(heard_from + 30'000 * kMs, 0) == Act::kEndServer);
}

TEST_CASE(
    "what a gone server left in its pipe waits for a client that has yet to take what came before") {
  Lifecycle life = usual();
  life.listening(Deaf::kForClient, kStart);
  life.on_child_exit(kStart);
  CHECK(life.advance(kStart + 3'600'000 * kMs, 0) == Act::kNone);
  CHECK_FALSE(life.deadline_us());
  CHECK_FALSE(life.over());
  const int64_t later = kStart + 3'600'000 * kMs;
  SECTION("and is listened to as long as ever after that") {
    life.listening(Deaf::kNot, later);
    CHECK(life.deadline_us() == later + 2'000 * kMs);
    CHECK(life.advance(later + 1'999 * kMs, 0) == Act::kNone);
    CHECK(life.advance(later + 2'000 * kMs, 0) == Act::kEndServer);
  }
  SECTION("for thirty seconds after it took something last, where it asks for nothing more") {
    life.on_progress(Direction::kServerToClient, later);
    life.on_client_eof(later);
    CHECK(life.deadline_us() == later + 10'000 * kMs);  // for descendants
    CHECK(life.advance(later + 10'000 * kMs, 0) == Act::kTerminate);
    CHECK(life.advance(later + 13'000 * kMs, 0) == Act::kKill);
    CHECK(life.deadline_us() == later + 30'000 * kMs);
    CHECK(life.advance(later + 30'000 * kMs - 1, 0) == Act::kNone);
    CHECK_FALSE(life.over());
    (void)life.advance(later + 30'000 * kMs, 0);
    CHECK(life.over());
  }
  SECTION("for three after a signal") {
    life.on_stop(later);
    (void)life.advance(later, 0);
    (void)life.advance(later + 3'000 * kMs, 0);
    CHECK(life.over());
  }
  SECTION("also where its descendants had to be killed meanwhile") {
    life.on_client_eof(later);
    CHECK(life.advance(later + 10'000 * kMs, 0) == Act::kTerminate);
    CHECK(life.advance(later + 13'000 * kMs, 0) == Act::kKill);
    life.listening(Deaf::kNot, later + 17'000 * kMs);
    CHECK(life.advance(later + 17'000 * kMs, 0) == Act::kNone);
    life.listening(Deaf::kForClient, later + 17'001 * kMs);
    life.on_progress(Direction::kServerToClient, later + 25'000 * kMs);
    CHECK(life.advance(later + 54'000 * kMs, 0) == Act::kNone);
    life.listening(Deaf::kNot, later + 54'000 * kMs);
    CHECK(life.deadline_us() == later + 55'999 * kMs);
    CHECK(life.advance(later + 55'999 * kMs, 0) == Act::kEndServer);
  }
  SECTION("and for nobody once it is gone") {
    life.on_client_gone(later);
    CHECK(life.deadline_us() == later + 1'000 * kMs);
    CHECK(life.advance(later + 1'000 * kMs, 0) == Act::kTerminate);
    CHECK(life.advance(later + 2'000 * kMs, 0) == Act::kEndServer);
  }
}

TEST_CASE("a server that waits for a slow client to take what it says is not one that stays") {
  Lifecycle life = usual();
  life.on_client_eof(kStart);
  int64_t now = kStart + 4'000 * kMs;
  (void)life.advance(now, 0);
  life.listening(Deaf::kForClient, now);
  for (; now < kStart + 300'000 * kMs; now += 5'000 * kMs) {
    life.on_progress(Direction::kServerToClient, now);
    REQUIRE(life.advance(now, 0) == Act::kNone);
  }
  SECTION("it has what was left of its ten seconds when it is listened to again") {
    life.listening(Deaf::kNot, now);
    CHECK(life.deadline_us() == now + 6'000 * kMs);
    CHECK(life.advance(now + 6'000 * kMs, 0) == Act::kTerminate);
  }
  SECTION("and ten seconds where the client takes nothing any more") {
    const int64_t taken = now - 5'000 * kMs;
    CHECK(life.deadline_us() == taken + 10'000 * kMs);
    CHECK(life.advance(taken + 10'000 * kMs, 0) == Act::kTerminate);
  }
}

TEST_CASE("what a client was slow with before the end began is no patience used up") {
  Lifecycle life = usual();
  life.listening(Deaf::kForClient, kStart - 3'600'000 * kMs);
  life.on_client_eof(kStart);
  SECTION("nor is it patience gained") {
    life.listening(Deaf::kNot, kStart);
    CHECK(life.deadline_us() == kStart + 10'000 * kMs);
  }
  SECTION("all of it is there for what comes after") {
    int64_t now = kStart;
    for (; now < kStart + 200'000 * kMs; now += 5'000 * kMs) {
      life.on_progress(Direction::kServerToClient, now);
      REQUIRE(life.advance(now, 0) == Act::kNone);
    }
    life.listening(Deaf::kNot, now);
    CHECK(life.deadline_us() == now + 10'000 * kMs);
  }
}

TEST_CASE("a server that is not heard for our own sake is not one that stays") {
  Lifecycle life = usual();
  life.on_client_eof(kStart);
  life.listening(Deaf::kForUs, kStart + 4'000 * kMs);
  CHECK(life.advance(kStart + 100'000 * kMs, 0) == Act::kNone);
  SECTION("it has what was left of its ten seconds when it is listened to again") {
    life.listening(Deaf::kNot, kStart + 100'000 * kMs);
    CHECK(life.deadline_us() == kStart + 106'000 * kMs);
  }
  SECTION("and is not waited for without an end") {
    CHECK(life.deadline_us() == kStart + 310'000 * kMs);
    CHECK(life.advance(kStart + 310'000 * kMs, 0) == Act::kTerminate);
  }
}

TEST_CASE("a server that takes nothing of what we answer is not waited for because of that") {
  Lifecycle life = usual();
  life.on_client_eof(kStart);
  life.listening(Deaf::kForServer, kStart + 1'000 * kMs);
  CHECK(life.deadline_us() == kStart + 10'000 * kMs);
  CHECK(life.advance(kStart + 10'000 * kMs, 0) == Act::kTerminate);
}

TEST_CASE("a server that was not heard has its last words read when it has gone") {
  Lifecycle life = usual();
  life.listening(GENERATE(Deaf::kForServer, Deaf::kForUs, Deaf::kForClient), kStart);
  const int64_t gone = kStart + 3'600'000 * kMs;
  life.on_child_exit(gone);
  CHECK(life.advance(gone, 0) == Act::kNone);
  life.listening(Deaf::kNot, gone + 1'000 * kMs);
  CHECK(life.deadline_us() == gone + 3'000 * kMs);
}

TEST_CASE("a second signal ends a session in two seconds, whomever we do not hear") {
  Lifecycle life = usual();
  life.listening(GENERATE(Deaf::kForServer, Deaf::kForUs), kStart);
  life.on_child_exit(kStart + 1'000 * kMs);
  life.on_stop(kStart + 2'000 * kMs);
  CHECK(life.advance(kStart + 2'000 * kMs, 0) == Act::kTerminate);
  life.on_stop(kStart + 3'000 * kMs);
  CHECK(life.advance(kStart + 3'000 * kMs, 0) == Act::kKill);
  CHECK(life.deadline_us() == kStart + 5'000 * kMs);
  CHECK(life.advance(kStart + 5'000 * kMs, 0) == Act::kEndServer);
}

// What advance() says first, where a client that is slow lets us listen for a hundredth of the time.
Act first_act(Lifecycle& life, int64_t from, int64_t until, size_t bytes, int64_t& at) {
  for (at = from; at < until; at += 100 * kMs) {
    life.listening(Deaf::kNot, at);
    if (life.child_exited()) life.still_talking(bytes, at + kMs);
    life.listening(Deaf::kForClient, at + kMs);
    life.on_progress(Direction::kServerToClient, at + 50 * kMs);
    if (const Act act = life.advance(at + 50 * kMs, 0); act != Act::kNone) return act;
  }
  return Act::kNone;
}

TEST_CASE("a server that never ends is not waited for as long as a slow client reads") {
  Lifecycle life = usual();
  life.on_client_eof(kStart);
  int64_t at = 0;
  CHECK(first_act(life, kStart, kStart + 3'600'000 * kMs, 0, at) == Act::kTerminate);
  CHECK(at > kStart + 300'000 * kMs);
  CHECK(at < kStart + 315'000 * kMs);
}

TEST_CASE("a descendant that floods a slow client is not listened to for ever") {
  Lifecycle life = usual();
  life.on_child_exit(kStart);
  int64_t at = 0;
  CHECK(first_act(life, kStart, kStart + 3'600'000 * kMs, 65'536, at) == Act::kEndServer);
  CHECK(at < kStart + 40'000 * kMs);
}

TEST_CASE("a pause of ours costs a gone server nothing, and does not begin its time anew") {
  Lifecycle life = usual();
  life.on_child_exit(kStart);
  life.listening(Deaf::kForUs, kStart + 1'000 * kMs);
  CHECK(life.advance(kStart + 9'000 * kMs, 0) == Act::kNone);
  life.listening(Deaf::kNot, kStart + 9'000 * kMs);
  CHECK(life.deadline_us() == kStart + 10'000 * kMs);
  SECTION("nor is it without an end") {
    life.listening(Deaf::kForUs, kStart + 9'500 * kMs);
    CHECK(life.advance(kStart + 39'499 * kMs, 0) == Act::kNone);
    CHECK(life.advance(kStart + 39'500 * kMs, 0) == Act::kEndServer);
  }
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
