// What a session owes the database when the database cannot be had, and what it does when the file `shared` is another one.

#include "proxy/store_sync.h"

#include <fcntl.h>
#include <sys/file.h>

#include <filesystem>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "audit/read.h"
#include "base/fd.h"
#include "base/json.h"
#include "proxy/timers.h"
#include "tests/catch.h"
#include "tests/proxy/governed.h"
#include "trust/store_database.h"

using agentmesh::Fd;
using agentmesh::tests::GovernedSession;
using agentmesh::tests::policy_source;
namespace policy = agentmesh::policy;
namespace proxy = agentmesh::proxy;
namespace trust = agentmesh::trust;

namespace {

const std::string kList = R"({"jsonrpc":"2.0","id":"l","method":"tools/list"})";
const std::string kTools =
    R"({"jsonrpc":"2.0","id":"l","result":{"tools":[{"name":"read","inputSchema":{"type":"object"}}]}})";

// In its place stands a file of a newer version, which nobody touches.
class Refused {
 public:
  explicit Refused(const GovernedSession& session)
      : path_(session.options.state_dir + "/state.db") {
    for (const char* suffix : {"", "-wal", "-shm"})
      std::filesystem::rename(path_ + suffix, path_ + suffix + ".away");
    bool corrupt = false;
    auto other = trust::Database::open(path_, corrupt);
    REQUIRE(other);
    REQUIRE((*other)->execute("PRAGMA user_version = 99"));
  }
  ~Refused() {
    for (const char* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(path_ + suffix);
      std::filesystem::rename(path_ + suffix + ".away", path_ + suffix);
    }
  }

 private:
  std::string path_;
};

std::unique_ptr<trust::Store> open(GovernedSession& session) {
  auto store = trust::Store::open(session.options.state_dir, session.clock, session.random);
  REQUIRE(store);
  return std::move(*store);
}

std::vector<proxy::Line> lines_of(const std::string& bytes) {
  proxy::Line line;
  line.bytes = bytes;
  line.size = bytes.size();
  return {line};
}

}  // namespace

TEST_CASE("pins that could not be written are written when it is possible") {
  GovernedSession session(policy_source({}));
  {
    const Refused refused(session);
    session.client({kList});
    session.server({kTools});
    session.wire.run_posted();
    CHECK(session.wire.stderr_text.find("made by a newer agentmesh") != std::string::npos);
  }
  REQUIRE(session.wire.timers.count(proxy::kFlushSlot) == 1);
  session.wire.timers[proxy::kFlushSlot]();
  session.wire.run_posted();
  const auto pins = open(session)->pins();
  REQUIRE(pins);
  CHECK(pins->size() == 1);
}

TEST_CASE("pins that could not be written are tried once more at the end") {
  GovernedSession session(policy_source({}));
  {
    const Refused refused(session);
    session.client({kList});
    session.server({kTools});
    session.wire.run_posted();
  }
  session.governor->finish(proxy::End::kClientEof, 0);
  session.keeper->finish();
  CHECK(open(session)->pins()->size() == 1);
}

TEST_CASE("at the end pins are written although records are still under way") {
  GovernedSession session(policy_source({}));
  session.client({kList});
  {
    const Fd lock(
        ::open((session.options.state_dir + "/audit/main/lock").c_str(), O_RDWR | O_CLOEXEC));
    REQUIRE(::flock(lock.get(), LOCK_EX) == 0);
    const std::string bytes = kTools + "\n";
    session.governor->server_lines(lines_of(bytes));
    REQUIRE(session.governor->server_paused());
    session.governor->finish(proxy::End::kClientEof, 0);
    session.keeper->finish();
  }
  CHECK(open(session)->pins()->size() == 1);
}

TEST_CASE("what could not be told to the other proxies of a client is told when it is possible") {
  policy::PolicySource source = policy_source({});
  source.share_session = true;
  GovernedSession session(source);
  session.governor->share_facts_as("desk");
  session.wire.run_posted();
  const auto call = [&](int id) {
    const std::string number = std::to_string(id);
    session.client({R"({"jsonrpc":"2.0","id":)" + number +
                    R"(,"method":"tools/call","params":{"name":"fetch_page"}})"});
    session.server({R"({"jsonrpc":"2.0","id":)" + number + R"(,"result":{"content":[]}})"});
  };
  {
    const Refused refused(session);
    call(1);
    session.wire.run_posted();
  }
  CHECK_FALSE(open(session)->session_facts("desk")->tainted);
  call(2);
  session.wire.run_posted();
  CHECK(open(session)->session_facts("desk")->tainted);
}

TEST_CASE("a tier that only the sum of two proxies' evidence leaves is recorded by one of them") {
  GovernedSession session(policy_source({"erase"}));
  session.client(
      {R"({"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":"2025-11-25",)"
       R"("capabilities":{},"clientInfo":{"name":"desk","version":"1"}}})"});
  const auto deny = [&](int id) {
    session.client({R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
                    R"(,"method":"tools/call","params":{"name":"erase"}})"});
    const auto flush = std::exchange(session.wire.timers[proxy::kFlushSlot], {});
    REQUIRE(flush);
    flush();
    session.wire.run_posted();
  };
  deny(1);  // 762
  trust::SubjectSums theirs{"agent:desk", {}};
  theirs.sums.add({"", trust::Dimension::kPolicyCompliance, 1500, 0}, session.clock.wall_us(), {});
  REQUIRE(open(session)->add(std::vector<trust::SubjectSums>{theirs}, {}));  // 711
  deny(2);  // 727 as we see it, 681 with theirs
  deny(3);
  std::vector<std::string> changes;
  auto tail = agentmesh::audit::Tail::open(session.options.state_dir + "/audit/main", 1000);
  REQUIRE(tail);
  for (auto line = tail->next(); line && *line; line = tail->next())
    if (const agentmesh::json::View record(**line); record.find("type").string() == "trust.change")
      changes.push_back(std::string(record.find("from").raw()) + " " +
                        std::string(record.find("to").raw()) + " " + record.find("tier").string());
  CHECK(changes == std::vector<std::string>{"727 681 standard"});
}

TEST_CASE(
    "while the shared file is read from the log again both sides wait, and the loop does not") {
  GovernedSession session(policy_source({}));
  std::promise<void> go;
  const auto restore = [&, may = go.get_future().share()](const policy::Policy&) {
    may.wait();
    const int64_t made = session.shared->made_us();
    REQUIRE(session.shared->halt({"files", "careful", "uid:1", 1}));
    return made;
  };
  session.governor->when_shared_is_lost(restore, session.shared->made_us());
  std::filesystem::remove(session.options.state_dir + "/shared");
  const std::string ask =
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"t\"}}\n";
  const std::string note =
      "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{}}\n";
  session.governor->client_lines(lines_of(ask));  // gives back control at once
  session.governor->server_lines(lines_of(note));
  CHECK(session.governor->client_paused());
  CHECK(session.governor->server_paused());
  CHECK(session.governor->client_pending());
  CHECK(session.take_server().empty());
  go.set_value();
  while (session.governor->client_paused() || session.governor->server_paused())
    session.wire.run_posted();
  const std::string got = session.take_client();
  CHECK(got.find("careful") != std::string::npos);
  CHECK(got.find("notifications/message") != std::string::npos);
  CHECK(session.take_server().empty());
}
