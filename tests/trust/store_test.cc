#include "trust/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "base/files.h"
#include "tests/catch.h"
#include "tests/fakes.h"
#include "tests/temp_directory.h"
#include "trust/events.h"
#include "trust/store_database.h"

namespace agentmesh::trust {

using agentmesh::tests::CountingRandom;
using agentmesh::tests::FakeClock;
using agentmesh::tests::TempDirectory;

namespace {

struct Fixture {
  Fixture() { store = open(); }
  std::unique_ptr<Store> open() {
    auto opened = Store::open(state.path(), clock, random);
    if (!opened) FAIL(opened.error().what);
    return std::move(*opened);
  }
  // As a person with sqlite3 at hand.
  void edit(const char* sql) {
    bool corrupt = false;
    auto database = Database::open(state / "state.db", corrupt);
    REQUIRE(database);
    REQUIRE((*database)->execute(sql));
  }
  SubjectSums delta(const std::string& subject, int32_t weight, int32_t value) {
    SubjectSums row{subject, {}};
    row.sums.add({subject, Dimension::kSecurityPosture, weight, value}, clock.wall, {});
    return row;
  }
  int score(Store& from, std::string_view subject) {
    const auto row = from.subject(subject);
    REQUIRE(row);
    return score_of(row->has_value() ? (*row)->sums : Sums{}, clock.wall, {}).total;
  }

  TempDirectory state;
  FakeClock clock;
  CountingRandom random;
  std::unique_ptr<Store> store;
};

Pin a_pin(const std::string& name) {
  Pin pin;
  pin.server = "files";
  pin.cmd_mac = std::string(64, 'c');
  pin.name = name;
  pin.form = R"({"name":"x"})";
  pin.hash = definition_hash(pin.form);
  pin.by = "first-use";
  pin.at_us = 5;
  return pin;
}

}  // namespace

TEST_CASE("differences of several processes add up, and the totals come back") {
  Fixture f;
  auto other = f.open();
  CHECK(f.store->unrestored() == true);
  CHECK(other->unrestored() == true);
  const auto first = f.store->add(std::vector<SubjectSums>{f.delta("agent:a", 8000, 0)}, {});
  REQUIRE(first);
  const auto second = other->add(
      std::vector<SubjectSums>{f.delta("agent:a", 8000, 0), f.delta("server:s", 1000, 1000)}, {});
  REQUIRE(second);
  REQUIRE(second->size() == 2);
  CHECK((*second)[0].sums.events == 2);
  CHECK(f.score(*f.store, "agent:a") == 444);  // 1000 × 16 / (20 + 16)
  CHECK(f.store->subjects()->size() == 2);
  CHECK_FALSE(f.store->subject("agent:nobody")->has_value());
}

TEST_CASE("two processes that write at once lose nothing") {
  Fixture f;
  const int pid = ::fork();
  if (pid == 0) {
    auto mine = Store::open(f.state.path(), f.clock, f.random);
    int failures = 0;
    for (int i = 0; i < 100; ++i)
      failures +=
          (*mine)->add(std::vector<SubjectSums>{f.delta("agent:a", 1000, 1000)}, {}) ? 0 : 1;
    ::_exit(failures);
  }
  for (int i = 0; i < 100; ++i)
    CHECK(f.store->add(std::vector<SubjectSums>{f.delta("agent:a", 1000, 1000)}, {}));
  int status = 0;
  ::waitpid(pid, &status, 0);
  CHECK(WEXITSTATUS(status) == 0);
  CHECK((*f.store->subject("agent:a"))->sums.events == 200);
}

TEST_CASE("sums come back as they were written, to the last bit") {
  Fixture f;
  SubjectSums row{"tool:s/ü \"x\"", {}};
  for (int i = 0; i < 37; ++i) {
    row.sums.add({"", static_cast<Dimension>(i % 5), 1000 / (1 + i), i % 2 * 1000},
                 f.clock.wall + int64_t{i} * 12345, {});
  }
  REQUIRE(f.store->add(std::vector<SubjectSums>{row}, {}));
  CHECK((*f.open()->subject(row.subject))->sums == row.sums);
}

TEST_CASE("a score that moved is in the history, one that hardly moved is not") {
  Fixture f;
  for (int i = 0; i < 3; ++i)
    REQUIRE(f.store->add(std::vector<SubjectSums>{f.delta("agent:a", 20, 1000)}, {}));
  f.clock.advance_us(1'000'000);
  REQUIRE(f.store->add(std::vector<SubjectSums>{f.delta("agent:a", 20000, 0)}, {}));
  const auto history = f.store->history("agent:a");
  REQUIRE(history);
  REQUIRE(history->size() == 2);
  CHECK((*history)[0].score == 800);
  CHECK((*history)[1].score == 401);  // 1000 × 16.06 / 40.06
  CHECK((*history)[1].at_us - (*history)[0].at_us == 1'000'000);
  CHECK(f.store->history("agent:b")->empty());
}

TEST_CASE("the history of a subject stays small") {
  Fixture f;
  for (int i = 0; i < 450; ++i) {
    f.clock.advance_us(1000);
    if (i % 2 == 0) {
      REQUIRE(f.store->add(std::vector<SubjectSums>{f.delta("agent:a", 20000, 0)}, {}));
    } else {
      REQUIRE(f.store->reset("agent:a"));
      REQUIRE(f.store->add(std::vector<SubjectSums>{f.delta("agent:a", 1, 1000)}, {}));
    }
  }
  CHECK(f.store->history("agent:a")->size() == 200);
}

TEST_CASE("a reset is a change that running proxies hear of, an added difference is not") {
  Fixture f;
  REQUIRE(f.store->add(std::vector<SubjectSums>{f.delta("agent:a", 20000, 0)}, {}));
  const int64_t begin = *f.store->changes_upto();
  auto command = f.open();
  REQUIRE(f.store->add(std::vector<SubjectSums>{f.delta("agent:b", 20000, 0)}, {}));
  CHECK(f.store->changes_since(begin)->subjects.empty());
  REQUIRE(command->reset("agent:a"));
  const auto changes = f.store->changes_since(begin);
  REQUIRE(changes);
  REQUIRE(changes->subjects.size() == 1);
  CHECK(changes->subjects[0].subject == "agent:a");
  CHECK(changes->subjects[0].sums == Sums{});
  CHECK(f.store->changes_since(changes->upto)->subjects.empty());
  CHECK(f.score(*f.store, "agent:a") == 800);
}

TEST_CASE("pins come back as they were, by server") {
  Fixture f;
  Pin held = a_pin("held");
  held.state = PinState::kHeld;
  held.offered_hash = std::exchange(held.hash, "");
  held.offered = std::exchange(held.form, "");
  Pin other = a_pin("x");
  other.server = "mail";
  other.kind = PinKind::kPrompt;
  const std::vector<PinWrite> writes{{a_pin("read"), ""}, {held, ""}, {other, ""}};
  CHECK(f.store->save_pins(writes)->empty());
  CHECK(*f.open()->pins("files") == std::vector<Pin>{held, a_pin("read")});
  CHECK(f.store->pins()->size() == 3);
}

TEST_CASE("a pin that moved on meanwhile is not overwritten; the writer is told what stands") {
  Fixture f;
  REQUIRE(f.store->save_pins(std::vector<PinWrite>{{a_pin("read"), ""}})->empty());
  Pin mine = a_pin("read");
  mine.form = R"({"name":"y"})";
  mine.hash = definition_hash(mine.form);
  const auto standing = f.store->save_pins(std::vector<PinWrite>{{mine, ""}});
  REQUIRE(standing);
  REQUIRE(standing->size() == 1);
  CHECK((*standing)[0] == a_pin("read"));
  CHECK(f.store->save_pins(std::vector<PinWrite>{{mine, a_pin("read").hash}})->empty());
  CHECK(f.store->pins()->front() == mine);
}

TEST_CASE("a person's refusal stands against a proxy that has not heard of it yet") {
  Fixture f;
  Pin pin = a_pin("read");
  pin.state = PinState::kRejected;
  pin.offered_hash = std::string(64, 'e');
  REQUIRE(f.store->change_pins(std::vector<PinWrite>{{pin, ""}})->empty());
  Pin late = pin;
  late.state = PinState::kReview;
  CHECK(f.store->save_pins(std::vector<PinWrite>{{late, pin.hash}})->size() == 1);
  late.state = PinState::kPinned;
  late.hash = pin.offered_hash;
  late.offered_hash.clear();
  CHECK(f.store->save_pins(std::vector<PinWrite>{{late, pin.hash}})->size() == 1);
  CHECK(f.store->pins()->front().state == PinState::kRejected);
  late = pin;
  late.state = PinState::kWithheld;
  late.offered_hash = std::string(64, 'f');  // its successor
  CHECK(f.store->save_pins(std::vector<PinWrite>{{late, pin.hash}})->empty());
}

TEST_CASE("an approval reaches running proxies, a proxy's own first sight does not") {
  Fixture f;
  const int64_t begin = *f.store->changes_upto();
  REQUIRE(f.store->save_pins(std::vector<PinWrite>{{a_pin("read"), ""}}));
  CHECK(f.store->changes_since(begin)->pins.empty());
  Pin approved = a_pin("read");
  approved.state = PinState::kApproved;
  approved.by = "uid:1000";
  REQUIRE(f.open()->change_pins(std::vector<PinWrite>{{approved, approved.hash}})->empty());
  const auto changes = f.store->changes_since(begin);
  REQUIRE(changes->pins.size() == 1);
  CHECK(changes->pins[0] == approved);
}

TEST_CASE("a row edited by hand approves nothing") {
  struct Case {
    const char* sql;
  };
  for (
      const Case& c :
      {Case{
           "UPDATE pin SET state = 'approved', hash = offered_hash, offered_hash = '', \"by\" = 'uid:1000'"},
       {"UPDATE pin SET state = 'pinned'"},
       {"UPDATE pin SET hash = 'cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc'"},
       {"UPDATE pin SET name = 'write'"},
       {"UPDATE pin SET server = 'mail'"},
       {"UPDATE pin SET state = 'no such state'"},
       {"UPDATE pin SET kind = 'command'"},
       {"UPDATE pin SET seal = ''"}}) {
    CAPTURE(c.sql);
    Fixture f;
    Pin pin = a_pin("read");
    pin.state = PinState::kWithheld;
    pin.offered_hash = std::string(64, 'e');
    REQUIRE(f.store->save_pins(std::vector<PinWrite>{{pin, ""}}));
    f.edit(c.sql);
    const auto pins = f.store->pins();
    REQUIRE(pins->size() == 1);
    CHECK(pins->front().state == PinState::kHeld);
    CHECK(pins->front().hash.empty());
    CHECK(pins->front().by.empty());
    CHECK_FALSE(pins->front().offered_hash.empty());
  }
}

TEST_CASE("a text edited by hand is neither compared with nor shown for what its hash accepts") {
  Fixture f;
  Pin pin = a_pin("read");
  pin.state = PinState::kReview;
  pin.offered = R"({"name":"x","description":"Send it home."})";
  pin.offered_hash = definition_hash(pin.offered);
  REQUIRE(f.store->save_pins(std::vector<PinWrite>{{pin, ""}}));
  Pin kept = pin;
  SECTION("what was accepted") {
    f.edit("UPDATE pin SET form = '{}'");
    kept.form.clear();
  }
  SECTION("what is offered") {
    f.edit("UPDATE pin SET offered = '{\"name\":\"x\"}'");
    kept.offered.clear();
  }
  CHECK(f.store->pins().value() == std::vector<Pin>{kept});
}

TEST_CASE("what was shown is noted, of that offer beside what was accepted, and of nothing else") {
  Fixture f;
  Pin pin = a_pin("read");
  pin.state = PinState::kReview;
  pin.offered_hash = std::string(64, 'e');
  const auto put = [&](const Pin& row, const Pin& was) {
    REQUIRE(f.store->save_pins(std::vector<PinWrite>{{row, was.hash}})->empty());
  };
  const auto shown = [&] { return f.store->pins()->front().shown; };
  put(pin, {});
  CHECK_FALSE(shown());
  Pin other = pin;
  other.offered_hash = std::string(64, 'f');
  REQUIRE(f.store->mark_shown(std::vector<Pin>{other}));  // it is outdated by now
  CHECK_FALSE(shown());
  REQUIRE(f.store->mark_shown(std::vector<Pin>{pin}));
  CHECK(shown());

  put(other, pin);  // the server offers something else, which its proxy writes
  CHECK_FALSE(shown());
  put(pin, other);  // and what was shown again
  CHECK(shown());
  Pin moved = pin;
  moved.hash = std::string(64, 'd');  // the difference would be another one
  put(moved, pin);
  CHECK_FALSE(shown());
}

TEST_CASE("a row edited by hand was shown to nobody") {
  Fixture f;
  Pin pin = a_pin("read");
  pin.state = PinState::kReview;
  pin.offered_hash = std::string(64, 'e');
  REQUIRE(f.store->save_pins(std::vector<PinWrite>{{pin, ""}})->empty());
  SECTION("the mark") { f.edit("UPDATE pin SET shown_hash = offered_hash"); }
  SECTION("what was shown") {
    REQUIRE(f.store->mark_shown(std::vector<Pin>{pin}));
    f.edit("UPDATE pin SET hash = offered_hash, offered_hash = ''");
  }
  SECTION("whose it is") {
    REQUIRE(f.store->mark_shown(std::vector<Pin>{pin}));
    f.edit("UPDATE pin SET name = 'write'");
  }
  CHECK_FALSE(f.store->pins()->front().shown);
  // It is an offer like any other: who is shown it may accept it.
  REQUIRE(f.store->mark_shown(*f.store->pins()));
  CHECK(f.store->pins()->front().shown);
}

TEST_CASE("session facts are only ever added") {
  Fixture f;
  CHECK_FALSE(f.store->session_facts("desk")->tainted);
  REQUIRE(f.store->put_session_facts("desk", {true, false}));
  REQUIRE(f.store->put_session_facts("desk", {false, true}));
  CHECK(f.store->session_facts("desk")->tainted);
  CHECK(f.store->session_facts("desk")->private_read);
  CHECK_FALSE(f.store->session_facts("code")->tainted);
}

TEST_CASE("each proxy replaces its own breakers") {
  Fixture f;
  BreakerCopy copy;
  copy.server = "files";
  copy.state = BreakerState::kOpen;
  copy.failures = 3;
  copy.probe_at_us = 77;
  REQUIRE(f.store->put_breakers(1, std::vector<BreakerCopy>{copy}));
  copy.tool = "read";
  REQUIRE(f.store->put_breakers(2, std::vector<BreakerCopy>{copy, copy}));
  REQUIRE(f.store->put_breakers(1, {}));
  const auto all = f.store->breakers();
  REQUIRE(all->size() == 1);
  CHECK(all->front().pid == 2);
  CHECK(all->front().state == BreakerState::kOpen);
  CHECK(all->front().probe_at_us == 77);
}

TEST_CASE("a corrupt database is moved aside with a notice, and a new one begun") {
  for (const bool header : {true, false}) {
    CAPTURE(header);
    Fixture f;
    for (int i = 0; i < 200; ++i)
      REQUIRE(f.store->save_pins(std::vector<PinWrite>{{a_pin(std::to_string(i)), ""}}));
    f.store.reset();
    {
      std::fstream file(f.state / "state.db", std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(header ? 0 : 8192);
      for (int i = 0; i < 20'000; ++i) file.put('\x5a');
    }
    const auto store = f.open();
    CHECK(store->unrestored() == true);
    CHECK(store->notice().find("state.db.bad-") != std::string::npos);
    CHECK(store->pins()->empty());
    CHECK(store->save_pins(std::vector<PinWrite>{{a_pin("read"), ""}}));
    CHECK(f.open()->notice().empty());
  }
}

TEST_CASE("who was stopped while opening keeps no other waiting for ever") {
  Fixture f;
  f.store.reset();
  const auto held = open_own(f.state / "state.db.lock", O_RDWR | O_CREAT);
  REQUIRE(held);
  REQUIRE(::flock(held->get(), LOCK_EX | LOCK_NB) == 0);
  const auto opened = Store::open(f.state.path(), f.clock, f.random);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().what.find("state.db.lock: another process keeps it locked") !=
        std::string::npos);
  REQUIRE(::flock(held->get(), LOCK_UN) == 0);
  f.open();
}

TEST_CASE("who removes the database starts a new one, for the proxies that run as well") {
  Fixture f;
  REQUIRE(f.store->save_pins(std::vector<PinWrite>{{a_pin("read"), ""}}));
  REQUIRE(f.store->reset("agent:a"));
  const int64_t upto = *f.store->changes_upto();
  for (const char* name : {"state.db", "state.db-wal", "state.db-shm"})
    std::filesystem::remove(f.state / name);
  Pin approved = a_pin("write");
  approved.state = PinState::kApproved;
  approved.by = "uid:1";
  REQUIRE(f.open()->change_pins(std::vector<PinWrite>{{approved, ""}}));
  REQUIRE(f.open()->change_pins(std::vector<PinWrite>{{approved, approved.hash}}));
  CHECK(f.store->changes_since(upto + 5)->pins.size() == 1);
  CHECK(f.store->pins()->size() == 1);
}

TEST_CASE("a database with a newer schema is refused by name and left alone") {
  Fixture f;
  f.store.reset();
  f.edit("PRAGMA user_version = 7");
  const auto opened = Store::open(f.state.path(), f.clock, f.random);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().what.find("schema 7") != std::string::npos);
  CHECK(opened.error().what.find("state.db") != std::string::npos);
  bool corrupt = false;
  CHECK(*(*Database::open(f.state / "state.db", corrupt))->number("PRAGMA user_version") == 7);
}

TEST_CASE("sums that nothing of ours wrote count as none") {
  Fixture f;
  REQUIRE(f.store->add(std::vector<SubjectSums>{f.delta("agent:a", 20000, 0)}, {}));
  for (const char* sql : {"UPDATE subject SET sums = x'00'",
                          "UPDATE subject SET sums = zeroblob(152) || x'000000000000f07f'",
                          "UPDATE subject SET events = -4"}) {
    f.edit(sql);
    CHECK(f.score(*f.store, "agent:a") == 800);
  }
}

TEST_CASE("the database is for its owner alone") {
  Fixture f;
  REQUIRE(f.store->add(std::vector<SubjectSums>{f.delta("agent:a", 1000, 1000)}, {}));
  const auto names = list_directory(f.state.path());
  REQUIRE(names);
  for (const std::string& name : *names) {
    if (!name.starts_with("state.db")) continue;
    struct stat info {};
    REQUIRE(::stat((f.state / name).c_str(), &info) == 0);
    CAPTURE(name);
    CHECK((info.st_mode & 0077U) == 0);
  }
}

TEST_CASE("who only reads a database makes and changes nothing, and sees what is there") {
  TempDirectory empty;
  FakeClock clock;
  const auto none = Store::open_to_read(empty.path(), clock);
  REQUIRE(none);
  CHECK(*none == nullptr);
  CHECK(list_directory(empty.path())->empty());

  Fixture f;
  REQUIRE(f.store->add(std::vector{f.delta("server:files", 8000, 0)}, {}));
  REQUIRE(f.store->save_pins(std::vector<PinWrite>{{a_pin("read"), ""}}));
  const auto read = Store::open_to_read(f.state.path(), f.clock);
  REQUIRE(read);
  REQUIRE(*read);
  CHECK(f.score(**read, "server:files") == f.score(*f.store, "server:files"));
  CHECK((*read)->pins().value() == f.store->pins().value());  // the seals fit
  CHECK_FALSE((*read)->add(std::vector{f.delta("server:files", 8000, 0)}, {}));
  CHECK_FALSE((*read)->reset("server:files"));

  // It stays with what it has opened, and one of a newer version is refused by name.
  f.edit("PRAGMA user_version = 99");
  const auto newer = Store::open_to_read(f.state.path(), f.clock);
  REQUIRE_FALSE(newer);
  CHECK(newer.error().what.find("newer") != std::string::npos);
}

TEST_CASE("a database whose directory has signs that a URI would read is opened all the same") {
  TempDirectory around;
  const std::string state = around / "a?b#c%20d";
  FakeClock clock;
  CountingRandom random;
  REQUIRE(Store::open(state, clock, random));
  const auto read = Store::open_to_read(state, clock);
  REQUIRE(read);
  REQUIRE(*read);
  CHECK((*read)->subjects().value().empty());
}

}  // namespace agentmesh::trust
