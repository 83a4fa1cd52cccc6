#include "tests/trust/commands.h"

namespace agentmesh::cli::tests {

TEST_CASE("an approval is listed, granted with its record, and used once") {
  Fixture f;
  f.ask("7f3a000000000001");
  const Said listed = f.run([&] { return approvals_list({f.state.path(), false, false}); });
  CHECK(listed.says("delete_file on files, asked by desk"));
  CHECK(listed.says("agentmesh approvals approve --state-dir " + f.state.path() + " 7f3a "));
  const Said json = f.run([&] { return approvals_list({f.state.path(), false, true}); });
  CHECK(is_json(json.out));
  CHECK(json.says("\"id\":\"7f3a000000000001\",\"status\":\"pending\""));

  const Said granted = f.run([&] {
    return approvals_approve({f.state.path(), "7f3a", {}, {}, false}, f.recorder());
  });
  CHECK(granted.status == kOk);
  const auto& record = std::get<audit::Approval>(f.records.at(0));
  CHECK(record.ask == "7f3a000000000001");
  CHECK(record.state == "granted");
  CHECK(record.events.empty());
  Hash digest{};
  digest.fill('7');
  CHECK(f.shared()->use(digest, "desk", "files", f.clock.wall_us()));
  CHECK_FALSE(f.shared()->use(digest, "desk", "files", f.clock.wall_us()));
  CHECK(f.run([&] {
           return approvals_list({f.state.path(), false, false});
         }).says("nothing waits"));
}

TEST_CASE("a denial is recorded, costs the agent trust, and cannot be undone by a later yes") {
  Fixture f;
  f.ask("7f3a000000000001");
  CHECK(f.run([&] {
           return approvals_deny({f.state.path(), "7f3a", {}, {}, false}, f.recorder());
         }).status == kOk);
  const auto& record = std::get<audit::Approval>(f.records.at(0));
  CHECK(record.state == "denied");
  REQUIRE(record.events.size() == 1);
  CHECK(record.events[0].subject == "agent:desk");
  CHECK((*f.store()->subject("agent:desk"))->sums.events == 1);
  const Said late = f.run([&] {
    return approvals_approve({f.state.path(), "7f3a", {}, {}, false}, f.recorder());
  });
  CHECK(late.status == kNo);
  CHECK(late.says("already denied by uid:"));
  REQUIRE(f.records.size() == 2);
  CHECK(std::get<audit::TrustChange>(f.records[1]).tier == "standard");  // 696
}

TEST_CASE("evidence from a terminal that takes a subject into another tier is recorded as such") {
  Fixture f;
  const auto report = [&](const std::string& severity) {
    CHECK(f.run([&] {
             return trust_report({f.state.path(), "server:files", severity, "why", {}, false},
                                 f.recorder());
           }).status == kOk);
  };
  report("high");  // 800 → 571
  REQUIRE(f.records.size() == 2);
  const auto& change = std::get<audit::TrustChange>(f.records[1]);
  CHECK(change.subject == "server:files");
  CHECK(change.from == 800);
  CHECK(change.to == 571);
  CHECK(change.tier == "standard");
  CHECK(change.cause == "tier");
  report("low");  // stays there
  CHECK(f.records.size() == 3);
}

TEST_CASE("a no at a terminal to what a server asks costs the server trust, not the agent") {
  Fixture f;
  f.ask("7f3a000000000001", "", true);
  CHECK(f.run([&] {
           return approvals_deny({f.state.path(), "7f3a", {}, {}, false}, f.recorder());
         }).status == kOk);
  const auto& record = std::get<audit::Approval>(f.records.at(0));
  REQUIRE(record.events.size() == 1);
  CHECK(record.events[0].subject == "server:files");
  CHECK((*f.store()->subject("server:files"))->sums.events == 1);
  CHECK_FALSE(f.store()->subject("agent:desk")->has_value());
}

TEST_CASE("who is not named by approvers cannot approve, but may deny") {
  Fixture f;
  f.ask("7f3a000000000001", "security-team");
  const auto answer = [&](std::map<std::string, std::vector<uid_t>> groups) {
    return f.run([&] {
      return approvals_approve({f.state.path(), "7f3a", groups, {}, false}, f.recorder());
    });
  };
  CHECK(answer({}).status == kNo);
  CHECK(answer({{"security-team", {::getuid() + 1}}}).says("is for security-team"));
  CHECK(answer({{"other", {::getuid()}}}).status == kNo);
  CHECK(f.records.empty());
  CHECK(answer({{"security-team", {::getuid()}}}).status == kOk);
  CHECK(may_approve("", {}, 5));
  CHECK(may_approve("a, user", {}, 5));
  CHECK_FALSE(may_approve("user", {{"user", {6}}}, 5));
  CHECK_FALSE(may_approve("a,b", {{"c", {5}}}, 5));
}

TEST_CASE("an approval that is not there, or too short an id, is exit 1") {
  Fixture f;
  for (const char* id : {"beef", "7f", "", "7f3a0000000000010"}) {
    CHECK(f.run([&] {
             return approvals_approve({f.state.path(), id, {}, {}, false}, f.recorder());
           }).status == kNo);
  }
}

}  // namespace agentmesh::cli::tests
