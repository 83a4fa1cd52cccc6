#include <optional>
#include <string>

#include "base/files.h"
#include "cli/env_file.h"
#include "cli/trial.h"
#include "tests/catch.h"
#include "tests/temp_directory.h"

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
      {"opencode", "/f", "{env:A}-{env:NOPE}-{a}-$A-{env:A$", "1--{a}-$A-{env:A$", ""},
      {"kilo", "/f", "x${env:A}", "x1", ""},
      {"opencode", "/f", "a{file:~/key}", nullptr, "{file:~/key}"},
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
  const TrialPlan plan = plan_trial(*document, document->entries[0], "/f", environment);
  REQUIRE(plan.trial);
  CHECK(plan.trial->command == std::vector<std::string>{"/opt/agentmesh", "proxy", "--name", "n",
                                                        "--policy=strict", "--", "npx",
                                                        "--state-dir", "1"});
  CHECK(plan.trial->variables == std::vector<std::pair<std::string, std::string>>{{"T", "1"}});
  CHECK(plan.trial->directory == "/w");
  CHECK(plan.trial->policy == "strict");
  CHECK(plan.trial->name == "n");
  const char* const why_not[] = {
      "only the client can fill in ${input:k}", "it is switched off",
      "its envFile is a relative path, and only the client knows its folder"};
  for (size_t i = 0; i < 3; ++i) {
    const TrialPlan none = plan_trial(*document, document->entries[i + 1], "/f", environment);
    CHECK_FALSE(none.trial);
    CHECK(none.why_not == why_not[i]);
  }
}

TEST_CASE("what its client starts on another machine is not tried on this one") {
  struct Row {
    const char* flag;
    const char* file;
    const char* text;
    bool here = false;
  };
  const Row rows[] = {
      {"vscode", "/p/.devcontainer/devcontainer.json",
       R"({"customizations":{"vscode":{"mcp":{"servers":{"a":{"command":"x"}}}}}})"},
      {"vscode", "/p/.vscode/mcp.json", R"({"servers":{"a":{"command":"x"}}})", true},
      {"zed", "/z/settings.json", R"({"context_servers":{"a":{"command":"x","remote":true}}})"},
      {"zed", "/z/settings.json", R"({"context_servers":{"a":{"command":"x"}}})", true},
      {"codex", "/c/config.toml",
       "[mcp_servers.a]\ncommand = \"x\"\nexperimental_environment = \"remote\"\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto document =
        integrations::read_document(row.text, *integrations::find_client(row.flag), row.file);
    REQUIRE(document);
    const TrialPlan plan = plan_trial(*document, document->entries[0], row.file, environment);
    CHECK(plan.trial.has_value() == row.here);
    CHECK(plan.elsewhere != row.here);
    CHECK(plan.why_not == (row.here ? "" : "it runs on another machine"));
  }
}

TEST_CASE("an env file is read as editors read it") {
  using Variables = std::vector<std::pair<std::string, std::string>>;
  struct Case {
    const char* text;
    Variables variables;
  };
  const Case cases[] = {
      {"", {}},
      {"\xEF\xBB\xBF# c\n\nA=1\r\nB = two words \r\n", {{"A", "1"}, {"B", "two words"}}},
      {"export A=1\nA=2", {{"A", "1"}, {"A", "2"}}},
      {"A=x # y\nB=x#y\nC=# y\nD=", {{"A", "x"}, {"B", "x#y"}, {"C", ""}, {"D", ""}}},
      {"A='x # \\n' # c\nB=\"x\\n\\\"\\\\\\$\\q\" c\nC=1",
       {{"A", "x # \\n"}, {"B", "x\n\"\\$\\q"}, {"C", "1"}}},
      {"A=\"two\nlines\"\nB=1", {{"A", "two\nlines"}, {"B", "1"}}},
      {"A=\"open\nB='also\nC=1", {{"A", "\"open"}, {"B", "'also"}, {"C", "1"}}},
      {"no line\n1 2=3\n=4\nA.b-c=5\nA=b=c", {{"A.b-c", "5"}, {"A", "b=c"}}},
      {"A=\"\"", {{"A", ""}}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(env_file_variables(c.text) == c.variables);
  }
  // Cut anywhere, it is read without harm.
  const std::string whole = "export A=\"x\\n\" # c\r\nB='y\nz'\n\tC = 1 # d";
  for (size_t at = 0; at <= whole.size(); ++at)
    CHECK(env_file_variables(std::string_view(whole).substr(0, at)).size() <= 3);
}

TEST_CASE("a trial has the variables of the entry's env file, and the entry's own count more") {
  const tests::TempDirectory project;
  REQUIRE(make_directories(project / ".vscode"));
  REQUIRE(replace_file(project / "my.env", "A=file\nTOKEN=hush\n"));
  const std::string file = project / ".vscode/mcp.json";
  const integrations::Client& vscode = *integrations::find_client("vscode");
  const auto plan_of = [&](const std::string& env_file) {
    const std::string text =
        R"({"servers":{"a":{"command":"x","envFile":")" + env_file + R"(","env":{"A":"own"}}}})";
    const auto document = integrations::read_document(text, vscode, file);
    REQUIRE(document);
    return plan_trial(*document, document->entries[0], file, environment);
  };
  for (const char* named : {"${workspaceFolder}/my.env", "my.env"}) {
    const TrialPlan plan = plan_of(named);
    REQUIRE(plan.trial);
    CHECK(plan.trial->variables == std::vector<std::pair<std::string, std::string>>{
                                       {"A", "file"}, {"TOKEN", "hush"}, {"A", "own"}});
  }
  CHECK(plan_of("none.env").why_not.find("its envFile cannot be read: ") == 0);
  CHECK_FALSE(plan_of("none.env").trial);
}

}  // namespace
}  // namespace agentmesh::cli
