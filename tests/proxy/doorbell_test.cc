#include "proxy/doorbell.h"

#include <poll.h>

#include <atomic>
#include <cstdint>
#include <thread>

#include "tests/catch.h"

namespace agentmesh::proxy {
namespace {

bool rings(const Doorbell& bell, int patience_ms) {
  pollfd polled{bell.fd(), POLLIN, 0};
  return ::poll(&polled, 1, patience_ms) == 1;
}

TEST_CASE("a bell that is rung while it is answered can be rung again") {
  Doorbell bell;
  REQUIRE(bell.works());
  std::atomic<bool> enough = false;
  std::atomic<uint64_t> rung = 0;
  std::thread other([&] {
    while (!enough) {
      bell.ring();
      ++rung;
    }
  });
  bool heard = true;
  for (int round = 0; heard && round < 20'000; ++round) {
    const uint64_t before = rung;
    while (rung < before + 2) {  // one ring at least began after `before` was read
    }
    heard = rings(bell, 10'000);
    (void)bell.answer();
  }
  enough = true;
  other.join();
  CHECK(heard);
}

TEST_CASE("many rings are one, and a signal is told once for each time it came") {
  Doorbell bell;
  bell.catch_signals();
  for (int i = 0; i < 1000; ++i) bell.ring();
  REQUIRE(::raise(SIGUSR1) == 0);
  REQUIRE(::raise(SIGTERM) == 0);
  CHECK(bell.answer() == std::vector<int>{SIGUSR1, SIGTERM});
  CHECK(bell.answer().empty());
}

}  // namespace
}  // namespace agentmesh::proxy
