// Requests of the server that a person is to decide about.

#include "proxy/server_requests.h"

#include <string>
#include <vector>

#include "tests/proxy/asked.h"

using agentmesh::json::View;
using agentmesh::tests::answer;
using agentmesh::tests::dialog_id;
using agentmesh::tests::kYes;
namespace policy = agentmesh::policy;

namespace {

const std::string kAsk =
    R"({"id":7, "jsonrpc":"2.0","method":"sampling/createMessage","params":{"messages":[{"role":"user","content":{"type":"text","text":"Name a c\u0069ty"}}],"maxTokens":5}})";
const std::string kCancel =
    R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})";

struct Asking : agentmesh::tests::Asked {
  explicit Asking(const std::string& capabilities = R"({"elicitation":{},"sampling":{}})")
      : Asked("2025-11-25", capabilities, {}, [](policy::PolicySource& source) {
          policy::RuleSource& rule = source.rules.front();
          rule.stage = policy::Stage::kRequest;
          rule.tool.reset();
        }) {}
  std::string denial() {
    const std::string bytes = session.take_server();
    REQUIRE_FALSE(bytes.empty());
    const View message(std::string_view(bytes).substr(0, bytes.size() - 1));
    CHECK(message.find("id").raw() == "7");
    CHECK(message.find("error").find("code").raw() == "-31403");
    return bytes;
  }
};

}  // namespace

TEST_CASE(
    "a server's request waits in the client's dialog, and a yes brings its bytes to the client") {
  Asking asking;
  asking.session.server({kAsk});
  CHECK(asking.session.take_server().empty());
  const std::string dialog = asking.one_line();
  CHECK(View(dialog).find("method").string() == "elicitation/create");
  const std::string words = View(dialog).find("params").find("message").string();
  for (const char* part : {"The server \"files\" asks your client for sampling/createMessage",
                           "Name a city", "this one request"}) {
    CAPTURE(part);
    CHECK(words.find(part) != std::string::npos);
  }
  asking.session.client({answer(dialog_id(dialog), kYes)});
  CHECK(asking.session.take_client() == kAsk + "\n");
  CHECK(asking.session.take_server().empty());
  // It is outstanding like any other.
  const std::string said = R"({"jsonrpc":"2.0","id":7,"result":{"role":"assistant"}})";
  asking.session.client({said, said});
  CHECK(asking.session.take_server() == said + "\n");
  const auto story = asking.story();
  REQUIRE(story.size() == 4);
  CHECK(std::vector<std::string>(story.begin(), story.begin() + 3) ==
        std::vector<std::string>{"asked", "granted by client", "allow  asked"});
}

TEST_CASE("a no, no answer in time, or a client that leaves refuses the server's request") {
  for (const std::string how : {"no", "late", "gone", "terminal"}) {
    CAPTURE(how);
    Asking asking;
    asking.session.server({kAsk});
    const std::string dialog = asking.one_line();
    if (how == "no") {
      asking.session.client({answer(dialog_id(dialog), R"({"action":"decline"})")});
      CHECK(asking.denial().find("a person said no") != std::string::npos);
      CHECK(asking.session.take_client().empty());
    } else if (how == "late") {
      asking.session.clock.advance_us(50'000'000);
      asking.session.wire.timers[2]();
      CHECK(asking.denial().find("nobody answered") != std::string::npos);
      CHECK(View(asking.one_line()).find("method").string() == "notifications/cancelled");
    } else if (how == "gone") {
      asking.session.governor->client_eof();
      CHECK(asking.denial().find("went away") != std::string::npos);
    } else {
      const std::string id =
          asking.session.shared->tickets(asking.session.clock.wall_us()).front().id;
      REQUIRE(
          asking.session.shared->answer(id, true, "uid:1000", asking.session.clock.wall_us(), {}));
      asking.session.governor->woken();
      const auto lines = asking.lines();
      REQUIRE(lines.size() == 2);
      CHECK(View(lines[0]).find("method").string() == "notifications/cancelled");
      CHECK(lines[1] == kAsk);
    }
  }
}

TEST_CASE("a server that cancels its waiting request closes the dialog, and hears nothing") {
  Asking asking;
  // The client's own request under the same id has nothing to do with it.
  const std::string own = R"({"jsonrpc":"2.0","id":7,"method":"ping"})";
  asking.session.client({own});
  asking.session.take_server();
  asking.session.server({kAsk});
  const std::string dialog = asking.one_line();
  asking.session.client({kCancel});  // of its own ping
  CHECK(asking.session.take_server() == kCancel + "\n");
  CHECK(asking.session.take_client().empty());
  asking.session.server({kCancel});
  const std::string withdrawn = asking.one_line();
  CHECK(View(withdrawn).find("params").find("requestId").string() == dialog_id(dialog));
  CHECK(asking.session.take_server().empty());
  asking.session.client({answer(dialog_id(dialog), kYes)});
  CHECK(asking.session.take_client().empty());
  CHECK(asking.session.take_server().empty());
  asking.session.server({kAsk});  // the id is free
  CHECK(View(asking.one_line()).find("method").string() == "elicitation/create");
}

TEST_CASE("a server asks for no more than eight yeses at a time, and crowds out no call") {
  Asking asking;
  const auto ask = [](int id) {
    std::string line = kAsk;
    return line.replace(line.find("\"id\":7"), 6, "\"id\":" + std::to_string(id));
  };
  for (int id = 10; id < 18; ++id) asking.session.server({ask(id)});
  const auto dialogs = asking.lines();
  CHECK(dialogs.size() == 8);
  asking.session.server({ask(99)});
  CHECK(asking.session.take_client().empty());
  CHECK(asking.session.take_server().find("agentmesh approvals approve") != std::string::npos);
  asking.session.client({answer(dialog_id(dialogs.front()), kYes)});
  asking.session.take_client();
  asking.session.server({ask(98)});
  CHECK(View(asking.one_line()).find("method").string() == "elicitation/create");
}

TEST_CASE("a no to a server's request costs the server trust, not the agent") {
  Asking asking;
  asking.session.server({kAsk});
  asking.session.client({answer(dialog_id(asking.one_line()), R"({"action":"decline"})")});
  std::vector<std::string> subjects;
  for (const std::string& line : asking.session.records()) {
    const View record(line);
    if (record.find("type").string() != "approval") continue;
    for (const View event : record.find("events").elements())
      subjects.push_back(event.find("subject").string());
  }
  REQUIRE_FALSE(subjects.empty());
  for (const std::string& subject : subjects) CHECK(subject == "server:files");
}

TEST_CASE("the cancellation of a request that the client never saw does not reach it") {
  Asking asking("{}");
  asking.session.server({kAsk});
  (void)asking.denial();
  asking.session.server({kCancel});
  asking.session.server(
      {R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"7"}})"});
  CHECK(asking.session.take_client().empty());
  // So where both come in one read.
  asking.session.server({kAsk, kCancel});
  CHECK(asking.session.take_client().empty());
  // The id may be used again, for what the client does see.
  const std::string roots = R"({"jsonrpc":"2.0","id":7,"method":"roots/list"})";
  asking.session.server({roots, kCancel});
  CHECK(asking.session.take_client() == roots + "\n" + kCancel + "\n");
}

TEST_CASE("the id of a waiting request of the server is taken, and the client cannot answer it") {
  Asking asking;
  asking.session.server({kAsk});
  (void)asking.one_line();
  asking.session.client({R"({"jsonrpc":"2.0","id":7,"result":{"role":"assistant"}})"});
  asking.session.server({kAsk});
  CHECK(asking.session.take_server().empty());
  CHECK(asking.session.take_client().empty());
}

TEST_CASE("without a dialog, or inside an answer, a server's request gets a ticket") {
  Asking none("{}");
  none.session.server({kAsk});
  CHECK(none.session.take_client().empty());
  CHECK(none.denial().find("agentmesh approvals approve") != std::string::npos);

  Asking inside;
  inside.session.client(
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}}})"});
  inside.session.take_server();
  inside.session.server(
      {R"({"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","inputRequests":{"q":{"method":"sampling/createMessage","params":{"messages":[]}}}}})"});
  CHECK(inside.one_line().find("agentmesh approvals approve") != std::string::npos);
}
