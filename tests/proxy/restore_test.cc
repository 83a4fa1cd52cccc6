// What is lost comes back from the log once, whoever comes first, and nothing counts twice.

#include "proxy/restore.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "proxy/log_evidence.h"
#include "proxy/restore_lost.h"
#include "proxy/snapshots.h"
#include "proxy/timers.h"
#include "tests/catch.h"
#include "tests/proxy/governed.h"
#include "trust/governed.h"

using agentmesh::tests::GovernedSession;
using agentmesh::tests::policy_source;
namespace proxy = agentmesh::proxy;
namespace trust = agentmesh::trust;

namespace {

struct Machine {
  Machine() : session(policy_source({"erase"})) {}

  // A call that is allowed, and one that is denied.
  void work(int times = 1) {
    for (int i = 0; i < times; ++i) {
      ++id;
      session.client({request("read_" + std::to_string(id))});
      session.server({R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
                      R"(,"result":{"content":[{"type":"text","text":"ok"}]}})"});
      ++id;
      session.client({request("erase")});
    }
  }
  std::string request(const std::string& tool) const {
    return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
           R"(,"method":"tools/call","params":{"name":")" + tool + "\"}}";
  }
  // What waits in memory is in the database.
  void flush() {
    const auto due = session.wire.timers.find(proxy::kFlushSlot);
    REQUIRE(due != session.wire.timers.end());
    const auto work = std::move(due->second);
    session.wire.timers.erase(due);
    work();
    session.wire.run_posted();
  }
  void end() {
    session.governor->finish(proxy::End::kClientEof, 0);
    session.keeper->finish();
  }
  void lose_database() const {
    for (const char* name : {"state.db", "state.db-wal", "state.db-shm"})
      std::filesystem::remove(state() + "/" + name);
  }
  std::string state() const { return session.options.state_dir; }
  std::string log() const { return state() + "/audit/main"; }
  std::unique_ptr<trust::Store> open() {
    auto opened = trust::Store::open(state(), session.clock, session.random);
    if (!opened) FAIL(opened.error().what);
    return std::move(*opened);
  }
  std::vector<std::string> restore(trust::Store& store) {
    return proxy::restore_lost(store, session.options.audit, session.options.trust,
                               session.clock.wall_us());
  }
  // How many events every subject has, by the log and by the database.
  using Counts = std::map<std::string, uint64_t>;
  Counts recorded() const {
    Counts counts;
    REQUIRE(proxy::read_evidence(log(), [&](const proxy::TrustLine& line) {
      if (line.event) ++counts[line.subject];
    }));
    return counts;
  }
  Counts stored() {
    Counts counts;
    const auto rows = open()->subjects();
    REQUIRE(rows);
    for (const auto& row : *rows) counts[row.subject] = row.sums.events;
    return counts;
  }

  GovernedSession session;
  int id = 0;
};

}  // namespace

TEST_CASE(
    "a database whose maker died before it was restored is restored by the next who opens it") {
  Machine machine;
  machine.work(5);
  machine.end();
  machine.lose_database();
  machine.open().reset();  // made, and no more
  const auto store = machine.open();
  CHECK(store->unrestored() == true);
  CHECK(machine.restore(*store).empty());
  CHECK(store->unrestored() == false);
  CHECK(machine.stored() == machine.recorded());
  CHECK(machine.restore(*machine.open()).empty());  // once
  CHECK(machine.stored() == machine.recorded());
}

TEST_CASE("a restore that failed is tried again by the next") {
  Machine machine;
  machine.work();
  machine.end();
  machine.lose_database();
  std::filesystem::rename(machine.log(), machine.log() + "-away");
  const auto store = machine.open();
  CHECK(machine.restore(*store).size() == 1);
  CHECK(store->unrestored() == true);
  const auto halts = proxy::restore_lost(*machine.session.shared, machine.state(), machine.log());
  CHECK(halts.size() == 1);
  CHECK(machine.session.shared->unrestored() == true);
  std::filesystem::rename(machine.log() + "-away", machine.log());
  CHECK(machine.restore(*store).empty());
  CHECK(machine.stored() == machine.recorded());
  CHECK(proxy::restore_lost(*machine.session.shared, machine.state(), machine.log()).empty());
  CHECK(machine.session.shared->unrestored() == false);
}

TEST_CASE(
    "of two who read the log at once one restores, and who flushes meanwhile is not counted twice") {
  Machine machine;
  machine.work();
  machine.end();
  machine.lose_database();
  const auto store = machine.open();
  trust::Restoring what;
  what.all = true;
  what.missing.push_back({"agent:a", {}});
  REQUIRE(store->begin_flushing({"0123456789abcdef", 1, 1, 0, 0}));
  CHECK(store->restore(what, {}) == false);  // it does not know of that writer
  CHECK(store->unrestored() == true);
  what.marks = *store->flushed();
  CHECK(store->restore(what, {}) == true);
  CHECK(store->restore(what, {}) == false);
}

TEST_CASE("who worked and left before the database was restored is counted once") {
  Machine machine;
  machine.work(3);
  machine.end();
  machine.lose_database();
  const auto store = machine.open();
  const trust::Flushed mark{machine.session.log->writer(), 1, 1, 0,
                            machine.session.log->next_wseq()};
  std::vector<trust::SubjectSums> all;
  std::map<std::string, trust::Sums> sums;
  REQUIRE(proxy::read_evidence(machine.log(), [&](const proxy::TrustLine& line) {
    if (line.event) sums[line.subject].add(*line.event, line.ts_us, {});
  }));
  for (const auto& [subject, one] : sums) all.push_back({subject, one});
  REQUIRE(store->add(all, {}, mark));
  REQUIRE(store->end_flushing(mark.writer));
  CHECK(machine.restore(*store).empty());
  CHECK(machine.stored() == machine.recorded());
  CHECK(store->flushed()->empty());
}

TEST_CASE(
    "a proxy whose database is lost and restored by others while it runs counts nothing twice") {
  Machine machine;
  machine.work(4);
  machine.flush();
  machine.work(2);  // owed, and in the log
  machine.lose_database();
  CHECK(machine.restore(*machine.open()).empty());
  CHECK(machine.stored() == machine.recorded());
  machine.flush();
  CHECK(machine.stored() == machine.recorded());
  machine.work(3);
  machine.flush();
  machine.work(1);
  machine.end();
  CHECK(machine.stored() == machine.recorded());
}

TEST_CASE("a proxy whose database is lost while it runs restores it itself") {
  Machine machine;
  machine.work(4);
  machine.flush();
  machine.lose_database();
  machine.work(2);
  machine.flush();
  CHECK(machine.open()->unrestored() == false);
  CHECK(machine.stored() == machine.recorded());
  machine.end();
  CHECK(machine.stored() == machine.recorded());
}

TEST_CASE("scores are no snapshot as long as they are not there, not readable, or not restored") {
  Machine machine;
  machine.work(2);
  machine.end();
  const auto kept = proxy::trust_snapshots(machine.state());
  REQUIRE(kept);
  CHECK(kept->front().subjects.size() == machine.recorded().size());
  machine.lose_database();
  CHECK_FALSE(proxy::trust_snapshots(machine.state()));
  CHECK_FALSE(std::filesystem::exists(machine.state() + "/state.db"));
  machine.open().reset();
  const auto lost = proxy::trust_snapshots(machine.state());
  REQUIRE_FALSE(lost);
  CHECK(lost.error().what.find("begun anew") != std::string::npos);
  CHECK(machine.restore(*machine.open()).empty());
  CHECK(proxy::trust_snapshots(machine.state()));
  std::filesystem::resize_file(machine.state() + "/state.db", 100);
  CHECK_FALSE(proxy::trust_snapshots(machine.state()));
}
