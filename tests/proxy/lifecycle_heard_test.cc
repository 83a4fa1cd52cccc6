// The ends of sessions in which the server could not be heard for a while.

#include "proxy/lifecycle.h"
#include "tests/catch.h"
#include "tests/proxy/lives.h"

namespace agentmesh::proxy {
namespace {

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

}  // namespace
}  // namespace agentmesh::proxy
