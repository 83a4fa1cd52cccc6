// Taking out what is not as we wrote it any more, in every syntax.

#include "tests/integrations/round_trip.h"

namespace agentmesh::integrations::tests {
namespace {

TEST_CASE("what a person wrote beside our run does not keep it from being undone") {
  struct Row {
    const char* flag;
    const char* text;
    const char* undone;
  };
  const Row rows[] = {
      {"claude",
       R"({"mcpServers":{"s":{"command":"/x/agentmesh","args":["proxy","--","npx","-y",8080,{"a":[1]}]}}})",
       R"({"mcpServers":{"s":{"command":"npx","args":["-y",8080,{"a":[1]}]}}})"},
      {"claude",
       R"({"mcpServers":{"s":{"command":"/x/agentmesh","args":["proxy","--","npx",null]}}})",
       R"({"mcpServers":{"s":{"command":"npx","args":[null]}}})"},
      {"codex",
       "[mcp_servers.s]\ncommand = '/x/agentmesh'\nargs = ['proxy', '--', 'npx', 8080, '''x''']\n",
       "[mcp_servers.s]\ncommand = 'npx'\nargs = [8080, '''x''']\n"},
      {"continue",
       "mcpServers:\n  - command: /x/agentmesh\n    args: [proxy, --, npx, 8080]\n    env: &e {A: b}\n",
       "mcpServers:\n  - command: npx\n    args: [8080]\n    env: &e {A: b}\n"},
      {"continue",
       "x: &t y\nmcpServers:\n  - &s\n    command: /x/agentmesh\n    args:\n      - proxy\n      - --\n      - npx\n"
       "      - |-\n        a\n      - \"b\n        c\"\n      - *t\n",
       "x: &t y\nmcpServers:\n  - &s\n    command: npx\n    args:\n"
       "      - |-\n        a\n      - \"b\n        c\"\n      - *t\n"},
      {"continue",
       "mcpServers:\n  - command: /x/agentmesh\n    args: [proxy, --, npx, \"a\n      b\", c]\n",
       "mcpServers:\n  - command: npx\n    args: [\"a\n      b\", c]\n"},
  };
  for (const Row& row : rows)
    CHECK(undone(client(row.flag), row.text, [](const Entry&) { return true; }) == row.undone);
}

TEST_CASE("what runs agentmesh and cannot be edited is never taken for something else") {
  struct Row {
    const char* flag;
    const char* text;
    const char* trouble;
  };
  const Row rows[] = {
      {"claude",
       "{\"mcpServers\":{\"s\":{\"command\":\"/x/agentmesh\",\n\"args\":[\"proxy\",\n1,\"--\",\"npx\"]}}}",
       "args[1] is no text that stands on one line, line 3"},
      {"claude", R"({"mcpServers":{"s":{"command":"/x/agentmesh","args":"proxy -- npx"}}})",
       "args is no list, line 1"},
      {"claude",
       R"({"mcpServers":{"s":{"command":"/x/agentmesh","args":["proxy","--","npx"],"command":"npx"}}})",
       "`command` or `args` twice in one entry, line 1"},
      {"codex", "[mcp_servers.s]\ncommand = '/x/agentmesh'\nargs = ['proxy', '--', 8080]\n",
       "args[2] is no text that stands on one line, line 3"},
      // A list in `command`, where its client takes none, beside an args that it does not read, or twice.
      {"kiro", R"({"mcpServers":{"s":{"command":["/x/agentmesh","proxy","--","x"]}}})",
       "command is no text, line 1"},
      {"kiro", R"({"mcpServers":{"s":{"command":["/x/agentmesh"],"args":["proxy","--","x"]}}})",
       "command is no text, line 1"},
      {"kiro",
       R"({"mcpServers":{"s":{"command":["env","A=b","/x/agentmesh","proxy","--","x"],"args":1}}})",
       "command is no text, line 1"},
      {"opencode",
       R"({"mcp":{"s":{"type":"local","args":["q"],"command":["/x/agentmesh","proxy","--name","a","--","x"]}}})",
       "command is no text, line 1"},
      {"opencode",
       R"({"mcp":{"s":{"command":["npx"],"command":["/x/agentmesh","proxy","--","x"]}}})",
       "`command` or `args` twice in one entry, line 1"},
      {"codex", "[mcp_servers.s]\ncommand = ['/x/agentmesh', 'proxy', '--', 'x']\n",
       "command is no text, line 2"},
      {"continue", "mcpServers:\n  - command: [/x/agentmesh, proxy, --, x]\n",
       "command is no text, line 2"},
      {"goose", "extensions:\n  s:\n    cmd: [/x/agentmesh, proxy, --, x]\n",
       "command is no text, line 3"},
      {"claude", R"({"mcpServers":{"s":{"command":"agentmesh proxy -- npx -y a"}}})",
       "command holds a whole command line, line 1"},
      {"claude", R"({"mcpServers":{"s":{"command":"agentmesh proxy npx -y a"}}})",
       "command holds a whole command line, line 1"},
      {"claude", R"({"mcpServers":{"s":{"command":"/x/agentmesh proxy","args":["--","x"]}}})",
       "command holds a whole command line, line 1"},
      {"claude", R"({"mcpServers":{"s":{"command":"npx agentmesh","args":["proxy","--","x"]}}})",
       "command holds a whole command line, line 1"},
      {"claude", R"({"mcpServers":{"s":{"command":"agentmesh ","args":["proxy","--","x"]}}})",
       "command holds a whole command line, line 1"},
      {"claude", R"({"mcpServers":{"s":{"command":"agentmesh","args":["--name",1,"--","x"]}}})",
       "args[1] is no text that stands on one line, line 1"},
      {"continue",
       "mcpServers:\n  - command: /x/agentmesh\n    args:\n      - proxy\n      - --name\n      - |-\n        s\n"
       "      - --\n      - npx\n",
       "args[2] is no text that stands on one line, line 6"},
      {"continue", "x: &x [proxy, --, npx]\nmcpServers:\n  - command: /x/agentmesh\n    args: *x\n",
       "args is no list, line 4"},
      {"continue", "mcpServers:\n  - command: &c /x/agentmesh\n    args: [proxy, --, npx]\n",
       "command is written over several lines, or in a way of its own, line 2"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto document = read_document(row.text, client(row.flag), "f");
    REQUIRE(document);
    REQUIRE(document->entries.size() == 1);
    CHECK(document->entries[0].standing == Standing::kStuck);
    CHECK(document->entries[0].trouble == row.trouble);
    const auto plan = unwrap(*document, {}, [](const Entry&) { return true; });
    REQUIRE(plan);
    CHECK(plan->edits.empty());
    CHECK(plan->outcomes[0].action == Action::kStuck);
    CHECK(wrapping(client(row.flag), row.text).edits.empty());
  }
}

TEST_CASE("what is bent is neither wrapped again nor taken for something else, in every syntax") {
  struct Row {
    const char* flag;
    const char* text;
    const char* trouble;
  };
  constexpr const char* kNoDashes = "no -- stands in front of the server's command, line ";
  const Row rows[] = {
      {"claude",
       "{\"mcpServers\":{\"s\":{\"command\":\"/x/agentmesh\",\n"
       "\"args\":[\"proxy\",\"--name\",\"s\",\"npx\"]}}}",
       "2"},
      {"claude", R"({"mcpServers":{"s":{"command":"agentm\u0065sh","args":["pr\u006fxy","npx"]}}})",
       "1"},
      {"claude",
       R"({"mcpServers":{"s":{"command":"agentmesh","args":["proxy"],"url":"https://x"}}})", "1"},
      {"claude-code",
       R"({"projects":{"/p":{"mcpServers":{"s":{"command":"agentmesh","args":["proxy","x"]}}}}})",
       "1"},
      {"vscode", "{\"servers\":{\"s\":{\"command\":\"agentmesh\",\"args\":[\"proxy\",\"x\"],},}}",
       "1"},
      {"zed", R"({"context_servers":{"s":{"command":{"path":"agentmesh","args":["proxy","x"]}}}})",
       "1"},
      {"opencode", R"({"mcp":{"s":{"type":"local","command":["agentmesh","proxy","x"]}}})", "1"},
      {"codex", "[mcp_servers.s]\ncommand = '/x/agentmesh'\nargs = ['proxy', 'npx']\n", "3"},
      {"continue",
       "mcpServers:\n  - name: s\n    command: agentmesh\n    args:\n      - proxy\n      - npx\n",
       "4"},
      {"goose", "extensions:\n  s:\n    cmd: agentmesh\n    args: [proxy, npx]\n", "4"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto document = read_document(row.text, client(row.flag), "f");
    REQUIRE(document);
    REQUIRE(document->entries.size() == 1);
    CHECK(document->entries[0].standing == Standing::kBent);
    CHECK(document->entries[0].trouble == std::string(kNoDashes) + row.trouble);
    const auto plan = unwrap(*document, {}, [](const Entry&) { return true; });
    REQUIRE(plan);
    CHECK(plan->edits.empty());
    CHECK(plan->outcomes[0].action == Action::kStuck);
    const Plan again = wrapping(client(row.flag), row.text);
    CHECK(again.edits.empty());
    CHECK(again.outcomes[0].action == Action::kSkipped);
    CHECK(holds_ours(client(row.flag), row.text, "f").value_or(false));
  }
}

TEST_CASE("a list in command that only mentions agentmesh is of no known shape") {
  for (const char* text :
       {R"({"mcpServers":{"s":{"command":["npx","a-server","agentmesh","proxy","--","x"]}}})",
        R"({"mcpServers":{"s":{"command":["/x/agentmesh","doctor"]}}})",
        R"({"mcpServers":{"s":{"command":[]}}})",
        R"({"mcpServers":{"s":{"command":[1],"args":["proxy"]}}})"}) {
    CAPTURE(text);
    const auto document = read_document(text, client("kiro"), "f");
    REQUIRE(document);
    CHECK(document->entries[0].standing == Standing::kShape);
  }
}

TEST_CASE("undo takes away a run that was laid out anew, in every syntax") {
  struct Row {
    const char* flag;
    const char* before;
    const char* after;
    bool added;
  };
  const Row rows[] = {
      {"codex",
       "[mcp_servers.s]\ncommand = 'agentmesh'\nargs = [\n 'proxy', # governed\n '--', 'npx',\n 'x' ]\n",
       "[mcp_servers.s]\ncommand = 'npx'\nargs = [\n  # governed\n 'x' ]\n", false},
      {"codex", "[mcp_servers.s]\nargs = ['proxy', '--', 'npx'] # mine\ncommand = 'agentmesh'\n",
       "[mcp_servers.s]\nargs = [] # mine\ncommand = 'npx'\n", true},
      {"codex", "[mcp_servers.s]\nargs = ['proxy', '--', 'npx']\ncommand = 'agentmesh'\n",
       "[mcp_servers.s]\ncommand = 'npx'\n", true},
      {"codex",
       "mcp_servers = { s.command = 'agentmesh', t.url = 'u', s.args = ['proxy', '--', 'npx'] }\n",
       "mcp_servers = { s.command = 'npx', t.url = 'u', s.args = [] }\n", true},
      {"continue",
       "mcpServers:\n- command: agentmesh\n  args:\n  - proxy # governed\n  # two\n  - --\n  - npx\n  - x\n",
       "mcpServers:\n- command: npx\n  args:\n  # governed\n  # two\n  - x\n", false},
      {"continue", "mcpServers:\n- command: agentmesh\n  args:\n  - proxy\n  - --\n  - npx\n",
       "mcpServers:\n- command: npx\n  args: []\n", false},
      {"continue", "mcpServers:\n- args:\n  - proxy\n  - --\n  - npx\n  command: agentmesh\n",
       "mcpServers:\n- args: []\n  command: npx\n", true},
      {"continue", "mcpServers:\n- {command: agentmesh, args: [proxy, --, npx, x]}\n",
       "mcpServers:\n- {command: npx, args: [x]}\n", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.before);
    CHECK(undone(client(row.flag), row.before, [&](const Entry&) { return row.added; }) ==
          row.after);
  }
}

}  // namespace
}  // namespace agentmesh::integrations::tests
