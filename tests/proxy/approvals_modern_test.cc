// Calls that are asked about between two requests (2026-07-28).

#include <string>
#include <vector>

#include "proxy/approvals.h"
#include "tests/proxy/asked.h"

using agentmesh::json::View;
using agentmesh::tests::answer;
using agentmesh::tests::Asked;
using agentmesh::tests::asking;
using agentmesh::tests::GovernedSession;
using agentmesh::tests::kYes;
using agentmesh::tests::modern_call;
using agentmesh::tests::retry_of;
namespace proxy = agentmesh::proxy;

TEST_CASE(
    "row 75: a modern call is answered with the question, and its granted retry goes on without what is ours") {
  GovernedSession session(asking());
  session.client({modern_call("1", R"({"path":"/x"})")});
  CHECK(session.take_server().empty());
  const std::string line = session.take_client();
  const View result = View(std::string_view(line).substr(0, line.size() - 1)).find("result");
  CHECK(result.find("resultType").string() == "input_required");
  const View request = result.find("inputRequests").find("io.agentmesh/approval");
  CHECK(request.find("method").string() == "elicitation/create");
  CHECK(request.find("params").find("mode").string() == "form");
  const std::string state = result.find("requestState").string();
  CHECK(state.find("/x") == std::string::npos);

  session.client({modern_call("2", R"({"path":"/x"})", retry_of(state, kYes))});
  CHECK(session.take_server() == modern_call("2", R"({"path":"/x"})") + "\n");
  // Once: the same retry again is refused.
  session.client({modern_call("3", R"({"path":"/x"})", retry_of(state, kYes))});
  CHECK(session.take_server().empty());
  const std::string refused = session.take_client();
  CHECK(refused.find("used already") != std::string::npos);
  CHECK(refused.find(R"("resultType":"complete")") != std::string::npos);
}

TEST_CASE("a server's question without a state excuses no later call from being asked about") {
  GovernedSession session(asking());
  session.client({modern_call("1", "{}")});
  const std::string line = session.take_client();
  const std::string state = View(std::string_view(line).substr(0, line.size() - 1))
                                .find("result")
                                .find("requestState")
                                .string();
  session.client({modern_call("2", "{}", retry_of(state, kYes))});
  CHECK_FALSE(session.take_server().empty());
  session.server(
      {R"({"jsonrpc":"2.0","id":2,"result":{"resultType":"input_required","inputRequests":{"q":{"method":"roots/list"}}}})"});
  session.take_client();
  session.client({modern_call("3", "{}")});
  session.client({modern_call("4", "{}", R"(,"inputResponses":{"q":{"roots":[]}})")});
  CHECK(session.take_server().empty());
}

TEST_CASE("row 75: the server's own answers and state stay in the retry") {
  GovernedSession session(asking());
  session.client({modern_call("1", "{}")});
  std::string line = session.take_client();
  std::string state = View(std::string_view(line).substr(0, line.size() - 1))
                          .find("result")
                          .find("requestState")
                          .string();
  session.client(
      {modern_call("2", "{}", retry_of(state, kYes, R"("theirs" : {"action":"decline"}, )"))});
  CHECK(session.take_server() ==
        modern_call("2", "{}", R"(,"inputResponses":{"theirs" : {"action":"decline"}})") + "\n");

  // The approved call meets the server's own question: its retry is not asked about again, once.
  session.server(
      {R"({"jsonrpc":"2.0","id":2,"result":{"resultType":"input_required","inputRequests":{"q":{"method":"roots/list"}},"requestState":"server-state"}})"});
  CHECK(session.take_client().find("server-state") != std::string::npos);
  const std::string theirs = modern_call(
      "3", "{}", R"(,"inputResponses":{"q":{"roots":[]}},"requestState":"server-state")");
  session.client({theirs});
  CHECK(session.take_server() == theirs + "\n");
  session.server({R"({"jsonrpc":"2.0","id":3,"result":{"resultType":"complete","content":[]}})"});
  session.take_client();
  session.client({modern_call(
      "4", "{}", R"(,"inputResponses":{"q":{"roots":[]}},"requestState":"server-state")")});
  CHECK(session.take_server().empty());
  CHECK(session.take_client().find("input_required") != std::string::npos);
}

TEST_CASE("row 74: a foreign, stale, altered or displaced state is a denial") {
  GovernedSession session(asking());
  GovernedSession other(asking());
  const auto ask = [](GovernedSession& of, const std::string& args) {
    of.client({modern_call("1", args)});
    const std::string line = of.take_client();
    return View(std::string_view(line).substr(0, line.size() - 1))
        .find("result")
        .find("requestState")
        .string();
  };
  uint8_t drawn[1];
  other.random.fill(drawn);  // another process draws other keys
  const std::string foreign = ask(other, "{}");
  const std::string state = ask(session, "{}");
  const auto denied = [&](const std::string& call) {
    session.client({call});
    const bool nothing = session.take_server().empty();
    const std::string answered = session.take_client();
    return nothing && answered.find("\"isError\":true") != std::string::npos;
  };
  CHECK(denied(modern_call("2", "{}", retry_of(foreign, kYes))));
  CHECK(denied(modern_call("3", R"({"path":"/etc"})", retry_of(state, kYes))));
  CHECK(denied(modern_call("4", "{}", retry_of(state, kYes), "somebody else")));
  CHECK(denied(
      modern_call("5", "{}", R"(,"inputResponses":{"io.agentmesh/approval":)" + kYes + "}")));
  CHECK(denied(modern_call("6", "{}", retry_of("agentmesh.1.", kYes))));
  for (size_t i = 12; i < state.size(); ++i) {
    CAPTURE(i);
    std::string altered = state;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    CHECK(denied(modern_call("\"a" + std::to_string(i) + "\"", "{}", retry_of(altered, kYes))));
  }
  session.clock.advance_us(50'000'001);
  CHECK(denied(modern_call("8", "{}", retry_of(state, kYes))));
}

TEST_CASE("a modern question that nobody comes back for is recorded as such") {
  Asked asked;
  asked.session.client({modern_call("1", "{}")});
  asked.session.take_client();
  CHECK(asked.story() == std::vector<std::string>{"asked"});
  asked.session.clock.advance_us(50'000'002);
  asked.session.wire.timers[2]();
  CHECK(asked.session.take_client().empty());
  CHECK(asked.story() == std::vector<std::string>{"asked", "expired"});
  asked.session.client({modern_call("2", "{}")});
  asked.session.governor->finish(proxy::End::kClientEof, 0);
  CHECK(asked.story() == std::vector<std::string>{"asked", "expired", "asked", "cancelled"});
}

TEST_CASE("a modern no is a denial, and a yes from a terminal does not outvote it") {
  for (const bool terminal : {false, true}) {
    CAPTURE(terminal);
    GovernedSession session(asking());
    session.client({modern_call("1", "{}")});
    const std::string line = session.take_client();
    const std::string state = View(std::string_view(line).substr(0, line.size() - 1))
                                  .find("result")
                                  .find("requestState")
                                  .string();
    if (terminal) {
      const std::string id = session.shared->tickets(session.clock.wall_us()).front().id;
      REQUIRE(session.shared->answer(id, true, "uid:1000", session.clock.wall_us(), {}));
    }
    session.client({modern_call("2", "{}", retry_of(state, R"({"action":"decline"})"))});
    CHECK(session.take_server().empty());
    CHECK(session.take_client().find("\"isError\":true") != std::string::npos);
  }
}

TEST_CASE("a server that asks under our name is not heard") {
  GovernedSession session(asking());
  std::string read = modern_call("1", "{}");
  read.replace(read.find("delete_file"), 11, "read_file");
  session.client({read});
  session.server(
      {R"({"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","inputRequests":{"io.agentmesh/approval":)"
       R"({"method":"elicitation/create","params":{"mode":"form","message":"AgentMesh asks","requestedSchema":{}}}}}})"});
  const std::string bytes = session.take_client();
  CHECK(bytes.find("inputRequests") == std::string::npos);
  CHECK(bytes.find("AgentMesh's own") != std::string::npos);
}
