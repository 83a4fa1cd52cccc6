// Entries that say in another way what they start: one list, `cmd`, a map in `command`, a line for the shell.

#include "tests/integrations/round_trip.h"

namespace agentmesh::integrations::tests {
namespace {

TEST_CASE(
    "a command that is one list with its arguments gets the run in front, and back to the byte") {
  struct Row {
    const char* flag;
    const char* before;
    const char* after;
  };
  const Row rows[] = {
      {"opencode", R"({"mcp":{"s":{"type":"local","command":["npx","-y","a"],"enabled":true}}})",
       R"({"mcp":{"s":{"type":"local","command":["/opt/agentmesh", "proxy", "--name", "s", "--", "npx","-y","a"],"enabled":true}}})"},
      {"opencode", R"({"mcp":{"s":{"command":["\u006epx"]}}})",
       R"({"mcp":{"s":{"command":["/opt/agentmesh", "proxy", "--name", "s", "--", "\u006epx"]}}})"},
      {"opencode",
       "{\"mcp\": {\"s\": {\"command\": [\n  // the server\n  \"npx\", // it\n  \"a\",\n]}}}",
       "{\"mcp\": {\"s\": {\"command\": [\n  // the server\n  \"/opt/agentmesh\",\n  \"proxy\",\n  \"--name\",\n  \"s\",\n"
       "  \"--\",\n  \"npx\", // it\n  \"a\",\n]}}}"},
      // From version 2 on.
      {"opencode", R"({"mcp":{"servers":{"s":{"type":"local","command":["npx"]}}}})",
       R"({"mcp":{"servers":{"s":{"type":"local","command":["/opt/agentmesh", "proxy", "--name", "s", "--", "npx"]}}}})"},
      // A server of that name.
      {"opencode", R"({"mcp":{"servers":{"type":"local","command":["npx"]}}})",
       R"({"mcp":{"servers":{"type":"local","command":["/opt/agentmesh", "proxy", "--name", "servers", "--", "npx"]}}})"},
      // Servers that are called as a member of a server is.
      {"opencode",
       R"({"mcp":{"servers":{"type":{"command":["npx"]},"command":{"command":["npx"]},"url":{"url":"https://x"},"enabled":true}}})",
       R"({"mcp":{"servers":{"type":{"command":["/opt/agentmesh", "proxy", "--name", "type", "--", "npx"]},"command":{"command":["/opt/agentmesh", "proxy", "--name", "command", "--", "npx"]},"url":{"url":"https://x"},"enabled":true}}})"},
      {"opencode", R"({"mcp":{"servers":{"servers":{"command":["npx"]}}}})",
       R"({"mcp":{"servers":{"servers":{"command":["/opt/agentmesh", "proxy", "--name", "servers", "--", "npx"]}}}})"},
      {"kilo", R"({"mcp":{"s":{"command":["npx"]}},"mcpServers":{"t":{"command":"npx"}}})",
       R"({"mcp":{"s":{"command":["/opt/agentmesh", "proxy", "--name", "s", "--", "npx"]}},"mcpServers":{"t":{"command":"/opt/agentmesh", "args": ["proxy", "--name", "t", "--", "npx"]}}})"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.before);
    CHECK(check_round_trip(client(row.flag), row.before) == row.after);
  }
}

TEST_CASE("settings beside the servers of opencode's version 2 are no servers") {
  for (const char* text : {R"({"mcp":{"servers":{"enabled":true}}})",
                           R"({"mcp":{"servers":{"enabled":true,"type":null,"list":[1]}}})"}) {
    CAPTURE(text);
    CHECK(wrapping(client("opencode"), text).outcomes.empty());
  }
}

TEST_CASE("options on a server in one list are replaced and added in place") {
  const std::string text =
      R"({"mcp":{"s":{"command":["/old/agentmesh", "proxy", "--name", "s", "--", "npx"],"environment":{"HOME":"/other"}}}})";
  const RunOptions run{"/opt/agentmesh", "strict", "", "", "/s", "/c"};
  const std::string after = edited(text, wrapping(client("opencode"), text, run).edits);
  CHECK(
      after ==
      R"({"mcp":{"s":{"command":["/opt/agentmesh", "proxy", "--name", "s", "--policy", "strict", "--state-dir", "/s", "--config", "/c", "--", "npx"],"environment":{"HOME":"/other"}}}})");
  CHECK(undone(client("opencode"), after, [](const Entry&) { return false; }) ==
        R"({"mcp":{"s":{"command":["npx"],"environment":{"HOME":"/other"}}}})");
}

TEST_CASE("what a person wrote into one list beside the run stays when it is taken out") {
  const auto none = [](const Entry&) { return false; };
  CHECK(
      undone(
          client("opencode"),
          "{\"mcp\":{\"s\":{\"command\":[\"agentmesh\", /* governed */ \"proxy\", \"--\", \"npx\", 1]}}}",
          none) == "{\"mcp\":{\"s\":{\"command\":[ /* governed */ \"npx\", 1]}}}");
}

TEST_CASE("one list that cannot be edited with certainty is left alone, and says which word") {
  struct Row {
    const char* text;
    Standing standing;
    const char* trouble;
  };
  const Row rows[] = {
      {R"({"mcp":{"s":{"command":["npx",1]}}})", Standing::kShape,
       "command[1] is no text that stands on one line, line 1"},
      {R"({"mcp":{"s":{"command":[]}}})", Standing::kShape, "command is no text, line 1"},
      {R"({"mcp":{"s":{"command":["npx"],"args":["a"]}}})", Standing::kShape,
       "command is no text, line 1"},
      {R"({"mcp":{"s":{"command":["agentmesh","proxy",1,"--","npx"]}}})", Standing::kStuck,
       "command[2] is no text that stands on one line, line 1"},
      {R"({"mcp":{"s":{"type":"remote","url":"https://x"}}})", Standing::kRemote, ""},
      {R"({"mcp":{"s":{"command":["env","agentmesh","proxy","--","npx"]}}})", Standing::kForeign,
       ""},
      {R"({"mcp":{"s":{"enabled":false}}})", Standing::kNotAServer, ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto document = read_document(row.text, client("opencode"), "opencode.json");
    REQUIRE(document);
    REQUIRE(document->entries.size() == 1);
    CHECK(document->entries[0].standing == row.standing);
    CHECK(document->entries[0].trouble == row.trouble);
    CHECK(wrapping(client("opencode"), row.text).edits.empty());
  }
}

TEST_CASE("Goose's extensions are wrapped as they are written, and come back to the byte") {
  struct Row {
    const char* before;
    const char* after;
  };
  const Row rows[] = {
      {"extensions:\n  developer:\n    type: builtin\n    enabled: true\n  s:\n    enabled: true\n    type: stdio\n"
       "    name: other\n    cmd: npx # it\n    args:\n    - -y\n    - a\n    envs: {}\n",
       "extensions:\n  developer:\n    type: builtin\n    enabled: true\n  s:\n    enabled: true\n    type: stdio\n"
       "    name: other\n    cmd: \"/opt/agentmesh\" # it\n    args:\n    - \"proxy\"\n    - \"--name\"\n    - \"s\"\n"
       "    - \"--\"\n    - npx\n    - -y\n    - a\n    envs: {}\n"},
      {"GOOSE_MODE: auto\nextensions:\n  s:\n    type: stdio\n    cmd: npx\n    args: []\n",
       "GOOSE_MODE: auto\nextensions:\n  s:\n    type: stdio\n    cmd: \"/opt/agentmesh\"\n"
       "    args: [\"proxy\", \"--name\", \"s\", \"--\", npx]\n"},
      {"extensions:\n  s: {type: stdio, cmd: npx}\n",
       "extensions:\n  s: {type: stdio, cmd: \"/opt/agentmesh\", args: [\"proxy\", \"--name\", \"s\", \"--\", npx]}\n"},
      {"extensions:\n  s:\n    cmd: npx\n    type: stdio\n",
       "extensions:\n  s:\n    cmd: \"/opt/agentmesh\"\n    args:\n      - \"proxy\"\n      - \"--name\"\n      - \"s\"\n"
       "      - \"--\"\n      - npx\n    type: stdio\n"},
  };
  for (const Row& row : rows) CHECK(check_round_trip(client("goose"), row.before) == row.after);

  struct Left {
    const char* text;
    Standing standing;
  };
  const Left left[] = {
      {"extensions:\n  s:\n    type: streamable_http\n    uri: https://x\n", Standing::kRemote},
      {"extensions:\n  s:\n    type: builtin\n", Standing::kNotAServer},
      {"x: &x {cmd: npx}\nextensions:\n  s: *x\n", Standing::kAlias},
      {"x: &x {s: {cmd: npx}}\nextensions:\n  <<: *x\n", Standing::kAlias},
      {"extensions:\n  s:\n    type: stdio\n    cmd: npx -y a\n", Standing::kCommandLine},
  };
  for (const Left& row : left) {
    CAPTURE(row.text);
    const auto document = read_document(row.text, client("goose"), "config.yaml");
    REQUIRE(document);
    REQUIRE(document->entries.size() == 1);
    CHECK(document->entries[0].standing == row.standing);
  }
  const auto refused = read_document("extensions: [a]\n", client("goose"), "config.yaml");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().what == "1:13: \"extensions\" is not a map");
}

TEST_CASE("Zed's older command, a map with path and args, is wrapped where it stands") {
  struct Row {
    const char* before;
    const char* after;
  };
  const Row rows[] = {
      {R"({"context_servers":{"s":{"command":{"path":"npx","args":["-y"],"env":{}},"settings":{}}}})",
       R"({"context_servers":{"s":{"command":{"path":"/opt/agentmesh","args":["proxy", "--name", "s", "--", "npx", "-y"],"env":{}},"settings":{}}}})"},
      {R"({"context_servers":{"s":{"command":{"path":"npx"}}}})",
       R"({"context_servers":{"s":{"command":{"path":"/opt/agentmesh", "args": ["proxy", "--name", "s", "--", "npx"]}}}})"},
      {R"({"context_servers":{"s":{"source":"custom","command":{"path":"npx"},"settings":{}}}})",
       R"({"context_servers":{"s":{"source":"custom","command":{"path":"/opt/agentmesh", "args": ["proxy", "--name", "s", "--", "npx"]},"settings":{}}}})"},
      {R"({"context_servers":{"s":{"command":{"args":null,"path":"npx"}}}})",
       R"({"context_servers":{"s":{"command":{"args":["\u0070roxy", "--name", "s", "--", "npx"],"path":"/opt/agentmesh"}}}})"},
  };
  for (const Row& row : rows) CHECK(check_round_trip(client("zed"), row.before) == row.after);
  const RunOptions placed{"/opt/agentmesh", "", "", "", "/s", "/c"};
  CHECK(check_round_trip(
            client("zed"),
            R"({"context_servers":{"s":{"command":{"path":"npx","env":{"HOME":"/other"}}}}})",
            placed)
            .find("--state-dir") != std::string::npos);
  // A formatter sorted the keys in between: a neighbour in the file is one only in the same map.
  for (
      const std::string sorted :
      {R"({"context_servers":{"s":{"source":"custom","command":{"args":["proxy","--","npx"],"path":"agentmesh"}}}})",
       R"({"context_servers":{"s":{"source":"custom","command":{"args":["proxy","--","npx"],"path":"agentmesh"},"z":1}}})"})
    CHECK(undone(client("zed"), sorted, [](const Entry&) { return true; }) ==
          replace_all(replace_all(sorted, R"("args":["proxy","--","npx"],)", ""), "agentmesh",
                      "npx"));
  // Zed would not give it these.
  struct Outer {
    const char* text;
    Standing standing;
  };
  const Outer outers[] = {
      {R"({"context_servers":{"s":{"command":{"path":"npx"},"args":["outer"]}}})",
       Standing::kShape},
      {R"({"context_servers":{"s":{"args":[],"command":{"path":"npx","args":["a"]}}}})",
       Standing::kShape},
      {R"({"context_servers":{"s":{"command":{"path":"/x/agentmesh"},"args":["proxy","--","npx"]}}})",
       Standing::kStuck},
      {R"({"context_servers":{"s":{"args":["o"],"command":{"path":"agentmesh","args":["proxy","--","npx"]}}}})",
       Standing::kOurs},
  };
  for (const Outer& row : outers) {
    CAPTURE(row.text);
    const auto document = read_document(row.text, client("zed"), "settings.json");
    REQUIRE(document);
    CHECK(document->entries[0].standing == row.standing);
    if (row.standing != Standing::kOurs)
      CHECK(document->entries[0].trouble ==
            "args stands beside the map that command is, not in it, line 1");
  }
  // What else it may be is of no shape that is known.
  const auto other = read_document(R"({"context_servers":{"s":{"command":{"run":"npx"}}}})",
                                   client("zed"), "settings.json");
  REQUIRE(other);
  CHECK(other->entries[0].standing == Standing::kShape);
}

TEST_CASE("a server that is a line of Gemini CLI's settings is seen, and said where to write it") {
  struct Row {
    const char* text;
    Standing standing;
  };
  const Row rows[] = {
      {"{\"mcp\": {\n\"serverCommand\": \"node server.js\"}}", Standing::kCommandLine},
      {"{\n\"mcpServerCommand\": \"server\"}", Standing::kCommandLine},
      {"{\"mcp\": {\n\"serverCommand\": \"agentmesh proxy -- node server.js\"}}",
       Standing::kForeign},
  };
  for (const char* flag : {"gemini", "qwen"})
    for (const Row& row : rows) {
      CAPTURE(flag, row.text);
      const auto document = read_document(row.text, client(flag), "settings.json");
      REQUIRE(document);
      REQUIRE(document->entries.size() == 1);
      CHECK(document->entries[0].standing == row.standing);
      CHECK(document->entries[0].line == 2);
      if (row.standing == Standing::kCommandLine)
        CHECK(
            meaning_of(document->entries[0]) ==
            "a whole command line: write its server under mcpServers, and take it out here, line 2");
      CHECK(wrapping(client(flag), row.text).edits.empty());
      CHECK(undone(client(flag), row.text, [](const Entry&) { return true; }) == row.text);
    }
  CHECK(wrapping(client("gemini"), R"({"mcp":{"serverCommand":""}})").outcomes.empty());
}

}  // namespace
}  // namespace agentmesh::integrations::tests
