// A server's name as an argument of its proxy.

#include "tests/integrations/round_trip.h"

namespace agentmesh::integrations::tests {
namespace {

TEST_CASE("a name that is longer than an argument can be is left alone, with its reason") {
  const auto plan_of = [](const std::string& name) {
    return wrapping(client("claude"), "{\"mcpServers\":{\"" + name + "\":{\"command\":\"npx\"}}}");
  };
  const size_t most = 128 * 1024 - 1;  // execve(2): MAX_ARG_STRLEN, its end counted
  CHECK_FALSE(plan_of(std::string(most, 'n')).edits.empty());
  CHECK_FALSE(plan_of("-" + std::string(most - 8, 'n')).edits.empty());  // --name=-n…
  for (const std::string& name : {std::string(most + 1, 'n'), "-" + std::string(most - 7, 'n')}) {
    const Plan plan = plan_of(name);
    CHECK(plan.edits.empty());
    REQUIRE(plan.outcomes.size() == 1);
    CHECK(plan.outcomes[0].action == Action::kSkipped);
    CHECK(
        plan.outcomes[0].why ==
        "long-name (its name must be an argument of its proxy, and no argument can be that long)");
  }
}

}  // namespace
}  // namespace agentmesh::integrations::tests
