// Questions to a person that something comes across: a locked file, another mode, the same id again, a log that cannot be written.

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "proxy/approvals.h"
#include "tests/proxy/asked.h"

using agentmesh::Fd;
using agentmesh::tests::answer;
using agentmesh::tests::Asked;
using agentmesh::tests::asking;
using agentmesh::tests::dialog_id;
using agentmesh::tests::GovernedSession;
using agentmesh::tests::kCall;
using agentmesh::tests::kYes;
using agentmesh::tests::modern_call;
using agentmesh::tests::retry_of;
using agentmesh::tests::state_of;

namespace {

const std::string kCancel =
    R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})";

// Another process keeps the shared file locked.
class LockedFile {
 public:
  explicit LockedFile(const GovernedSession& session)
      : file_(::open((session.options.state_dir + "/shared").c_str(), O_RDWR | O_CLOEXEC)) {
    REQUIRE(::flock(file_.get(), LOCK_EX) == 0);
  }

 private:
  Fd file_;
};

// No file grows.
class FullDisk {
 public:
  FullDisk() {
    (void)::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    const rlimit none{1, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &none) == 0);
  }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("a yes that comes while the shared file is locked is put down when it can be") {
  Asked asked;
  asked.session.client({kCall});
  const std::string dialog = asked.one_line();
  {
    const LockedFile locked(asked.session);
    asked.session.client({answer(dialog_id(dialog), kYes)});
    CHECK(asked.session.take_server().empty());
    CHECK(asked.session.take_client().empty());
    asked.session.wire.timers[2]();
    CHECK(asked.session.take_server().empty());
    CHECK(asked.session.take_client().empty());
  }
  asked.session.wire.timers[2]();
  CHECK(asked.session.take_server() == kCall + "\n");
  CHECK(asked.story() == std::vector<std::string>{"asked", "granted by client", "allow  asked"});
}

TEST_CASE("a no that comes while the shared file is locked is as deliberate as any") {
  Asked asked;
  asked.session.client({kCall});
  const std::string dialog = asked.one_line();
  {
    const LockedFile locked(asked.session);
    asked.session.client({answer(dialog_id(dialog), R"({"action":"decline"})")});
    CHECK(asked.session.take_client().empty());
  }
  asked.session.wire.timers[2]();
  CHECK(asked.one_line().find("a person said no to it in the client's dialog") !=
        std::string::npos);
  CHECK(asked.session.take_server().empty());
  CHECK(asked.story() ==
        std::vector<std::string>{"asked", "denied by client", "deny approval asked"});
}

TEST_CASE("a file that stays locked until the time is up is a denial") {
  Asked asked;
  asked.session.client({kCall});
  const std::string dialog = asked.one_line();
  const LockedFile locked(asked.session);
  asked.session.client({answer(dialog_id(dialog), kYes)});
  asked.session.clock.advance_us(50'000'000);
  asked.session.wire.timers[2]();
  CHECK(asked.session.take_server().empty());
  CHECK(asked.session.take_client().find("nobody answered within 50 s") != std::string::npos);
}

TEST_CASE("an answer from a terminal that could not be seen the first time is looked for again") {
  Asked asked;
  asked.session.client({kCall});
  (void)asked.one_line();
  const std::string id = asked.session.shared->tickets(asked.session.clock.wall_us()).front().id;
  REQUIRE(asked.session.shared->answer(id, true, "uid:1000", asked.session.clock.wall_us(), {}));
  {
    const LockedFile locked(asked.session);
    asked.session.governor->woken();
    CHECK(asked.session.take_server().empty());
  }
  REQUIRE(asked.session.wire.timers.count(2) == 1);
  asked.session.wire.timers[2]();
  CHECK(asked.session.take_server() == kCall + "\n");
}

TEST_CASE(
    "a modern yes that comes while the shared file is locked costs nothing: the same retry is good again") {
  GovernedSession session(asking());
  session.client({modern_call("1", "{}")});
  const std::string state = state_of(session.take_client());
  {
    const LockedFile locked(session);
    session.client({modern_call("2", "{}", retry_of(state, kYes))});
    CHECK(session.take_server().empty());
    const std::string denial = session.take_client();
    CAPTURE(denial);
    CHECK(denial.find("Send the same retry again") != std::string::npos);
  }
  session.client({modern_call("3", "{}", retry_of(state, kYes))});
  CHECK(session.take_server() == modern_call("3", "{}") + "\n");
  session.client({modern_call("4", "{}", retry_of(state, kYes))});
  CHECK(session.take_server().empty());
}

TEST_CASE("what is ours stays here though the policy turned to shadow before the retry") {
  GovernedSession session(asking());
  session.client({modern_call("1", "{}")});
  const std::string state = state_of(session.take_client());
  session.options.shadow = true;
  session.client({modern_call("2", "{}", retry_of(state, R"({"action":"decline"})"))});
  CHECK(session.take_server() == modern_call("2", "{}") + "\n");
  // What is the server's goes on, and so does what only looks as if.
  session.client({modern_call(
      "3", "{}", retry_of("server-state", kYes, R"("theirs":{"action":"accept"}, )"))});
  CHECK(session.take_server() ==
        modern_call(
            "3", "{}",
            R"(,"inputResponses":{"theirs":{"action":"accept"}},"requestState":"server-state")") +
            "\n");
  const std::string theirs =
      modern_call("4", "{}", R"(,"inputResponses":{"q":{}},"requestState":"server-state")");
  session.client({theirs});
  CHECK(session.take_server() == theirs + "\n");
}

TEST_CASE(
    "call, cancellation and the same id again in one read are one dialog, for the second call") {
  Asked asked;
  std::string second = kCall;
  second.replace(second.find("/tmp/x"), 6, "/tmp/y");
  asked.session.client({kCall, kCancel, second});
  const std::string dialog = asked.one_line();
  CHECK(dialog.find("/tmp/y") != std::string::npos);
  asked.session.client({answer(dialog_id(dialog), kYes)});
  CHECK(asked.session.take_server() == second + "\n");
  CHECK(asked.session.take_client().empty());
}

TEST_CASE("the same in one read whose records cannot be written: one denial, and nobody is asked") {
  Asked asked;
  std::string second = kCall;
  second.replace(second.find("/tmp/x"), 6, "/tmp/y");
  {
    const FullDisk full;
    asked.session.client({kCall, kCancel, second});
  }
  CHECK(asked.one_line().find("cannot be written") != std::string::npos);
  CHECK(asked.session.take_server().empty());
  asked.session.client({second});  // the id is free again
  CHECK(asked.one_line().find("elicitation/create") != std::string::npos);
}

TEST_CASE(
    "of two modern questions under one id, the one that could not be recorded is taken back") {
  GovernedSession session(asking());
  session.client({modern_call("1", R"({"path":"/a"})")});
  const std::string state = state_of(session.take_client());
  {
    const FullDisk full;
    session.client({modern_call("1", R"({"path":"/b"})")});
  }
  CHECK(session.take_client().find("cannot be written") != std::string::npos);
  session.client({modern_call("2", R"({"path":"/a"})", retry_of(state, kYes))});
  CHECK(session.take_server() == modern_call("2", R"({"path":"/a"})") + "\n");
}

TEST_CASE("a log that cannot be written is said once, and when it is written again") {
  GovernedSession session(agentmesh::tests::policy_source({}));
  const auto call = [](const char* id) {
    return R"({"jsonrpc":"2.0","id":)" + std::string(id) +
           R"(,"method":"tools/call","params":{"name":"read"}})";
  };
  {
    const FullDisk full;
    session.client({call("1")});
    session.client({call("2"), call("3")});
  }
  CHECK(session.take_server().empty());
  const std::string said = std::exchange(session.wire.stderr_text, {});
  CHECK(said.starts_with("agentmesh: the audit log cannot be written"));
  CHECK(said.ends_with("; calls are denied as long as they cannot be recorded\n"));
  CHECK(std::count(said.begin(), said.end(), '\n') == 1);
  session.client({call("4"), call("5")});
  CHECK(session.wire.stderr_text == "agentmesh: the audit log is written again\n");
}

TEST_CASE(
    "a server's request that cannot be recorded is denied, and the server is not told where the log lies") {
  GovernedSession session(agentmesh::tests::policy_source({}),
                          [](agentmesh::proxy::Options& options) {
                            options.state_words = " --state-dir " + options.state_dir;
                            options.audit.log_words = " --log other";
                          });
  {
    const FullDisk full;
    session.server(
        {R"({"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{"messages":[],"maxTokens":1}})"});
  }
  CHECK(session.take_client().empty());
  const std::string denial = session.take_server();
  CHECK(denial.find("the audit log cannot be written, and nothing goes on") != std::string::npos);
  for (const char* told : {"state-dir", "agentmesh audit", "--log"})
    CHECK(denial.find(told) == std::string::npos);
  CHECK(denial.find(session.options.state_dir) == std::string::npos);
  {
    const FullDisk full;
    session.client({R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"read"}})"});
  }
  const std::string to_client = session.take_client();
  CAPTURE(to_client);
  CHECK(to_client.find("See `agentmesh audit verify --log other`") != std::string::npos);
  CHECK(to_client.find("Add `--state-dir ") != std::string::npos);
}

TEST_CASE("the cancellation of a call that was denied for want of a record stays here") {
  GovernedSession session(agentmesh::tests::policy_source({}));
  const std::string call =
      R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"read"}})";
  {
    const FullDisk full;
    session.client({call, kCancel});
  }
  CHECK(session.take_server().empty());
  CHECK(session.take_client().find("cannot be written") != std::string::npos);
  // One of a call that went on goes on.
  session.client({call, kCancel});
  CHECK(session.take_server() == call + "\n" + kCancel + "\n");
}

TEST_CASE("in shadow mode nothing waits, and a no that was on its way holds nothing back") {
  using Story = std::vector<std::string>;
  const auto becomes = [](const std::function<void(Asked&, const std::string& dialog)>& ends) {
    Asked asked;
    asked.session.client({kCall});
    const std::string dialog = dialog_id(asked.one_line());
    asked.session.options.shadow = true;
    ends(asked, dialog);
    CHECK(asked.session.take_server() == kCall + "\n");
    const Story story = asked.story();
    asked.session.take_client();
    asked.session.server({R"({"jsonrpc":"2.0","id":7,"result":{"content":[]}})"});
    CHECK(asked.session.take_client().find("\"would_deny\"") != std::string::npos);
    return story;
  };
  CHECK(becomes([](Asked& asked, const std::string& dialog) {
          asked.session.client({answer(dialog, R"({"action":"decline"})")});
        }) == Story{"asked", "denied by client", "would_deny  asked"});
  CHECK(becomes([](Asked& asked, const std::string&) {
          const int64_t now = asked.session.clock.wall_us();
          const std::string id = asked.session.shared->tickets(now).front().id;
          REQUIRE(asked.session.shared->answer(id, false, "uid:1000", now, {}));
          asked.session.governor->woken();
        }) == Story{"asked", "would_deny  asked"});  // who answered has recorded it
  CHECK(becomes([](Asked& asked, const std::string&) { asked.session.governor->woken(); }) ==
        Story{"asked", "cancelled", "would_deny  asked"});
}

TEST_CASE("in shadow mode a call whose client cancelled it or left still goes nowhere") {
  for (const bool cancelled : {true, false}) {
    CAPTURE(cancelled);
    Asked asked;
    asked.session.client({kCall});
    (void)asked.one_line();
    asked.session.options.shadow = true;
    if (cancelled)
      asked.session.client({kCancel});
    else
      asked.session.governor->client_eof();
    CHECK(asked.session.take_server().empty());
  }
}
