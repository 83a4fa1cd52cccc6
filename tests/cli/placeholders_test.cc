#include <optional>
#include <string>

#include "base/files.h"
#include "cli/trial.h"
#include "tests/catch.h"

namespace agentmesh::cli {
namespace {

std::optional<std::string> environment(const char* name) {
  if (std::string_view(name) == "A") return "1";
  return std::nullopt;
}

TEST_CASE("placeholders are filled in as their client does, and what only it knows is named") {
  struct Case {
    const char* client;
    const char* file;
    const char* text;
    const char* filled;  // nullptr: cannot be
    const char* unknown;
  };
  const std::string home = home_directory();
  const std::string in_home = home + "/x";
  const std::string users = home + "/.cursor/mcp.json";
  const Case cases[] = {
      {"claude", "/f", "${env:A} $A ${A}", "${env:A} $A ${A}", ""},
      {"claude-code", "/f", "${A}/x${NOPE:-d}", "1/xd", ""},
      {"claude-code", "/f", "a${NOPE}", nullptr, "${NOPE}"},
      {"cursor", "/p/.cursor/mcp.json", "${env:A}${/}${workspaceFolder}", "1//p", ""},
      {"vscode", "/p/q/.vscode/mcp.json", "${workspaceFolderBasename}", "q", ""},
      {"cursor", users.c_str(), "${workspaceFolder}", nullptr, "${workspaceFolder}"},
      {"cursor", "/f", "${userHome}/x", in_home.c_str(), ""},
      {"vscode", "/p/.vscode/mcp.json", "--key=${input:key}", nullptr, "${input:key}"},
      {"vscode", "/p/.vscode/mcp.json", "${env:NOPE}", nullptr, "${env:NOPE}"},
      {"windsurf", "/f", "${file:/etc/key}", nullptr, "${file:/etc/key}"},
      {"gemini", "/f", "$A-${A}-$NOPE-${NOPE}-$", "1-1-$NOPE-${NOPE}-$", ""},
      {"continue", "/f", "$x ${y} $", "$x ${y} $", ""},
      {"continue", "/f", "${y} ${{ secrets.K }}", nullptr, "${{ secrets.K }}"},
      {"codex", "/f", "${A}", "${A}", ""},
      {"cursor", "/f", "${env:A", "${env:A", ""},
      {"cursor", "/f", "", "", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.client, c.text);
    std::string unknown;
    const auto filled =
        filled_in(*integrations::find_client(c.client), c.text, c.file, environment, unknown);
    CHECK(filled.has_value() == (c.filled != nullptr));
    CHECK(filled.value_or("") == (c.filled != nullptr ? c.filled : ""));
    CHECK(unknown == c.unknown);
  }
}

TEST_CASE(
    "a trial takes the entry's own options but those that it sets itself, and none where a value is missing") {
  const std::string text =
      R"({"mcpServers":{"a":{"command":"/opt/agentmesh","args":["proxy","--name","n","--state-dir","/s","--policy=strict",)"
      R"("--mode","enforce","--","npx","--state-dir","${env:A}"],"env":{"T":"${env:A}"},"cwd":"/w"},)"
      R"("b":{"command":"x","args":["${input:k}"]},"c":{"command":"x","disabled":true},"d":{"command":"x","envFile":".env"}}})";
  const integrations::Client& cursor = *integrations::find_client("cursor");
  const auto document = integrations::read_document(text, cursor, "/f");
  REQUIRE(document);
  REQUIRE(document->entries.size() == 4);
  const TrialPlan plan = plan_trial(cursor, document->entries[0], "/f", environment);
  REQUIRE(plan.trial);
  CHECK(plan.trial->command == std::vector<std::string>{"/opt/agentmesh", "proxy", "--name", "n",
                                                        "--policy=strict", "--", "npx",
                                                        "--state-dir", "1"});
  CHECK(plan.trial->variables == std::vector<std::pair<std::string, std::string>>{{"T", "1"}});
  CHECK(plan.trial->directory == "/w");
  CHECK(plan.trial->policy == "strict");
  CHECK(plan.trial->name == "n");
  const char* const why_not[] = {"only the client can fill in ${input:k}", "it is switched off",
                                 "its envFile is read by the client"};
  for (size_t i = 0; i < 3; ++i) {
    const TrialPlan none = plan_trial(cursor, document->entries[i + 1], "/f", environment);
    CHECK_FALSE(none.trial);
    CHECK(none.why_not == why_not[i]);
  }
}

}  // namespace
}  // namespace agentmesh::cli
