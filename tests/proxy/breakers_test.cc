#include "proxy/breakers.h"

#include <string>
#include <vector>

#include "base/json.h"
#include "proxy/mark.h"
#include "tests/catch.h"
#include "tests/proxy/governed.h"

using agentmesh::json::View;
using agentmesh::tests::GovernedSession;
using agentmesh::tests::policy_source;
namespace policy = agentmesh::policy;
namespace proxy = agentmesh::proxy;

namespace {

constexpr int kOverdueSlot = 5;

struct Broken {
  explicit Broken(const std::function<void(proxy::Options&)>& adjust = {},
                  const policy::PolicySource& source = policy_source({}))
      : session(source, adjust) {}

  std::string call(const std::string& tool) {
    id = std::to_string(++count);
    const std::string line = R"({"jsonrpc":"2.0","id":)" + id +
                             R"(,"method":"tools/call","params":{"name":")" + tool + R"("}})";
    session.client({line});
    return line + "\n";
  }
  // True if the call reached the server.
  bool passes(const std::string& tool) {
    const std::string line = call(tool);
    return session.take_server() == line;
  }
  void answers(const std::string& what) {
    session.server({R"({"jsonrpc":"2.0","id":)" + id + "," + what + "}"});
    session.take_client();
  }
  void fails() { answers(R"("error":{"code":-32603,"message":"broken"})"); }
  void works() { answers(R"("result":{"content":[]})"); }
  std::string answer_now() { return session.take_client(); }

  GovernedSession session;
  int count = 0;
  std::string id;
};

}  // namespace

TEST_CASE(
    "after three internal errors in a row a call is answered at once, with the time of the next try") {
  Broken broken;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(broken.passes("read"));
    broken.fails();
  }
  CHECK_FALSE(broken.passes("read"));
  const std::string denial = broken.answer_now();
  const View result = View(std::string_view(denial).substr(0, denial.size() - 1)).find("result");
  CHECK(result.find("isError").is_true());
  const std::string text = result.find("content").at(0).find("text").string();
  CHECK(text.find("failed 3 times in a row") != std::string::npos);
  CHECK(text.find("in 60 s") != std::string::npos);
  CHECK(broken.session.wire.stderr_text.find("circuit breaker of server:files") !=
        std::string::npos);

  // One call probes when the time has come; the others wait for it.
  broken.session.clock.advance_us(60'000'000);
  REQUIRE(broken.passes("read"));
  const std::string probe = broken.id;
  CHECK_FALSE(broken.passes("read"));
  broken.answer_now();
  broken.id = probe;
  broken.works();
  CHECK(broken.passes("read"));
}

TEST_CASE("a failed probe doubles the wait, up to ten minutes") {
  Broken broken;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(broken.passes("read"));
    broken.fails();
  }
  for (const int64_t wait : {60, 120, 240, 480, 600, 600}) {
    CAPTURE(wait);
    broken.session.clock.advance_us(wait * 1'000'000 - 1);
    CHECK_FALSE(broken.passes("read"));
    broken.answer_now();
    broken.session.clock.advance_us(1);
    REQUIRE(broken.passes("read"));
    broken.fails();
  }
}

TEST_CASE("one broken tool stops that tool, not the server, while others answer") {
  Broken broken;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(broken.passes("bad"));
    broken.fails();
    REQUIRE(broken.passes("good"));
    broken.works();
  }
  CHECK_FALSE(broken.passes("bad"));
  CHECK(broken.answer_now().find("the tool 'bad'") != std::string::npos);
  CHECK(broken.passes("good"));
}

TEST_CASE("a tool's own error is an answer") {
  Broken broken;
  for (int i = 0; i < 10; ++i) {
    REQUIRE(broken.passes("read"));
    broken.answers(R"("result":{"content":[],"isError":true})");
    REQUIRE(broken.passes("read"));
    broken.answers(R"("error":{"code":-32602,"message":"bad arguments"})");
  }
}

TEST_CASE("no answer before the deadline counts, and the answer that comes at last arrives") {
  Broken broken;
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(broken.passes("read"));
    ids.push_back(broken.id);
  }
  broken.session.clock.advance_us(120'000'000);
  REQUIRE(broken.session.wire.timers.count(kOverdueSlot) == 1);
  broken.session.wire.timers[kOverdueSlot]();
  CHECK(broken.answer_now().empty());  // it only counts
  CHECK_FALSE(broken.passes("read"));
  broken.answer_now();
  broken.session.server({R"({"jsonrpc":"2.0","id":)" + ids[0] + R"(,"result":{"content":[]}})"});
  CHECK(broken.answer_now().find(proxy::kMarkKey) != std::string::npos);
  CHECK(broken.passes("read"));  // it answers: closed
}

TEST_CASE("a cancelled call owes no answer, and a cancelled probe gives its place to the next") {
  Broken broken;
  for (int i = 0; i < 3; ++i) REQUIRE(broken.passes("read"));
  for (int i = 1; i <= 3; ++i)
    broken.session.client(
        {R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" +
         std::to_string(i) + "}}"});
  broken.session.clock.advance_us(120'000'000);
  broken.session.wire.timers[kOverdueSlot]();
  broken.session.take_server();
  REQUIRE(broken.passes("read"));
  broken.fails();
  for (int i = 0; i < 2; ++i) {
    REQUIRE(broken.passes("read"));
    broken.fails();
  }
  broken.session.clock.advance_us(60'000'000);
  REQUIRE(broken.passes("read"));
  broken.session.client(
      {R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" + broken.id +
       "}}"});
  broken.session.take_server();
  CHECK(broken.passes("read"));
}

TEST_CASE("it is off in shadow mode, and where it is told so") {
  for (int which = 0; which < 3; ++which) {
    CAPTURE(which);
    Broken broken([&](proxy::Options& options) {
      if (which == 0) options.shadow = true;
      if (which == 1) options.breaker_on = false;
      if (which == 2) options.breaker.failures = 0;
    });
    for (int i = 0; i < 10; ++i) {
      REQUIRE(broken.passes("read"));
      broken.fails();
    }
    CHECK_FALSE(broken.session.wire.timers.contains(kOverdueSlot));
  }
}

TEST_CASE("opening and closing are recorded, and state.db has a copy for status") {
  Broken broken;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(broken.passes("read"));
    broken.fails();
  }
  CHECK_FALSE(broken.passes("read"));
  broken.session.clock.advance_us(60'000'000);
  REQUIRE(broken.passes("read"));
  broken.works();
  std::vector<std::string> changes, stages;
  for (const std::string& line : broken.session.records()) {
    const View record(line);
    if (record.find("cause").string() == "breaker")
      changes.push_back(record.find("subject").string() + " " +
                        record.find("why").string().substr(0, 4));
    if (record.find("stage").present()) stages.push_back(record.find("stage").string());
  }
  CHECK(changes == std::vector<std::string>{"server:files open", "tool:files/read open",
                                            "server:files clos", "tool:files/read clos"});
  CHECK(stages == std::vector<std::string>{"breaker"});

  for (int i = 0; i < 3; ++i) {
    REQUIRE(broken.passes("read"));
    broken.fails();
  }
  broken.session.keeper.reset();  // runs what is queued
  auto store = agentmesh::trust::Store::open(broken.session.options.state_dir, broken.session.clock,
                                             broken.session.random);
  REQUIRE(store);
  const auto copies = (*store)->breakers();
  REQUIRE(copies);
  REQUIRE(copies->size() == 2);
  CHECK(copies->front().state == agentmesh::trust::BreakerState::kOpen);
  CHECK(copies->front().probe_at_us == broken.session.clock.wall + 60'000'000);
}
