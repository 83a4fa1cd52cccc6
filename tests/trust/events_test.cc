#include "trust/events.h"

#include <algorithm>
#include <set>

#include "tests/catch.h"
#include "trust/score.h"

namespace agentmesh::trust {

namespace {

int total_of(const std::vector<Event>& events, std::string_view subject) {
  Sums sums;
  for (const Event& event : events) {
    if (event.subject == subject) sums.add(event, 1, {});
  }
  return score_of(sums, 1, {}).total;
}

bool names(const std::vector<Event>& events, std::string_view subject) {
  return std::any_of(events.begin(), events.end(),
                     [&](const Event& e) { return e.subject == subject; });
}

}  // namespace

TEST_CASE("whatever happened, it leaves evidence, and only in known words") {
  for (size_t i = 0; i < kHappened; ++i) {
    CAPTURE(i);
    const auto events = Evidence("a", "s", "t").add(static_cast<Happened>(i)).take();
    REQUIRE_FALSE(events.empty());
    for (const Event& event : events) {
      CHECK((event.subject == "agent:a" || event.subject == "server:s" ||
             event.subject == "tool:s/t"));
      CHECK(event.weight > 0);
      CHECK((event.value == 0 || event.value == 1000));
      CHECK(dimension_of(to_string(event.dimension)) == event.dimension);
    }
  }
}

TEST_CASE(
    "what the agent chose counts for the agent alone, what the server did for server and tool") {
  for (const Happened what : {Happened::kDenied, Happened::kLimitHit, Happened::kDeclined,
                              Happened::kCancelled, Happened::kBurst, Happened::kMalformed}) {
    const auto events = Evidence("a", "s", "t").add(what).take();
    CHECK(names(events, "agent:a"));
    CHECK_FALSE(names(events, "server:s"));
    CHECK_FALSE(names(events, "tool:s/t"));
  }
  for (const Happened what :
       {Happened::kToolError, Happened::kInternalError, Happened::kTimeout, Happened::kHung,
        Happened::kChangedDefinition, Happened::kPoisonedDefinition}) {
    const auto events = Evidence("a", "s", "t").add(what).take();
    CHECK_FALSE(names(events, "agent:a"));
    CHECK(names(events, "server:s"));
    CHECK(names(events, "tool:s/t"));
  }
  CHECK_FALSE(names(Evidence("a", "s", "t").add(Happened::kCrash).take(), "tool:s/t"));
}

TEST_CASE("who has no name gets no events") {
  CHECK(Evidence("", "", "t")
            .add(Happened::kCleanCall)
            .finding({Severity::kHigh}, Side::kServer)
            .take()
            .empty());
  const auto events = Evidence("", "s", "").add(Happened::kToolError).take();
  REQUIRE(events.size() == 1);
  CHECK(events[0].subject == "server:s");
}

TEST_CASE("a finding weighs by its severity: 1, 3, 8, 20") {
  const std::pair<const char*, int32_t> rows[] = {
      {"low", 1000}, {"medium", 3000}, {"high", 8000}, {"critical", 20000}};
  for (const auto& [name, weight] : rows) {
    CAPTURE(name);
    const auto severity = severity_of(name);
    REQUIRE(severity);
    CHECK(to_string(*severity) == name);
    const auto events = Evidence("a", "s", "t").finding({*severity}, Side::kAgent).take();
    REQUIRE(events.size() == 1);
    CHECK(events[0] == Event{"agent:a", Dimension::kSecurityPosture, weight, 0});
  }
  CHECK_FALSE(severity_of("Critical"));
}

TEST_CASE("a good call raises everybody in every dimension") {
  const auto events = events_of(CallStory{}, "a", "s", "t");
  for (const char* subject : {"agent:a", "server:s", "tool:s/t"}) {
    CAPTURE(subject);
    std::set<Dimension> raised;
    for (const Event& event : events) {
      CHECK(event.value == 1000);
      if (event.subject == subject) raised.insert(event.dimension);
    }
    CHECK(raised.size() == kDimensions);
    CHECK(total_of(events, subject) > 800);
  }
}

TEST_CASE("a repetition that earns nothing leaves no events") {
  CallStory story;
  story.weight = 0;
  CHECK(events_of(story, "a", "s", "t").empty());
}

TEST_CASE("a tool's own error costs the tool quality and leaves its manners alone") {
  CallStory story;
  story.tool_error = true;
  for (const Event& event : events_of(story, "a", "s", "t")) {
    if (event.subject == "agent:a") CHECK(event.value == 1000);
    if (event.subject == "tool:s/t")
      CHECK((event.value == 0) == (event.dimension == Dimension::kOutputQuality));
  }
}

TEST_CASE("a cancelled call is the agent's doing: the server owes no answer and earns none") {
  CallStory story;
  story.cancelled = true;
  int agents = 0, others = 0;
  for (const Event& event : events_of(story, "a", "s", "t")) {
    ++(event.subject == "agent:a" ? agents : others);
    if (event.subject == "agent:a") continue;
    CHECK(event.dimension == Dimension::kPolicyCompliance);
    CHECK(event.value == 1000);
  }
  CHECK(agents > 0);
  CHECK(others == 2);  // server and tool: the question was clean
}

TEST_CASE("a poisoned result costs the server far more than one good call returns") {
  CallStory story;
  story.result_findings = {{Severity::kCritical}};
  const auto events = events_of(story, "a", "s", "t");
  CHECK(total_of(events, "server:s") < 420);
  CHECK(total_of(events, "agent:a") > 800);
}

TEST_CASE("a lost or timed out call earns the server nothing good but the agent's clean question") {
  for (const bool lost : {true, false}) {
    CallStory story;
    story.lost = lost;
    story.timed_out = !lost;
    int bad = 0;
    for (const Event& event : events_of(story, "a", "s", "t")) {
      if (event.subject == "agent:a" || event.dimension == Dimension::kPolicyCompliance) continue;
      CHECK(event.value == 0);
      ++bad;
    }
    CHECK(bad == 2);  // the server's and the tool's
  }
}

}  // namespace agentmesh::trust
