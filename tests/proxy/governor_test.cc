#include "proxy/governor.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <string>

#include "base/fd.h"
#include "base/files.h"
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

std::string call(const std::string& id, const std::string& tool, const std::string& args = "{}") {
  return R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":"tools/call","params":{"name":")" + tool +
         R"(","arguments":)" + args + "}}";
}

std::string text_result(const std::string& id, const std::string& text) {
  return R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":{"content":[{"type":"text","text":")" +
         text + R"("}]}})";
}

// The one line in `bytes`, read.
View line_of(const std::string& bytes) {
  REQUIRE(!bytes.empty());
  REQUIRE(bytes.back() == '\n');
  REQUIRE(bytes.find('\n') == bytes.size() - 1);
  return View(std::string_view(bytes).substr(0, bytes.size() - 1));
}

}  // namespace

TEST_CASE("what is not governed passes as the same bytes, both ways") {
  GovernedSession session(policy_source({}));
  const std::string request =
      R"( {"jsonrpc" : "2.0", "id":9007199254740993,"method":"x/y","params":{"n":1e400,"Z":[1.10]}} )";
  session.client({request});
  CHECK(session.take_server() == request + "\n");
  const std::string answer =
      "{\"id\":9007199254740993,\"jsonrpc\":\"2.0\",\"result\":{\"a\":\"\\ud83d\"}}\r";
  session.server({answer});
  CHECK(session.take_client() == answer + "\n");
}

TEST_CASE(
    "a denied call costs the server nothing, and its answer names the rule, the file and the line") {
  GovernedSession session(policy_source({"delete_*"}));
  session.client({call("1", "read_file"), call("\"2\"", "delete_file"), call("3", "read_file")});
  CHECK(session.take_server() == call("1", "read_file") + "\n" + call("3", "read_file") + "\n");
  const std::string denial = session.take_client();
  const View answer = line_of(denial);
  CHECK(answer.find("id").raw() == "\"2\"");
  CHECK(answer.find("result").find("isError").is_true());
  const std::string text = answer.find("result").find("content").at(0).find("text").string();
  CHECK(text.find("test/no-1") != std::string::npos);
  CHECK(text.find("test.yaml:1") != std::string::npos);
  const View mark = answer.find("result").find("_meta").find(proxy::kMarkKey);
  CHECK(mark.find("decision").string() == "deny");
  CHECK(mark.find("audit").find("decision").integer().has_value());
  CHECK_FALSE(mark.find("audit").find("outcome").present());
}

TEST_CASE("a result carries the mark with the numbers of its records, and nothing else changes") {
  GovernedSession session(policy_source({}));
  session.client({call("7", "read_file")});
  session.server({text_result("7", "hello")});
  const std::string bytes = session.take_client();
  const View result = line_of(bytes).find("result");
  const View mark = result.find("_meta").find(proxy::kMarkKey);
  CHECK(mark.find("decision").string() == "allow");
  CHECK(mark.find("rule").string() == "default");
  const auto decision = mark.find("audit").find("decision").integer();
  const auto outcome = mark.find("audit").find("outcome").integer();
  REQUIRE(decision);
  REQUIRE(outcome);
  CHECK(*outcome == *decision + 1);
  CHECK(result.find("content").at(0).find("text").string() == "hello");
  CHECK(result.find("content").at(1).find("text").string().find("AgentMesh") != std::string::npos);
}

TEST_CASE("answers in reverse order, and ids 1 and \"1\", each find their own call") {
  GovernedSession session(policy_source({}));
  session.client({call("1", "a"), call("\"1\"", "b"), call("2", "c")});
  session.take_server();
  session.server(
      {text_result("2", "two"), text_result("\"1\"", "text one"), text_result("1", "one")});
  const std::string out = session.take_client();
  CHECK(out.find("two") < out.find("text one"));
  CHECK(out.find("text one") < out.find("\"one\""));
}

TEST_CASE("an answer that nothing waits for, or a second one, goes nowhere") {
  GovernedSession session(policy_source({}));
  session.server({text_result("5", "who asked")});
  CHECK(session.take_client().empty());
  session.client({call("5", "a")});
  session.server({text_result("5", "first"), text_result("5", "second")});
  const std::string out = session.take_client();
  CHECK(out.find("first") != std::string::npos);
  CHECK(out.find("second") == std::string::npos);
}

TEST_CASE("a request with an outstanding id is dropped, and the first is answered normally") {
  GovernedSession session(policy_source({}));
  session.client({call("5", "a"), call("5", "b")});
  CHECK(session.take_server() == call("5", "a") + "\n");
  CHECK(session.take_client().empty());
  session.server({text_result("5", "first")});
  CHECK(session.take_client().find("first") != std::string::npos);
}

TEST_CASE("the cancellation of a denied call stays here; that of a running one goes on") {
  GovernedSession session(policy_source({"no"}));
  session.client({call("1", "no"), call("2", "yes")});
  session.take_server();
  const std::string first =
      R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})";
  const std::string second =
      R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}})";
  session.client({first, second});
  CHECK(session.take_server() == second + "\n");
}

TEST_CASE("id 0 outstanding both ways is two requests") {
  GovernedSession session(policy_source({}));
  session.client({call("0", "a")});
  const std::string asked = R"({"jsonrpc":"2.0","id":0,"method":"roots/list"})";
  session.server({asked});
  CHECK(session.take_client() == asked + "\n");
  session.take_server();
  const std::string roots = R"({"jsonrpc":"2.0","id":0,"result":{"roots":[]}})";
  session.client({roots});
  CHECK(session.take_server() == roots + "\n");
  session.server({text_result("0", "done")});
  CHECK(session.take_client().find("done") != std::string::npos);
}

TEST_CASE("junk on the server's stdout goes to stderr, and the messages around it are exact") {
  GovernedSession session(policy_source({}));
  session.client({R"({"jsonrpc":"2.0","id":1,"method":"ping"})"});
  const std::string answer = R"({"jsonrpc":"2.0","id":1,"result":{}})";
  session.server({"Server starting…", "", answer, "{\"half\":"});
  CHECK(session.take_client() == answer + "\n");
  CHECK(session.wire.stderr_text.find("Server starting…") != std::string::npos);
}

TEST_CASE("an answer that can be read in two ways is withheld, and nobody hangs") {
  GovernedSession session(policy_source({}));
  session.client({call("1", "a")});
  session.server({R"({"jsonrpc":"2.0","id":1,"result":{"content":[],"content":[]}})"});
  const std::string out = session.take_client();
  const View answer = line_of(out);
  CHECK(answer.find("error").find("code").raw() == "-32603");
  CHECK(answer.find("id").raw() == "1");
}

TEST_CASE("one key in a result does not take it off the ordinary path") {
  GovernedSession session(policy_source({}));
  for (const std::string type : {"task", "input_required"}) {
    CAPTURE(type);
    session.client({call("1", "a")});
    session.server(
        {R"({"jsonrpc":"2.0","id":1,"result":{"resultType":")" + type +
         R"(","content":[{"type":"text","text":"x"}],"_meta":{"io.agentmesh/verification":{"decision":"allow"}}}})"});
    const std::string out = session.take_client();
    const View mark = line_of(out).find("result").find("_meta").find(proxy::kMarkKey);
    CHECK(mark.find("audit").find("outcome").present());
  }
}

TEST_CASE(
    "an array where the session has none is withheld, and whoever waits for an answer in it gets one of ours") {
  GovernedSession session(policy_source({}));
  session.client({call("1", "a"), R"({"jsonrpc":"2.0","id":2,"method":"ping"})"});
  session.server({"[" + text_result("1", "x") + R"(,{"jsonrpc":"2.0","id":2,"result":{}}])"});
  const std::string out = session.take_client();
  CHECK(std::count(out.begin(), out.end(), '\n') == 2);
  CHECK(out.find("-32603") != std::string::npos);
  CHECK(out.find("\"x\"") == std::string::npos);
  session.client({call("1", "a")});  // the id is free again
  CHECK(session.take_server().find("\"id\":1") != std::string::npos);
}

TEST_CASE(
    "a call that needs a yes gets a ticket; granted, exactly that call passes once, and both are on record") {
  auto source = policy_source({"pay"});
  source.rules.front().action = agentmesh::policy::Action::kRequireApproval;
  GovernedSession session(source);
  session.client({call("1", "pay", R"({"amount":5})")});
  CHECK(session.take_server().empty());
  const std::string held = session.take_client();
  const std::string text = line_of(held).find("result").find("content").at(0).find("text").string();
  const auto tickets = session.shared->tickets(session.clock.wall_us());
  REQUIRE(tickets.size() == 1);
  CHECK(tickets[0].id.size() == 16);
  CHECK(text.find("agentmesh approvals approve " + tickets[0].id.substr(0, 4)) !=
        std::string::npos);
  REQUIRE(session.shared->answer(
      tickets[0].id, true, "uid:1", session.clock.wall_us(),
      [](const agentmesh::trust::Ticket&) { return agentmesh::Result<void>(); }));
  session.client({call("2", "pay", R"({"amount":6})")});
  CHECK(session.take_server().empty());
  session.client({call("3", "pay", R"({"amount":5})")});
  CHECK(session.take_server() == call("3", "pay", R"({"amount":5})") + "\n");
  session.client({call("4", "pay", R"({"amount":5})")});
  CHECK(session.take_server().empty());
  session.log.reset();
  const auto text_of_log = agentmesh::read_file(session.options.state_dir +
                                                "/audit/main/seg/00000000000000000000.jsonl");
  REQUIRE(text_of_log);
  CHECK(text_of_log->find("\"state\":\"asked\"") != std::string::npos);
  CHECK(text_of_log->find("\"state\":\"used\"") != std::string::npos);
}

TEST_CASE("the state directory is not even read, in shadow mode neither") {
  for (const bool shadow : {false, true}) {
    CAPTURE(shadow);
    GovernedSession session(policy_source({}),
                            [&](proxy::Options& options) { options.shadow = shadow; });
    session.client(
        {call("1", "read_file",
              R"({"path":")" + session.options.state_dir + R"(/keys/audit/main.key"})")});
    CHECK(session.take_server().empty());
    CHECK(session.take_client().find("self.protected") != std::string::npos);
  }
}

TEST_CASE("batches: judged one by one where the session has them, refused whole where it has not") {
  GovernedSession session(policy_source({"no"}));
  const std::string batch =
      "[" + call("1", "yes") + "," + call("2", "no") + "," + call("3", "yes") + "]";
  session.client({batch});
  CHECK(session.take_server().empty());
  const std::string refused = session.take_client();
  CHECK(std::count(refused.begin(), refused.end(), '\n') == 3);

  session.client(
      {R"({"jsonrpc":"2.0","id":10,"method":"initialize","params":{"protocolVersion":"2025-03-26"}})"});
  session.server(
      {R"({"jsonrpc":"2.0","id":10,"result":{"protocolVersion":"2025-03-26","capabilities":{}}})"});
  session.take_server();
  session.take_client();
  session.client({batch});
  CHECK(session.take_server() == "[" + call("1", "yes") + "," + call("3", "yes") + "]\n");
  CHECK(line_of(session.wire.client).find("id").raw() == "2");
  session.take_client();
  const std::string allowed = "[ " + call("4", "yes") + " , " + call("5", "yes") + " ]";
  session.client({allowed});
  CHECK(session.take_server() == allowed + "\n");
}

// The ids of these lines, each an error of that code.
std::vector<std::string> refused_ids(const std::string& lines, std::string_view code) {
  std::vector<std::string> ids;
  size_t begin = 0;
  for (size_t end; (end = lines.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const View line(std::string_view(lines).substr(begin, end - begin));
    CHECK(line.find("error").find("code").raw() == code);
    ids.emplace_back(line.find("id").raw());
  }
  return ids;
}

TEST_CASE(
    "an array that is refused is one bad line: what gets no answer has one record, however much it is") {
  GovernedSession session(policy_source({}));
  session.client(
      {R"({"jsonrpc":"2.0","id":10,"method":"initialize","params":{"protocolVersion":"2025-11-25","clientInfo":{"name":"desk","version":"1"}}})"});
  session.server(
      {R"({"jsonrpc":"2.0","id":10,"result":{"protocolVersion":"2025-11-25","capabilities":{}}})"});
  session.take_client();
  std::string array = "[" + call("1", "yes") + "," + call("2", "yes");
  for (int i = 0; i < 1000; ++i) array += ",0";
  session.client({array + "]"});
  CHECK(refused_ids(session.take_client(), "-32600") == std::vector<std::string>{"1", "2"});
  std::vector<std::string> refused;
  for (std::string& record : session.records())
    if (record.find("read.R15") != std::string::npos) refused.push_back(std::move(record));
  REQUIRE(refused.size() == 3);
  const auto charged = std::count_if(refused.begin(), refused.end(), [](const std::string& record) {
    return View(record).find("events").present();
  });
  CHECK(charged == 1);
  CHECK(View(refused[2]).find("count").raw() == "1000");
  CHECK(View(refused[2]).find("bytes").raw() == "1000");
}

TEST_CASE("an array that is refused leaves nobody waiting, whatever is wrong with its members") {
  GovernedSession session(policy_source({}));
  const std::string doubled = R"({"jsonrpc":"2.0","id":4,"id":4,"method":"ping"})";
  session.client({"[" + call("1", "yes") +
                  R"(,{"jsonrpc":"2.0","id":2,"method":"tools/call","params":[]},)" +
                  R"({"jsonrpc":"2.0","id":3,"method":"ping","x":{"a":1,"a":2}},)" + doubled + "," +
                  call("5", "yes") + "," + call("5", "no") + "]"});
  CHECK(refused_ids(session.take_client(), "-32600") == std::vector<std::string>{"1", "2", "3"});

  session.client({call("1", "a"), call("2", "a"), call("3", "a")});
  session.take_server();
  session.server({"[" + text_result("1", "x") +
                  R"(,{"jsonrpc":"2.0","id":2,"result":{"content":[],"content":[]}},)" +
                  R"({"jsonrpc":"2.0","id":3,"error":{"code":1,"message":"m"}},7])"});
  CHECK(refused_ids(session.take_client(), "-32603") == std::vector<std::string>{"1", "2", "3"});

  session.server({R"({"jsonrpc":"2.0","id":1,"method":"roots/list"})",
                  R"({"jsonrpc":"2.0","id":2,"method":"roots/list"})"});
  session.take_client();
  session.client(
      {R"([{"jsonrpc":"2.0","id":1,"result":{"roots":[]}},{"jsonrpc":"2.0","id":2,"result":{"a":1,"a":2}}])"});
  CHECK(refused_ids(session.take_server(), "-32603") == std::vector<std::string>{"1", "2"});
  CHECK(session.take_client().empty());
}

TEST_CASE(
    "in shadow mode a call that would be denied goes through, and the mark says what would have been") {
  GovernedSession session(policy_source({"no"}),
                          [](proxy::Options& options) { options.shadow = true; });
  session.client({call("1", "no")});
  CHECK(session.take_server() == call("1", "no") + "\n");
  session.server({text_result("1", "done")});
  CHECK(session.take_client().find("would_deny") != std::string::npos);
}

TEST_CASE("with the footer off a result is its own bytes") {
  GovernedSession session(policy_source({}),
                          [](proxy::Options& options) { options.footer = proxy::Footer::kOff; });
  session.client({call("1", "a")});
  session.server({text_result("1", "plain")});
  CHECK(session.take_client() == text_result("1", "plain") + "\n");
}

TEST_CASE(
    "a tool's definition is pinned at first sight; a changed one is judged again before the client may call it") {
  struct Case {
    policy::ChangedPin changed;
    bool listed, passes;
    const char* recorded;
  };
  for (const Case& c : {Case{policy::ChangedPin::kWithhold, false, false, "withheld"},
                        {policy::ChangedPin::kReview, true, false, "denied"},
                        {policy::ChangedPin::kWarn, true, true, "warned"}}) {
    CAPTURE(c.recorded);
    policy::PolicySource source = policy_source({});
    source.changed_pin = c.changed;
    GovernedSession session(source);
    const auto is_listed = [&](const std::string& properties) {
      session.client({R"({"jsonrpc":"2.0","id":"l","method":"tools/list"})"});
      session.server(
          {R"({"jsonrpc":"2.0","id":"l","result":{"tools":[{"name":"t","description":"reads",)"
           R"("inputSchema":{"type":"object","properties":{)" +
           properties + "}}}]}}"});
      session.take_server();
      return session.take_client().find("\"t\"") != std::string::npos;
    };
    int calls = 0;
    const auto passes = [&] {
      session.client({call(std::to_string(++calls), "t")});
      return !session.take_server().empty();
    };
    const auto changes = [&] {
      std::string actions;
      for (const std::string& record : session.records())
        if (View(record).find("type").string() == "tools.changed")
          actions += View(record).find("action").string();
      return actions;
    };
    const std::string a = R"("a":{"type":"string"})";
    CHECK(is_listed(a));
    CHECK(passes());
    CHECK(is_listed(a));
    CHECK(passes());
    CHECK(changes().empty());
    CHECK(is_listed(a + R"(,"to":{"type":"string"})") == c.listed);
    CHECK(passes() == c.passes);
    CHECK(changes() == c.recorded);
  }
}

TEST_CASE("every call that was forwarded has its decision and its outcome in the log") {
  GovernedSession session(policy_source({"no"}));
  for (int i = 0; i < 50; ++i) {
    session.client({call(std::to_string(i), i % 5 == 0 ? "no" : "yes")});
    if (i % 5 != 0) session.server({text_result(std::to_string(i), "x")});
  }
  session.governor->finish(proxy::End::kClientEof, 0);
  session.log.reset();
  size_t decisions = 0;
  size_t outcomes = 0;
  const std::string segments = session.options.state_dir + "/audit/main/seg";
  const auto names = agentmesh::list_directory(segments);
  REQUIRE(names);
  for (const std::string& name : *names) {
    const auto text = agentmesh::read_file(segments + "/" + name);
    REQUIRE(text);
    for (size_t at = 0; (at = text->find("\"type\":\"decision\"", at)) != std::string::npos; ++at)
      ++decisions;
    for (size_t at = 0; (at = text->find("\"type\":\"outcome\"", at)) != std::string::npos; ++at)
      ++outcomes;
  }
  CHECK(decisions == 50);
  CHECK(outcomes == 40);
}

TEST_CASE("calling a tool that was never listed is noted, and costs nobody trust") {
  GovernedSession session(policy_source({}));
  session.client(
      {R"({"jsonrpc":"2.0","id":"i","method":"initialize","params":{"clientInfo":{"name":"desk"}}})"});
  session.server({R"({"jsonrpc":"2.0","id":"i","result":{}})"});
  session.take_client();
  int score = 0;
  for (int i = 0; i < 40; ++i) {
    const std::string id = std::to_string(i);
    session.client({call(id, "tool_" + id)});
    session.server({text_result(id, "fine")});
    const std::string bytes = session.take_client();
    const View mark = line_of(bytes).find("result").find("_meta").find(proxy::kMarkKey);
    CHECK(mark.find("findings").at(0).find("id").string() == "tool.unlisted");
    score = static_cast<int>(mark.find("trust").find("score").integer().value_or(0));
  }
  CHECK(score > 850);
}

TEST_CASE("a record that no turn waits for, and that could not be written after all, is told") {
  GovernedSession session(policy_source({}),
                          [](proxy::Options& options) { options.audit.timeout_ms = 30; });
  const agentmesh::Fd lock(
      ::open((session.options.state_dir + "/audit/main/lock").c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(::flock(lock.get(), LOCK_EX) == 0);
  session.governor->record({agentmesh::audit::PolicyLoad{}});
  session.wire.run_posted();
  CHECK(session.wire.stderr_text ==
        "agentmesh: the audit log cannot be written: the log's lock was not to be had in time\n");
}

TEST_CASE(
    "an end of the session that could not be written, and that nobody runs posted work for, is told when the log is closed") {
  GovernedSession session(policy_source({}),
                          [](proxy::Options& options) { options.audit.timeout_ms = 30; });
  const agentmesh::Fd lock(
      ::open((session.options.state_dir + "/audit/main/lock").c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(::flock(lock.get(), LOCK_EX) == 0);
  session.governor->finish(proxy::End::kClientEof, 0);
  session.log.reset();
  session.governor->log_closed();
  CHECK(
      session.wire.stderr_text ==
      "agentmesh: the session's end is not in the audit log: the audit log cannot be written: the log's lock was not to be had in time\n");
}
