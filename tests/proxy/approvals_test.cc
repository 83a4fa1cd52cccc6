#include "proxy/approvals.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "audit/read.h"
#include "base/json.h"
#include "proxy/approval_dialog.h"
#include "proxy/mark.h"
#include "tests/catch.h"
#include "tests/proxy/governed.h"

using agentmesh::json::View;
using agentmesh::tests::GovernedSession;
namespace audit = agentmesh::audit;
namespace policy = agentmesh::policy;
namespace proxy = agentmesh::proxy;
namespace trust = agentmesh::trust;

namespace {

// Everything is allowed but `delete_*` and reading resources, for which a person is asked.
policy::PolicySource asking(std::vector<std::string> approvers = {}) {
  policy::PolicySource source = agentmesh::tests::policy_source({"delete_*"});
  policy::RuleSource& rule = source.rules.front();
  rule.action = policy::Action::kRequireApproval;
  for (std::string& name : approvers) {
    policy::Text text;
    text.value = std::move(name);
    rule.approvers.push_back(std::move(text));
  }
  return source;
}

std::string initialize(const std::string& capabilities) {
  return R"({"jsonrpc":"2.0","id":"init","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":)" +
         capabilities + R"(,"clientInfo":{"name":"tester","version":"1"}}})";
}

std::string initialized(const std::string& version) {
  return R"({"jsonrpc":"2.0","id":"init","result":{"protocolVersion":")" + version +
         R"(","capabilities":{},"serverInfo":{"name":"s","version":"1"}}})";
}

// A session in which the client has a dialog.
struct Asked {
  explicit Asked(const std::string& version = "2025-11-25",
                 const std::string& capabilities = R"({"elicitation":{}})",
                 std::vector<std::string> approvers = {})
      : session(asking(std::move(approvers))) {
    session.client({initialize(capabilities)});
    session.server({initialized(version)});
    session.take_client();
    session.take_server();
  }

  std::string take_lines_of_client(std::vector<std::string>& lines) {
    std::string bytes = session.take_client();
    for (size_t at = 0; at < bytes.size();) {
      const size_t end = bytes.find('\n', at);
      lines.push_back(bytes.substr(at, end - at));
      at = end + 1;
    }
    return bytes;
  }
  // The one line that went to the client.
  std::string one_line() {
    std::vector<std::string> lines;
    take_lines_of_client(lines);
    REQUIRE(lines.size() == 1);
    return lines.front();
  }
  std::vector<std::string> lines() {
    std::vector<std::string> all;
    take_lines_of_client(all);
    return all;
  }

  // The states of all approval records, and verdict/stage of all decisions, in order.
  std::vector<std::string> story() {
    std::vector<std::string> out;
    auto tail = audit::Tail::open(session.options.state_dir + "/audit/main", 1000);
    REQUIRE(tail);
    for (;;) {
      const auto line = tail->next();
      REQUIRE(line);
      if (!*line) return out;
      const View record(**line);
      const std::string type = record.find("type").string();
      if (type == "approval")
        out.push_back(record.find("state").string() +
                      (record.find("by").present() ? " by " + record.find("by").string() : ""));
      if (type == "decision")
        out.push_back(record.find("verdict").string() + " " + record.find("stage").string() +
                      (record.find("ask").present() ? " asked" : ""));
    }
  }

  GovernedSession session;
};

std::string dialog_id(const std::string& line) { return View(line).find("id").string(); }

std::string answer(const std::string& id, const std::string& result) {
  return R"({"jsonrpc":"2.0","id":")" + id + R"(","result":)" + result + "}";
}

const std::string kYes = R"({"action":"accept","content":{"approve":true}})";
// Odd spacing: what goes on must be these bytes.
const std::string kCall =
    R"({"jsonrpc" : "2.0",  "id":7,"params":{"name":"delete\u005ffile","arguments":{"path":"/tmp/x"}},"method":"tools/call"})";

std::string modern_call(const std::string& id, const std::string& args,
                        const std::string& more = "", const std::string& client = "modern") {
  return R"({"jsonrpc":"2.0","id":)" + id +
         R"(,"method":"tools/call","params":{"name":"delete_file","arguments":)" + args + more +
         R"(,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{"form":{}}},)"
         R"("io.modelcontextprotocol/clientInfo":{"name":")" +
         client + R"(","version":"1"}}}})";
}

std::string retry_of(const std::string& state, const std::string& response,
                     const std::string& others = "") {
  return R"(,"inputResponses":{)" + others + R"("io.agentmesh/approval":)" + response +
         R"(},"requestState":")" + state + "\"";
}

}  // namespace

TEST_CASE(
    "row 73: a held call is asked about in the client's dialog, and a yes forwards its bytes") {
  Asked asked;
  asked.session.client({kCall});
  CHECK(asked.session.take_server().empty());
  const std::string dialog = asked.one_line();
  const View request(dialog);
  CHECK(request.find("method").string() == "elicitation/create");
  CHECK(dialog_id(dialog).starts_with("agentmesh:"));
  CHECK(dialog_id(dialog).size() == 42);
  const View params = request.find("params");
  CHECK(params.find("mode").string() == "form");
  const std::string message = params.find("message").string();
  for (const char* part : {"delete_file", "/tmp/x", "test/no-1", "tester", "files"}) {
    CAPTURE(part);
    CHECK(message.find(part) != std::string::npos);
  }
  const View approve = params.find("requestedSchema").find("properties").find("approve");
  CHECK(approve.find("type").string() == "boolean");

  // Other traffic flows on.
  const std::string other =
      R"({"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"read"}})";
  asked.session.client({other});
  CHECK(asked.session.take_server() == other + "\n");

  asked.session.client({answer(dialog_id(dialog), kYes)});
  CHECK(asked.session.take_server() == kCall + "\n");
  CHECK(asked.session.take_client().empty());
  asked.session.server({R"({"jsonrpc":"2.0","id":7,"result":{"content":[]}})"});
  const std::string result = asked.one_line();
  CHECK(View(result).find("result").find("_meta").find(proxy::kMarkKey).find("decision").string() ==
        "allow");
  CHECK(asked.story() ==
        std::vector<std::string>{"asked", "allow ", "granted by client", "allow  asked"});
  // A second answer is one that nothing waits for.
  asked.session.client({answer(dialog_id(dialog), kYes)});
  CHECK(asked.session.take_server().empty());
}

TEST_CASE("`mode` is sent where it exists, and a dialog only where the client can show a form") {
  struct Case {
    const char* version;
    const char* capabilities;
    bool dialog;
    bool mode;
  };
  const Case cases[] = {
      {"2025-11-25", R"({"elicitation":{}})", true, true},
      {"2025-11-25", R"({"elicitation":{"form":{},"url":{}}})", true, true},
      {"2025-11-25", R"({"elicitation":{"url":{}}})", false, false},
      {"2025-06-18", R"({"elicitation":{}})", true, false},
      {"2025-03-26", R"({"elicitation":{}})", false, false},
      {"2024-11-05", R"({"elicitation":{}})", false, false},
      {"2025-11-25", R"({})", false, false},
      {"2025-11-25", R"({"elicitation":true})", false, false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.version, c.capabilities);
    Asked asked(c.version, c.capabilities);
    asked.session.client({kCall});
    const std::string line = asked.one_line();
    CHECK((View(line).find("method").string() == "elicitation/create") == c.dialog);
    CHECK(View(line).find("params").find("mode").present() == c.mode);
    if (!c.dialog) CHECK(line.find("agentmesh approvals approve") != std::string::npos);
  }
}

TEST_CASE("row 73: whatever is no clear yes is a denial, and the server sees nothing") {
  const char* const results[] = {
      R"({"action":"decline"})",
      R"({"action":"cancel"})",
      R"({"action":"accept"})",
      R"({"action":"accept","content":{}})",
      R"({"action":"accept","content":{"approve":false}})",
      R"({"action":"accept","content":{"approve":"true"}})",
      R"({"action":"accept","content":{"approve":1}})",
      R"({"action":"accept","content":true})",
      R"({"content":{"approve":true}})",
      R"({"action":"Accept","content":{"approve":true}})",
      R"([])",
      R"("accept")",
      // What can be read in two ways is no answer at all.
      R"({"action":"decline","action":"accept","content":{"approve":true}})",
  };
  for (const char* result : results) {
    CAPTURE(result);
    Asked asked;
    asked.session.client({kCall});
    asked.session.client({answer(dialog_id(asked.one_line()), result)});
    CHECK(asked.session.take_server().empty());
    const std::string denial = asked.one_line();
    CHECK(View(denial).find("id").raw() == "7");
    CHECK(View(denial).find("result").find("isError").is_true());
    const auto story = asked.story();
    REQUIRE(story.size() >= 3);
    CHECK(std::count(story.begin(), story.end(), "denied by client") == 1);
    CHECK(std::count(story.begin(), story.end(), "deny approval asked") == 1);
  }
}

TEST_CASE("a deliberate no costs the agent trust, an error or a closed dialog does not") {
  struct Case {
    const char* line;
    bool costs;
  };
  for (const Case& c : {Case{R"("result":{"action":"decline"}})", true},
                        Case{R"("result":{"action":"cancel"}})", false},
                        Case{R"("error":{"code":-32601,"message":"no"}})", false}}) {
    CAPTURE(c.line);
    Asked asked;
    asked.session.client({kCall});
    asked.session.client(
        {R"({"jsonrpc":"2.0","id":")" + dialog_id(asked.one_line()) + "\"," + c.line});
    const std::string denial = asked.one_line();
    auto tail = audit::Tail::open(asked.session.options.state_dir + "/audit/main", 1000);
    bool events = false;
    while (true) {
      const auto line = tail->next();
      REQUIRE(line);
      if (!*line) break;
      const View record(**line);
      if (record.find("type").string() == "approval" && record.find("events").present())
        events = true;
    }
    CHECK(events == c.costs);
  }
}

TEST_CASE("a client that answers a dialog with an error gets tickets from then on") {
  Asked asked;
  asked.session.client({kCall});
  asked.session.client({R"({"jsonrpc":"2.0","id":")" + dialog_id(asked.one_line()) +
                        R"(","error":{"code":-32601,"message":"no such method"}})"});
  asked.one_line();
  asked.session.client({kCall});
  CHECK(asked.one_line().find("agentmesh approvals approve") != std::string::npos);
}

TEST_CASE("row 73: nobody answers in time: a denial, and the dialog is taken back") {
  Asked asked;
  asked.session.client({kCall});
  const std::string dialog = asked.one_line();
  REQUIRE(asked.session.wire.timers.count(2) == 1);
  asked.session.wire.timers[2]();  // too early: nothing is due
  CHECK(asked.session.take_client().empty());
  asked.session.clock.advance_us(50'000'000);
  asked.session.wire.timers[2]();
  const auto lines = asked.lines();
  REQUIRE(lines.size() == 2);
  CHECK(View(lines[0]).find("method").string() == "notifications/cancelled");
  CHECK(View(lines[0]).find("params").find("requestId").string() == dialog_id(dialog));
  CHECK(View(lines[1]).find("id").raw() == "7");
  CHECK(lines[1].find("nobody answered within 50 s") != std::string::npos);
  CHECK(asked.session.take_server().empty());
  CHECK(asked.story() == std::vector<std::string>{"asked", "expired", "deny approval asked"});
  asked.session.client({answer(dialog_id(dialog), kYes)});
  CHECK(asked.session.take_server().empty());
  CHECK(asked.session.wire.timers.count(2) == 0);
}

TEST_CASE("row 73: the client cancels a held call: no bytes and no answer") {
  Asked asked;
  asked.session.client({kCall});
  const std::string dialog = asked.one_line();
  asked.session.client(
      {R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})"});
  const std::string withdrawn = asked.one_line();
  CHECK(View(withdrawn).find("method").string() == "notifications/cancelled");
  CHECK(View(withdrawn).find("params").find("requestId").string() == dialog_id(dialog));
  asked.session.client({answer(dialog_id(dialog), kYes)});
  CHECK(asked.session.take_server().empty());
  CHECK(asked.session.take_client().empty());
  const auto story = asked.story();
  CHECK(std::vector<std::string>(story.begin(), story.begin() + 3) ==
        std::vector<std::string>{"asked", "cancelled", "deny approval asked"});
}

TEST_CASE("a call that is cancelled in the read in which it came asks nobody") {
  Asked asked;
  asked.session.client(
      {kCall, R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})"});
  CHECK(asked.session.take_client().empty());
  CHECK(asked.session.take_server().empty());
}

TEST_CASE("the client goes away: every held call is denied, and the session's end finds none") {
  Asked asked;
  asked.session.client({kCall});
  asked.one_line();
  asked.session.governor->client_eof();
  CHECK(View(asked.one_line()).find("id").raw() == "7");
  asked.session.governor->finish(proxy::End::kClientEof, 0);
  CHECK(asked.story() == std::vector<std::string>{"asked", "cancelled", "deny approval asked"});

  Asked ended;
  ended.session.client({kCall});
  ended.session.governor->finish(proxy::End::kServerExit, 1);
  CHECK(ended.story() == std::vector<std::string>{"asked", "cancelled", "deny approval asked"});
}

TEST_CASE("the id of a held call is taken, and the server cannot answer it") {
  Asked asked;
  asked.session.client({kCall});
  const std::string dialog = asked.one_line();
  asked.session.client(
      {R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"read"}})"});
  asked.session.server({R"({"jsonrpc":"2.0","id":7,"result":{"content":[]}})"});
  // Nor withdraw the dialog, nor pose as us.
  asked.session.server({R"({"jsonrpc":"2.0","id":")" + dialog_id(dialog) +
                        R"(","method":"elicitation/create","params":{"message":"m"}})"});
  asked.session.server(
      {R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":")" +
       dialog_id(dialog) + R"("}})"});
  CHECK(asked.session.take_client().empty());
  CHECK(asked.session.take_server().find("reserved") != std::string::npos);
  asked.session.client({answer(dialog_id(dialog), kYes)});
  CHECK(asked.session.take_server() == kCall + "\n");
}

TEST_CASE("an answer from a terminal counts at once, and the dialog's comes too late") {
  for (const bool grant : {true, false}) {
    CAPTURE(grant);
    Asked asked;
    asked.session.client({kCall});
    const std::string dialog = asked.one_line();
    const auto tickets = asked.session.shared->tickets(asked.session.clock.wall_us());
    REQUIRE(tickets.size() == 1);
    CHECK(tickets.front().kind == trust::TicketKind::kDialog);
    CHECK(tickets.front().state == trust::TicketState::kPending);
    REQUIRE(asked.session.shared->answer(tickets.front().id, grant, "uid:1000",
                                         asked.session.clock.wall_us(), {}));
    asked.session.governor->woken();
    const auto lines = asked.lines();
    REQUIRE(lines.size() == (grant ? 1 : 2));
    CHECK(View(lines[0]).find("method").string() == "notifications/cancelled");
    CHECK(asked.session.take_server() == (grant ? kCall + "\n" : ""));
    if (!grant) CHECK(lines[1].find("uid:1000") != std::string::npos);
    asked.session.client({answer(dialog_id(dialog), kYes)});
    CHECK(asked.session.take_server().empty());
    // The command has written what a person said at the terminal.
    const auto story = asked.story();
    CHECK(story[0] == "asked");
    CHECK(story[1] == (grant ? "allow  asked" : "deny approval asked"));
    const auto late = asked.session.shared->answer(tickets.front().id, !grant, "uid:1",
                                                   asked.session.clock.wall_us(), {});
    REQUIRE_FALSE(late);
    CHECK(late.error().what.find("already") != std::string::npos);
  }
}

TEST_CASE(
    "while a terminal's answer is being recorded the dialog's waits, and takes its place if that fails") {
  Asked asked;
  asked.session.client({kCall});
  const std::string dialog = asked.one_line();
  const std::string id = asked.session.shared->tickets(asked.session.clock.wall_us()).front().id;
  (void)asked.session.shared->answer(id, false, "uid:1000", asked.session.clock.wall_us(),
                                     [&](const trust::Ticket&) -> agentmesh::Result<void> {
                                       asked.session.client({answer(dialog_id(dialog), kYes)});
                                       CHECK(asked.session.take_server().empty());
                                       return agentmesh::fail("the log is full");
                                     });
  asked.session.wire.timers[2]();
  CHECK(asked.session.take_server() == kCall + "\n");
}

TEST_CASE("before an approved call goes on, halts, pins and rules are asked again") {
  Asked asked;
  asked.session.client({kCall});
  const std::string dialog = asked.one_line();
  REQUIRE(asked.session.shared->halt({"files", "looking into it", "uid:1000", 1}));
  asked.session.client({answer(dialog_id(dialog), kYes)});
  CHECK(asked.session.take_server().empty());
  CHECK(asked.one_line().find("looking into it") != std::string::npos);
  CHECK(asked.story() == std::vector<std::string>{"asked", "granted by client", "deny halt asked"});
}

TEST_CASE("a dialog counts for nobody's approval, or the user's; a group answers at a terminal") {
  Asked user("2025-11-25", R"({"elicitation":{}})", {"security-team", "user"});
  user.session.client({kCall});
  CHECK(View(user.one_line()).find("method").string() == "elicitation/create");
  Asked group("2025-11-25", R"({"elicitation":{}})", {"security-team"});
  group.session.client({kCall});
  CHECK(group.one_line().find("agentmesh approvals approve") != std::string::npos);
}

TEST_CASE("progress of a held call is sent if the client asked for it, and only rises") {
  Asked asked;
  asked.session.client(
      {R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"delete_x","_meta":{"progressToken":0}}})"});
  std::vector<double> values;
  (void)asked.lines();
  asked.session.wire.timers[2]();
  CHECK(asked.session.take_client().empty());  // who answers at once needs none
  for (int i = 0; i < 4; ++i) {
    asked.session.clock.advance_us(10'000'000);
    asked.session.wire.timers[2]();
    for (const std::string& line : asked.lines()) {
      const View params = View(line).find("params");
      CHECK(View(line).find("method").string() == "notifications/progress");
      CHECK(params.find("progressToken").raw() == "0");
      values.push_back(std::stod(std::string(params.find("progress").raw())));
    }
  }
  REQUIRE(values.size() == 4);
  CHECK(std::is_sorted(values.begin(), values.end()));
  CHECK(std::adjacent_find(values.begin(), values.end()) == values.end());
  CHECK(values.back() < 0);  // below whatever the server will count
}

TEST_CASE("what waits is bounded: one call too many gets a ticket") {
  Asked asked;
  for (int i = 0; i < 64; ++i)
    asked.session.client({R"({"jsonrpc":"2.0","id":)" + std::to_string(i) +
                          R"(,"method":"tools/call","params":{"name":"delete_x"}})"});
  CHECK(asked.lines().size() == 64);
  asked.session.client({kCall.substr(0, kCall.find("\"id\":7")) + "\"id\":99" +
                        kCall.substr(kCall.find("\"id\":7") + 6)});
  CHECK(asked.one_line().find("agentmesh approvals approve") != std::string::npos);
}

TEST_CASE("secrets among the arguments are masked, and nothing invisible is shown") {
  const auto brief = [](const std::string& args, bool secret) {
    return proxy::brief_of(View(args), secret, 400);
  };
  const std::string key = "AKIAIOSFODNN7SAMPLE4";
  const std::string masked =
      brief(R"({"note":"the key is )" + key + R"( as said","path":"/tmp/x"})", true);
  CHECK(masked.find(key) == std::string::npos);
  CHECK(masked.find("/tmp/x") != std::string::npos);
  CHECK(brief(R"({"a":"nothing found here"})", true).find("nothing") == std::string::npos);
  CHECK(brief("{\"a\":\"x\\u202egnp\\u001b[2J\"}", false).find('\x1b') == std::string::npos);
  const std::string text(5000, 'a');
  const std::string big = R"({"text":")" + text + R"(","last":1})";
  CHECK(brief(big, false).size() < 300);
  CHECK(brief(big, false).find("5000 bytes") != std::string::npos);
  CHECK(brief("{}", false).empty());
}

TEST_CASE(
    "no value among the arguments can pose as another one, or push it out of sight unnoticed") {
  const auto brief = [](const std::string& args) {
    return proxy::brief_of(View(args), false, 700);
  };
  CHECK(brief(R"({"note":"x\", path: \"/tmp/a","path":"/home/me"})") ==
        R"({note: "x\", path: \"/tmp/a", path: "/home/me"})");
  CHECK(brief(R"({"a: \"x\", b":1})") == R"({"a: \"x\", b": 1})");
  std::string padded = R"({"note":"x\", path: \"/tmp/a")";
  for (int i = 0; i < 6; ++i)
    padded += ",\"p" + std::to_string(i) + "\":\"" + std::string(300, 'y') + '"';
  CHECK(brief(padded + R"(,"path":"/home/me"})").find("path: \"/home/me\"") != std::string::npos);
  for (int i = 6; i < 200; ++i) padded += ",\"p" + std::to_string(i) + "\":1";
  CHECK(brief(padded + R"(,"path":"/home/me"})").find("there is more in this call") !=
        std::string::npos);
}

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
