// A server's name as an argument of its proxy.

#include "tests/integrations/round_trip.h"

namespace agentmesh::integrations::tests {
namespace {

TEST_CASE(
    "a name's argument holds nothing that a client fills in there, and nothing that cannot be one") {
  const auto name_in = [](const char* flag, const std::string& key) {
    const std::string servers = std::string(flag) == "vscode" ? "servers" : "mcpServers";
    const std::string text = "{\"" + servers + "\":{\"" + key + "\":{\"command\":\"npx\"}}}";
    const auto document = read_document(text, *find_client(flag), "mcp.json");
    REQUIRE(document);
    const auto plan = wrap(*document, {}, kRun);
    REQUIRE(plan);
    const std::string after = edited(text, plan->edits);
    const auto again = read_document(after, *find_client(flag), "mcp.json");
    REQUIRE(again);
    CHECK(again->entries[0].name == document->entries[0].name);
    const auto& words = again->entries[0].words();
    return words[1] == "--name" ? words[2] : words[1];
  };
  CHECK(name_in("cursor", "my ${env:X} $Y") == "my env:X} Y");
  CHECK(name_in("vscode", "{{a}}") == "a}}");
  CHECK(name_in("gemini", "$X") == "X");
  CHECK(name_in("claude-code", "${") == "--");
  // These fill in nothing.
  CHECK(name_in("claude", "my ${X}") == "my ${X}");
  CHECK(name_in("claude", "a\\u0000b") == "ab");
  CHECK(name_in("junie", "\\u0000") == "--");
}

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
