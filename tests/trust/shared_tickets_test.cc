// Tickets in the shared file: asked, answered by the first, used once, and whose places they take.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.h"
#include "tests/catch.h"
#include "tests/trust/shared_fixture.h"
#include "trust/shared.h"
#include "trust/shared_file.h"

namespace agentmesh::trust {

using Fixture = agentmesh::tests::SharedFixture;
using agentmesh::tests::kNow;
using agentmesh::tests::kSecond;

TEST_CASE("a ticket is asked, granted, and good for one call with exactly those arguments") {
  Fixture f;
  CHECK(f.ask("7f3a000000000001").state == TicketState::kPending);
  CHECK_FALSE(f.use(1));
  const auto granted = f.answer("7f3a", true, "uid:1000");
  REQUIRE(granted);
  CHECK(granted->state == TicketState::kGranted);
  CHECK_FALSE(f.use(2));
  CHECK_FALSE(f.use(1, "other agent"));
  CHECK_FALSE(f.use(1, "desk", "mail"));
  const auto used = f.use(1);
  REQUIRE(used);
  CHECK(used->id == "7f3a000000000001");
  CHECK(used->by == "uid:1000");
  CHECK_FALSE(f.use(1));
  CHECK(f.shared->find("7f3a000000000001", kNow)->state == TicketState::kUsed);
}

TEST_CASE("the first answer wins, and the later one hears of it") {
  Fixture f;
  f.ask("7f3a000000000001");
  REQUIRE(f.answer("7f3a", false, "client"));
  const auto late = f.answer("7f3a", true, "uid:1000");
  REQUIRE_FALSE(late);
  CHECK(late.error().what == "approval 7f3a000000000001 is already denied by client");
  CHECK_FALSE(f.use(1));
}

TEST_CASE("an expired ticket can be neither answered nor used") {
  Fixture f;
  f.ask("aaaa000000000001", 1);
  f.ask("bbbb000000000001", 2);
  REQUIRE(f.answer("bbbb", true, "uid:1"));
  const int64_t late = kNow + 600 * kSecond + 1;
  CHECK_FALSE(f.answer("aaaa", true, "uid:1", late));
  CHECK_FALSE(f.use(2, "desk", "files", late));
  for (const Ticket& ticket : f.shared->tickets(late)) CHECK(ticket.state == TicketState::kExpired);
}

TEST_CASE("asking again for the same call while it is pending gives the same ticket") {
  Fixture f;
  f.ask("aaaa000000000001", 1);
  CHECK(f.ask("bbbb000000000002", 1).id == "aaaa000000000001");
  CHECK(f.ask("cccc000000000003", 2).id == "cccc000000000003");
  CHECK(f.ask("dddd000000000004", 1, TicketKind::kDialog).id == "dddd000000000004");
  CHECK(f.ask("eeee000000000005", 1, TicketKind::kDialog).id == "eeee000000000005");
}

TEST_CASE("a dialog's answer is not a ticket for the next call") {
  Fixture f;
  f.ask("dddd000000000004", 1, TicketKind::kDialog);
  REQUIRE(f.answer("dddd", true, "uid:1"));
  CHECK_FALSE(f.use(1));
  REQUIRE(f.shared->close("dddd000000000004", TicketState::kUsed, kNow));
  CHECK(f.shared->find("dddd", kNow)->state == TicketState::kUsed);
}

TEST_CASE("an id may be shortened to four letters while they tell one pending approval") {
  Fixture f;
  f.ask("7f3a000000000001", 1);
  CHECK(f.shared->find("7f3a", kNow)->id == "7f3a000000000001");
  f.ask("7f3a000000000002", 2);
  CHECK_FALSE(f.shared->find("7f3a", kNow));
  CHECK(f.shared->find("7f3a000000000002", kNow));
  REQUIRE(f.answer("7f3a000000000001", true, "uid:1"));
  CHECK(f.shared->find("7f3a", kNow)->id == "7f3a000000000002");
  CHECK_FALSE(f.shared->find("7f3", kNow));
  CHECK_FALSE(f.shared->find("", kNow));
  CHECK_FALSE(f.shared->find("beef", kNow));
}

TEST_CASE("the record comes before the effect: if it fails, nothing was answered") {
  Fixture f;
  f.ask("7f3a000000000001");
  const auto failed =
      f.shared->answer("7f3a", true, "uid:1", kNow, [&](const Ticket& ticket) -> Result<void> {
        CHECK(ticket.state == TicketState::kGranted);
        CHECK_FALSE(f.use(1));                           // not yet
        CHECK_FALSE(f.answer("7f3a", false, "client"));  // claimed
        return fail("the log is full");
      });
  REQUIRE_FALSE(failed);
  CHECK(failed.error().what == "the log is full");
  CHECK(f.shared->find("7f3a", kNow)->state == TicketState::kPending);
  REQUIRE(f.answer("7f3a", true, "uid:1"));
  CHECK(f.use(1));
}

TEST_CASE("who dies while answering leaves it pending after five seconds") {
  Fixture f;
  f.ask("7f3a000000000001");
  const int pid = ::fork();
  if (pid == 0) {
    auto mine = Shared::open(f.state.path(), f.random);
    (void)(*mine)->answer("7f3a", true, "uid:1", kNow,
                          [](const Ticket&) -> Result<void> { ::_exit(0); });
    ::_exit(1);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  CHECK(WEXITSTATUS(status) == 0);
  CHECK_FALSE(f.answer("7f3a", true, "uid:2", kNow + kSecond));
  CHECK(f.answer("7f3a", true, "uid:2", kNow + 6 * kSecond));
}

TEST_CASE("of many callers one uses a ticket") {
  Fixture f;
  f.ask("7f3a000000000001");
  REQUIRE(f.answer("7f3a", true, "uid:1"));
  auto other = Shared::open(f.state.path(), f.random);
  std::atomic<int> used = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      Hash digest{};
      digest.fill(1);
      used += (t % 2 == 0 ? *f.shared : **other).use(digest, "desk", "files", kNow) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(used == 1);
}

TEST_CASE("a ticket granted by another hand than ours is still pending") {
  Fixture f;
  f.ask("7f3a000000000001");
  {
    std::fstream file(f.state / "shared", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(4096 + kMaxHalts * sizeof(HaltEntry)));
    file.put(static_cast<char>(TicketState::kGranted));
  }
  CHECK(f.shared->find("7f3a", kNow)->state == TicketState::kPending);
  CHECK_FALSE(f.use(1));
}

TEST_CASE("when all places are open nobody is pushed out; settled ones make room") {
  Fixture f;
  for (size_t i = 0; i < kMaxTickets; ++i)
    f.ask(fmt::format("{:016x}", i + 0x1000), static_cast<uint8_t>(i), TicketKind::kDialog);
  Ticket one_more;
  one_more.id = "ffff000000000000";
  one_more.deadline_us = kNow + kSecond;
  CHECK_FALSE(f.shared->ask(one_more, kNow));
  REQUIRE(f.shared->close(fmt::format("{:016x}", 0x1005), TicketState::kCancelled, kNow));
  CHECK(f.shared->ask(one_more, kNow));
  CHECK(f.shared->tickets(kNow).size() == kMaxTickets);
  CHECK_FALSE(f.shared->find(fmt::format("{:016x}", 0x1005), kNow));
}

TEST_CASE("requests of servers cannot take the places of clients' calls") {
  Fixture f;
  uint32_t asked = 0;
  const auto ask = [&](const std::string& server, TicketKind kind, bool of_server) {
    Ticket ticket;
    ticket.id = fmt::format("{:016x}", 0x1000 + ++asked);
    ticket.kind = kind;
    ticket.of_server = of_server;
    ticket.server = server;
    put_u64_le(ticket.digest.data(), asked);
    ticket.asked_us = kNow;
    ticket.deadline_us = kNow + kSecond;
    return f.shared->ask(ticket, kNow);
  };
  for (const TicketKind kind : {TicketKind::kTicket, TicketKind::kDialog}) {
    for (int i = 0; i < 8; ++i) CHECK(ask("loud", kind, true));
    const auto refused = ask("loud", kind, true);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().what == "8 requests of this server wait for a person already");
    CHECK(ask("loud", kind, false));  // a call to it is the client's
  }
  for (int server = 0; server < 12; ++server)
    for (int i = 0; i < 8; ++i)
      (void)ask("other" + std::to_string(server), TicketKind::kTicket, true);
  CHECK_FALSE(ask("late", TicketKind::kTicket, true));
  for (size_t i = 0; i < kMaxTickets - 64 - 2; ++i)
    REQUIRE(ask("files", TicketKind::kTicket, false));
  CHECK_FALSE(ask("files", TicketKind::kTicket, false));
  // What is over makes room for the server as well, and so does a yes to a dialog: it waits no more.
  REQUIRE(f.answer(fmt::format("{:016x}", 0x1000 + 11), true, "client"));
  CHECK(ask("loud", TicketKind::kDialog, true).error().what.find("approvals are open") !=
        std::string::npos);
  REQUIRE(f.shared->close(fmt::format("{:016x}", 0x1001), TicketState::kDenied, kNow));
  CHECK(ask("loud", TicketKind::kTicket, true));
}

}  // namespace agentmesh::trust
