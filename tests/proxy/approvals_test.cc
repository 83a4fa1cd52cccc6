// Calls that wait in the client's own dialog (eras with a handshake).

#include "proxy/approvals.h"

#include <algorithm>
#include <string>
#include <vector>

#include "proxy/mark.h"
#include "tests/proxy/asked.h"

using agentmesh::json::View;
using agentmesh::tests::answer;
using agentmesh::tests::Asked;
using agentmesh::tests::dialog_id;
using agentmesh::tests::kCall;
using agentmesh::tests::kYes;
namespace proxy = agentmesh::proxy;
namespace trust = agentmesh::trust;

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
    bool events = false;
    for (const std::string& line : asked.session.records()) {
      const View record(line);
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
  CHECK_FALSE(asked.session.wire.timers.contains(2));
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

TEST_CASE("a dialog and a ticket both name what a call has beside its arguments") {
  const std::string call =
      R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"delete_file","target":"/etc","arguments":{"path":")" +
      std::string(3000, 'p') + R"("}}})";
  Asked by_dialog;
  by_dialog.session.client({call});
  CHECK(View(by_dialog.one_line())
            .find("params")
            .find("message")
            .string()
            .find("Beside its arguments it has, not shown here: target") != std::string::npos);

  Asked by_ticket("2025-11-25", "{}");
  by_ticket.session.client({call});
  const auto tickets = by_ticket.session.shared->tickets(by_ticket.session.clock.wall_us());
  REQUIRE(tickets.size() == 1);
  CHECK(tickets.front().brief.ends_with(
      "(3000 bytes)} (beside its arguments it has, not shown here: target)"));
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
