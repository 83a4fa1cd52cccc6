#include "tests/trust/commands.h"

namespace agentmesh::cli::tests {

TEST_CASE("commands that govern refuse to run under a governed server") {
  Fixture f;
  f.changed_tool("read");
  f.ask("7f3a000000000001");
  auto governed = trust::GovernedChild::record(f.state.path(), ::getpid(), "files");
  REQUIRE(governed);
  const std::string dir = f.state.path();
  const Said refused[] = {
      f.approve(),
      f.list(),
      f.run([&] {
        return pins_reject({dir, "files", {}, false}, f.recorder());
      }),
      f.run([&] {
        return approvals_list({dir, false, true});
      }),
      f.run([&] {
        return approvals_approve({dir, "7f3a", {}, {}, false}, f.recorder());
      }),
      f.run([&] {
        return approvals_deny({dir, "7f3a", {}, {}, false}, f.recorder());
      }),
      f.run([&] {
        return trust_reset({dir, "agent:desk", "", "x", {}, false}, f.recorder());
      }),
      f.run([&] {
        return trust_report({dir, "agent:desk", "low", "x", {}, false}, f.recorder());
      }),
  };
  for (const Said& said : refused) {
    CHECK(said.status == kNo);
    CHECK(said.out.empty());
    CHECK(said.says("governed server 'files'"));
  }
  CHECK(f.records.empty());
  CHECK(f.state_of("read") == trust::PinState::kReview);
}

TEST_CASE("trust show tells what is known, and that nothing is") {
  Fixture f;
  CHECK(f.run([&] {
           return trust_show({f.state.path(), "", {}, false, false});
         }).says("everybody starts at 800"));
  CHECK(f.run([&] {
           return trust_show({f.state.path(), "agent:desk", {}, false, false});
         }).status == kNo);
  CHECK(f.run([&] {
           return trust_show({f.state.path(), "desk", {}, false, false});
         }).status == kUsage);
  CHECK(f.run([&] {
           return trust_show({f.state.path(), "tool:files", {}, false, false});
         }).status == kUsage);

  const Said reported = f.run([&] {
    return trust_report({f.state.path(), "server:files", "critical", "made it up", {}, false},
                        f.recorder());
  });
  CHECK(reported.status == kOk);
  CHECK(reported.says("400"));
  CHECK(std::get<audit::TrustReport>(f.records.at(0)).why == "made it up");
  const Said shown = f.run([&] {
    return trust_show({f.state.path(), "server:files", {}, true, true});
  });
  CHECK(is_json(shown.out));
  CHECK(shown.says("\"score\":400,\"tier\":\"probationary\",\"events\":1,\"new\":true"));
  CHECK(shown.says("\"security_posture\":40"));
  CHECK(shown.says("\"history\":[{"));
  CHECK(
      f.run([&] {
         return trust_report({f.state.path(), "server:files", "dire", "", {}, false}, f.recorder());
       }).status == kUsage);
}

TEST_CASE("trust reset goes back to 800, with a record, and running proxies hear of it") {
  Fixture f;
  (void)f.run([&] {
    return trust_report({f.state.path(), "agent:desk", "critical", "x", {}, false}, f.recorder());
  });
  const int64_t begin = *f.store()->changes_upto();
  const Said reset = f.run([&] {
    return trust_reset({f.state.path(), "agent:desk", "", "settled", {}, false}, f.recorder());
  });
  CHECK(reset.status == kOk);
  CHECK(reset.says("800"));
  const auto& record = std::get<audit::TrustChange>(f.records.at(2));
  CHECK(record.from == 400);
  CHECK(record.to == 800);
  CHECK(record.cause == "reset");
  CHECK(f.store()->changes_since(begin)->subjects.size() == 1);
}

TEST_CASE("trust explain tells what cost and earned most, and replay whether the log agrees") {
  Fixture f;
  std::vector<TrustLine> log;
  const auto put = [&](uint64_t seq, trust::Event event) {
    log.push_back({seq, f.clock.wall_us(), "outcome", event.subject, event, false, std::nullopt});
  };
  const TrustLines lines = [&](const std::function<void(const TrustLine&)>& each) -> Result<void> {
    for (const TrustLine& line : log) each(line);
    return {};
  };
  const TrustOptions about{f.state.path(), "agent:desk", {}, false, true};
  CHECK(f.run([&] { return trust_explain(about, lines); }).status == kNo);

  put(3, {"agent:desk", trust::Dimension::kSecurityPosture, 20000, 0});
  log.push_back(
      {5, f.clock.wall_us(), "trust.change", "agent:desk", std::nullopt, true, std::nullopt});
  put(7, {"agent:desk", trust::Dimension::kSecurityPosture, 1000, 1000});
  put(9, {"agent:desk", trust::Dimension::kSecurityPosture, 8000, 0});
  put(9, {"server:files", trust::Dimension::kOutputQuality, 1000, 0});
  const Said explained = f.run([&] { return trust_explain(about, lines); });
  CHECK(explained.status == kOk);
  CHECK(is_json(explained.out));
  CHECK(explained.says("\"counted\":2"));
  CHECK(explained.out.find("\"seq\":9") < explained.out.find("\"seq\":7"));
  CHECK_FALSE(explained.says("\"seq\":3"));

  CHECK(f.run([&] { return trust_replay(about, lines); }).status == kNo);
  trust::Book book{trust::Options{}};
  for (const TrustLine& line : log) {
    if (line.event && line.seq > 5) book.apply(std::vector<trust::Event>{*line.event}, line.ts_us);
  }
  REQUIRE(f.store()->add(book.take_deltas(), {}));
  const Said agrees = f.run([&] { return trust_replay(about, lines); });
  CHECK(agrees.status == kOk);
  CHECK(agrees.says("\"agrees\":true"));
}

}  // namespace agentmesh::cli::tests
