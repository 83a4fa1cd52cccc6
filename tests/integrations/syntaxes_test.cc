// What each syntax holds and how it is wrapped: tables, lists and braces as they are written, and what is left alone.

#include <map>

#include "tests/integrations/round_trip.h"

namespace agentmesh::integrations::tests {
namespace {

struct Case {
  const char* before;
  const char* after;
};

TEST_CASE("TOML: tables, dotted keys and inline tables are wrapped as they are written") {
  const Case cases[] = {
      {"[mcp_servers.s]\ncommand = \"npx\"\nargs = [\"-y\", \"x\"]\n",
       "[mcp_servers.s]\ncommand = \"/opt/agentmesh\"\nargs = [\"proxy\", \"--name\", \"s\", \"--\", \"npx\", \"-y\", \"x\"]\n"},
      {"[mcp_servers.s]\ncommand = 'np\\x' # why\nargs = []\n",
       "[mcp_servers.s]\ncommand = \"/opt/agentmesh\" # why\nargs = [\"proxy\", \"--name\", \"s\", \"--\", 'np\\x']\n"},
      {"[mcp_servers.s]\n  command = \"npx\" # why\n  env = {A=\"b\"}\n",
       "[mcp_servers.s]\n  command = \"/opt/agentmesh\" # why\n  args = [\"proxy\", \"--name\", \"s\", \"--\", \"npx\"]\n  env = {A=\"b\"}\n"},
      {"[mcp_servers.s]\r\ncommand = \"npx\"",
       "[mcp_servers.s]\r\ncommand = \"/opt/agentmesh\"\r\nargs = [\"proxy\", \"--name\", \"s\", \"--\", \"npx\"]"},
      {"[mcp_servers]\ns = { command = \"npx\", enabled = false }\n",
       "[mcp_servers]\ns = { command = \"/opt/agentmesh\", args = [\"proxy\", \"--name\", \"s\", \"--\", \"npx\"], enabled = false }\n"},
      {"mcp_servers.\"a b\".command = \"npx\"\n",
       "mcp_servers.\"a b\".command = \"/opt/agentmesh\"\nmcp_servers.\"a b\".args = [\"proxy\", \"--name\", \"a b\", \"--\", \"npx\"]\n"},
      {"[mcp_servers.s]\nargs = [\n  # first\n  \"-y\", # yes\n  'x',\n]\ncommand = \"\"\"npx\"\"\"\n",
       "[mcp_servers.s]\nargs = [\n  # first\n  \"proxy\",\n  \"--name\",\n  \"s\",\n  \"--\",\n  \"\"\"npx\"\"\",\n  \"-y\", # yes\n  'x',\n]\n"
       "command = \"/opt/agentmesh\"\n"},
      {"mcp_servers = { s = { command = \"npx\" } }\n",
       "mcp_servers = { s = { command = \"/opt/agentmesh\", args = [\"proxy\", \"--name\", \"s\", \"--\", \"npx\"] } }\n"},
      {"mcp_servers = { 'a b' . command = \"npx\", t.url = 'u' }\n",
       "mcp_servers = { 'a b' . command = \"/opt/agentmesh\", 'a b' . args = [\"proxy\", \"--name\", \"a b\", \"--\", \"npx\"], t.url = 'u' }\n"},
      {"mcp_servers = { s.env.K = 'v', t.command = 't', s.args = ['-y'], s.command = 'npx', t.args = []}\n",
       "mcp_servers = { s.env.K = 'v', t.command = \"/opt/agentmesh\", s.args = [\"proxy\", \"--name\", \"s\", \"--\", 'npx', '-y'], "
       "s.command = \"/opt/agentmesh\", t.args = [\"proxy\", \"--name\", \"t\", \"--\", 't']}\n"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.before);
    CHECK(check_round_trip(client("codex"), c.before) == c.after);
  }
}

TEST_CASE("YAML: block and flow entries are wrapped as they are written") {
  const Case cases[] = {
      {"mcpServers:\n  - name: s\n    command: npx\n    args:\n      - -y\n      - \"x\" # last\n",
       "mcpServers:\n  - name: s\n    command: \"/opt/agentmesh\"\n    args:\n      - \"proxy\"\n      - \"--name\"\n      - \"s\"\n"
       "      - \"--\"\n      - npx\n      - -y\n      - \"x\" # last\n"},
      {"mcpServers:\n- command: 'npx'\n  name: s\n  args: # these\n  # and\n  - -y\n",
       "mcpServers:\n- command: \"/opt/agentmesh\"\n  name: s\n  args: # these\n  - \"proxy\"\n  - \"--name\"\n  - \"s\"\n  - \"--\"\n"
       "  - 'npx'\n  # and\n  - -y\n"},
      {"mcpServers:\n  - name: s\n    command: npx # why\n    env: {A: b}\n",
       "mcpServers:\n  - name: s\n    command: \"/opt/agentmesh\" # why\n    args:\n      - \"proxy\"\n      - \"--name\"\n      - \"s\"\n"
       "      - \"--\"\n      - npx\n    env: {A: b}\n"},
      {"mcpServers:\r\n  - command: npx",
       "mcpServers:\r\n  - command: \"/opt/agentmesh\"\r\n    args:\r\n      - \"proxy\"\r\n      - \"--\"\r\n      - npx"},
      {"mcpServers:\n  - {name: s, command: npx, args: [-y, x]}\n",
       "mcpServers:\n  - {name: s, command: \"/opt/agentmesh\", args: [\"proxy\", \"--name\", \"s\", \"--\", npx, -y, x]}\n"},
      {"mcpServers: [{name: s, command: npx}]\n",
       "mcpServers: [{name: s, command: \"/opt/agentmesh\", args: [\"proxy\", \"--name\", \"s\", \"--\", npx]}]\n"},
      {"mcpServers:\n  - name: s\n    command: /opt/{a,b}/npx\n    args: [\"-y\"]\n",
       "mcpServers:\n  - name: s\n    command: \"/opt/agentmesh\"\n    args: [\"proxy\", \"--name\", \"s\", \"--\", "
       "\"\\x2fopt/{a,b}/npx\", \"-y\"]\n"},
      {"mcpServers:\n  - name: s\n    command: ?x\n    args: [a]\n",
       "mcpServers:\n  - name: s\n    command: \"/opt/agentmesh\"\n    args: [\"proxy\", \"--name\", \"s\", \"--\", "
       "\"\\x3fx\", a]\n"},
      {"mcpServers:\n  - name: s\n    command: :x\n    args: [a]\n",
       "mcpServers:\n  - name: s\n    command: \"/opt/agentmesh\"\n    args: [\"proxy\", \"--name\", \"s\", \"--\", "
       "\"\\x3ax\", a]\n"},
      // What no YAML text may hold as it is.
      {"mcpServers:\n  - name: \"\\x80\\x9f\\uFFFE\\uFFFF\"\n    command: npx\n    args: []\n",
       "mcpServers:\n  - name: \"\\x80\\x9f\\uFFFE\\uFFFF\"\n    command: \"/opt/agentmesh\"\n"
       "    args: [\"proxy\", \"--name\", \"\\u0080\\u009f\\ufffe\\uffff\", \"--\", npx]\n"},
      {"mcpServers:\n  - name: \"a\\N\\_é\\L\"\n    command: npx\n    url:\n    type: ~\n",
       "mcpServers:\n  - name: \"a\\N\\_é\\L\"\n    command: \"/opt/agentmesh\"\n    args:\n      - \"proxy\"\n"
       "      - \"--name\"\n      - \"a\u0085\u00a0é\u2028\"\n      - \"--\"\n      - npx\n    url:\n    type: ~\n"},
      {"{\"mcpServers\": [{\"name\": \"s\", \"command\": \"npx\", \"args\": []}]}",
       "{\"mcpServers\": [{\"name\": \"s\", \"command\": \"/opt/agentmesh\", \"args\": [\"proxy\", \"--name\", \"s\", \"--\", \"npx\"]}]}"},
      {"a: |\n  mcpServers:\n    - command: x\nmcpServers:\n  -\n    name: s\n    args:\n\n      - >-\n        folded\n        text\n    command: \"n\\x70x\"\n",
       "a: |\n  mcpServers:\n    - command: x\nmcpServers:\n  -\n    name: s\n    args:\n      - \"proxy\"\n      - \"--name\"\n      - \"s\"\n"
       "      - \"--\"\n      - \"n\\x70x\"\n\n      - >-\n        folded\n        text\n    command: \"/opt/agentmesh\"\n"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.before);
    CHECK(check_round_trip(client("continue"), c.before) == c.after);
  }
}

TEST_CASE("each syntax leaves alone what is no stdio server or cannot be edited with certainty") {
  struct Row {
    const char* flag;
    const char* text;
    Standing standing;
  };
  const Row rows[] = {
      {"codex", "[mcp_servers.s]\nurl = \"https://x\"\n", Standing::kRemote},
      {"codex", "[mcp_servers.s]\nurl = \"https://x\"\ncommand = \"npx\"\n", Standing::kMixed},
      {"codex", "[mcp_servers.s]\nenabled = false\n", Standing::kNotAServer},
      {"codex", "mcp_servers.s = \"npx\"\n", Standing::kNotAServer},
      {"codex", "[mcp_servers.s]\ncommand = 1\n", Standing::kShape},
      {"codex", "[mcp_servers.s]\ncommand = \"npx\"\nargs = \"-y\"\n", Standing::kShape},
      {"codex", "[mcp_servers.s]\ncommand = \"npx\"\nargs = [\"-y\", 1]\n", Standing::kShape},
      {"codex", "[mcp_servers.s]\ncommand = \"npx -y x\"\n", Standing::kCommandLine},
      {"codex",
       "[mcp_servers.s]\ncommand = \"cmd\"\nargs = ['/c', 'agentmesh', 'proxy', '--', 'x']\n",
       Standing::kForeign},
      {"continue", "mcpServers:\n  - name: s\n    url: https://x\n", Standing::kRemote},
      {"continue", "mcpServers:\n  - type: sse\n    name: s\n", Standing::kRemote},
      {"continue", "mcpServers:\n  - uses: a/b\n", Standing::kNotAServer},
      {"continue", "mcpServers:\n  - npx\n", Standing::kNotAServer},
      {"continue", "mcpServers:\n  - command: 12\n", Standing::kShape},
      {"continue", "mcpServers:\n  - command: null\n", Standing::kShape},
      {"continue", "mcpServers:\n  - command: npx\n    args: -y\n", Standing::kShape},
      {"continue", "mcpServers:\n  - command: npx\n    args:\n", Standing::kShape},
      {"continue", "mcpServers:\n  - command: npx\n    args: [8080]\n", Standing::kShape},
      {"continue", "mcpServers:\n  - command: |\n      npx\n", Standing::kShape},
      {"continue", "mcpServers:\n  - command: >-\n      npx\n", Standing::kShape},
      {"continue", "mcpServers:\n  - command: /a/b\n      c\n", Standing::kShape},
      {"continue", "mcpServers:\n  - command:\n      npx\n", Standing::kShape},
      {"continue", "mcpServers:\n  - command: !!str npx\n", Standing::kTag},
      {"continue", "mcpServers:\n  - command: npx\n    args: !!seq [a]\n", Standing::kTag},
      {"continue", "mcpServers:\n  - command: npx\n    env: !x {A: b}\n", Standing::kTag},
      {"continue", "mcpServers:\n  - !!map\n    command: npx\n", Standing::kTag},
      {"continue", "mcpServers:\n  - !!str npx\n", Standing::kTag},
      {"continue", "mcpServers:\n  - command: npx\n    args: !!seq &a [a]\n", Standing::kAlias},
      {"goose", "extensions:\n  !!str s:\n    cmd: npx\n", Standing::kTag},
      {"continue", "mcpServers:\n  - command: npx\n    command: b\n", Standing::kDuplicateKey},
      {"continue", "mcpServers:\n  - command: npx -y x\n", Standing::kCommandLine},
      {"continue", "x: &x npx\nmcpServers:\n  - command: *x\n", Standing::kAlias},
      {"continue", "x: &x {command: npx}\nmcpServers:\n  - <<: *x\n    name: s\n",
       Standing::kAlias},
      {"continue", "mcpServers:\n  - &s\n    command: npx\n", Standing::kAlias},
      {"continue", "mcpServers:\n  - command: npx\n    env: &e {A: b}\n", Standing::kAlias},
      {"continue", "x: &x {command: npx}\nmcpServers:\n  - *x\n", Standing::kAlias},
      {"continue", "mcpServers:\n  - command: \"npx\"\n    env: {A: '*x', B: a&b}\n",
       Standing::kStdio},
      {"zed", R"({"context_servers": {"s": {"settings": {}}}})", Standing::kNotAServer},
      {"zed", R"({"context_servers": {"s": {"command": {"run": "x", "args": []}}}})",
       Standing::kShape},
      {"gemini", R"({"mcpServers": {"s": {"httpUrl": "https://x"}}})", Standing::kRemote},
      {"windsurf", R"({"mcpServers": {"s": {"serverUrl": "https://x"}}})", Standing::kRemote},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const Plan plan = wrapping(client(row.flag), row.text);
    REQUIRE(plan.outcomes.size() == 1);
    CHECK(word_of(plan.outcomes[0].entry.standing) == word_of(row.standing));
    if (row.standing != Standing::kStdio) CHECK(plan.edits.empty());
    check_round_trip(client(row.flag), row.text);
  }
}

TEST_CASE("what is not TOML or YAML is refused with its line and column") {
  struct Row {
    const char* flag;
    std::string text;
    const char* why;
  };
  const Row rows[] = {
      {"codex", "[mcp_servers.s]\ncommand = \"npx\n", "2:15: "},
      {"codex", "\xEF\xBB\xBF\xC3\xBC = 1\n", "1:1: "},
      {"codex", "[mcp_servers.s]\n[mcp_servers.s]\n", "2:"},
      {"codex", "[mcp_servers.s]\ncommand = \"a\"\ncommand = \"b\"\n", "3:"},
      {"codex", "mcp_servers = 1\n", "1:15: \"mcp_servers\" is not a table"},
      {"codex", "[[mcp_servers]]\n", "1:1: \"mcp_servers\" is not a table"},
      {"codex", "a = '\xFF'\n", "1:6: this byte is not UTF-8"},
      {"continue", "mcpServers:\n  - name: \"x\n", "2:11: this quote is never closed"},
      {"continue", "a: 'x\n", "1:4: this quote is never closed"},
      {"continue", "a: &b\n  'x\n", "2:3: this quote is never closed"},
      {"continue", "mcpServers:\n  - name: \"x\n  - name: \"\n    command: y\n",
       "2:11: this quote is not closed before line 3"},
      {"continue", "a: [\n", "2:1: "},
      {"continue", "a: b: c\n", "1:5: "},
      {"continue", "mcpServers:\n\t- a\n", "2:2: "},
      {"continue", "mcpServers: 1\n", "1:13: \"mcpServers\" is not a list"},
      {"continue", "mcpServers: {a: {command: x}}\n", "1:13: \"mcpServers\" is not a list"},
      {"continue", "- a\n", "1:1: the top level is not a map"},
      {"continue", "a: 1\n---\nb: 1\n", "3:1: a second document begins here"},
      {"continue", std::string("a: \x04\n"), "1:4: YAML allows no control characters"},
      {"continue", "a: " + std::string(200, '[') + std::string(200, ']'),
       "1:131: nested deeper than 128"},
      {"vscode", "{\"servers\": []}", "1:13: \"servers\" is not a map"},
      {"claude-code", "{\"projects\": {\"/p\": {\"mcpServers\": 1}}}",
       "1:36: \"mcpServers\" is not a map"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto document = read_document(row.text, client(row.flag), "f");
    REQUIRE_FALSE(document);
    CHECK(document.error().what.substr(0, std::string_view(row.why).size()) == row.why);
  }
  for (const char* empty : {"", "\n", "# only\n", "\xEF\xBB\xBF", "a = 1\n", "[mcp_servers]\n"})
    CHECK(wrapping(client("codex"), empty).outcomes.empty());
  for (const char* empty : {"", "\n", "# only\n", "---\n", "a: 1\n", "mcpServers:\n",
                            "mcpServers: []\n", "---\na: 1\n...\n"})
    CHECK(wrapping(client("continue"), empty).outcomes.empty());
}

TEST_CASE("what is wrong in TOML is told without the value that it is in") {
  const std::string bare = "this cannot be read as TOML (a text needs quotes)";
  struct Row {
    const char* value;
    std::string what;
  };
  const Row rows[] = {
      {"0xdeadbeefdeadbeefdeadbeef", bare},
      {"99999999999999999999", bare},
      {"1e999999", bare},
      {"0b2", bare},
      {"npx", bare},
      {"tush", bare},
      {"infush", bare},
      {"hush", bare},
      {"hush-1-2-3", bare},
      {"2024-13-01", bare},
      {"12:61:00", bare},
      {"\"hush", "Error while parsing string: "},
      {"'hush", "Error while parsing literal string: "},
      {"\"\\qhush\"", "Error while parsing string: "},
      {"", "Error while parsing key-value pair: expected value"},
      {"\"hush\" x", "Error while parsing key-value pair: expected a comment or whitespace"},
      {"1\nKEY = 2", "Error while parsing key-value pair: cannot redefine existing integer 'KEY'"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.value);
    const auto document =
        read_document("[mcp_servers.a.env]\nKEY = " + std::string(row.value) + "\n",
                      client("codex"), "config.toml");
    REQUIRE_FALSE(document);
    const std::string& what = document.error().what;
    CAPTURE(what);
    CHECK(what.find(row.what) != std::string::npos);
    for (const char* secret : {"ush", "dead", "999", "np'", "13", "61"})
      CHECK(what.find(secret) == std::string::npos);
  }
}

// Strict parsers refuse it, others do not, and people write it.
TEST_CASE(
    "YAML: a text that is folded at the column of its key is read, a forgotten quote is not") {
  for (const char* text : {
           "mcpServers:\n  - name: s\n    note: \"two\n    lines\"\n    command: npx\n",
           "note: 'two\nlines'\nmcpServers:\n- name: s\n  command: npx\n",
           "mcpServers:\n  - name: s\n    args: [\n    \"-y\",\n    pkg\n    ]\n    command: npx\n",
           "mcpServers:\n  - {name: s, note: \"two\n  lines\", command: npx}\n",
       }) {
    CAPTURE(text);
    CHECK(check_round_trip(client("continue"), text).find("/opt/agentmesh") != std::string::npos);
  }
  for (const char* text : {
           "mcpServers:\n  - name: \"s\n    command: npx\n    note: x\"\n",
           "mcpServers:\n  - name: s\n    args:\n      - \"-y\n      - pkg\"\n    command: npx\n",
           "mcpServers:\n  - name: \"s\n    args:\n      - x\"\n    command: npx\n",
           "mcpServers:\n  - name: \"s\n   far\"\n    command: npx\n",
       }) {
    CAPTURE(text);
    const auto document = read_document(text, client("continue"), "f");
    REQUIRE_FALSE(document);
    CHECK(document.error().what.find("this quote is not closed before line") != std::string::npos);
  }
}

TEST_CASE("a byte order mark in front of the first key takes no column") {
  const std::string mark = "\xEF\xBB\xBF";
  check_round_trip(client("goose"), mark + "extensions:\n  a:\n    cmd: npx\n");
  check_round_trip(client("goose"),
                   mark + "extensions:\n a:\n  cmd: npx\n  args:\n  - 'a\n   b'\n");
  check_round_trip(client("continue"), mark + "model:\n  name: a\nmcpServers:\n- command: npx\n");
  check_round_trip(client("continue"),
                   mark + "mcpServers:\n- command: npx\n  args:\n  - 'a\n    b'\n");
  // A quote that is forgotten is found all the same.
  CHECK_FALSE(
      read_document(mark + "a: 'b\nextensions:\n  a:\n    cmd: 'npx'\n", client("goose"), "f"));
}

TEST_CASE("the servers of every project of Claude Code are found, each under its project") {
  const std::string text =
      R"({"projects":{"/a":{"mcpServers":{"s":{"command":"x"}},"history":[{"mcpServers":{}}]},"/b":{},)"
      R"("/c":{"mcpServers":{"s":{"command":"y"}}}},"mcpServers":{"s":{"command":"z"}}})";
  const Plan plan = wrapping(client("claude-code"), text);
  REQUIRE(plan.outcomes.size() == 3);
  CHECK(plan.outcomes[0].entry.scope == "/a");
  CHECK(plan.outcomes[1].entry.scope == "/c");
  CHECK(plan.outcomes[2].entry.scope.empty());
  CHECK(plan.outcomes[2].entry.occurrence == 0);
  check_round_trip(client("claude-code"), text);
}

TEST_CASE(
    "null or an empty collection where servers stand is none, and keeps nobody from the others") {
  struct Row {
    const char* flag;
    const char* file;
    const char* text;
    size_t servers = 0;
  };
  const Row rows[] = {
      {"claude", "c.json", R"({"mcpServers": null})"},
      {"claude", "c.json", R"({"mcpServers": null, "mcpServers": {"s": {"command": "x"}}})", 1},
      {"vscode", "mcp.json", R"({"servers": null})"},
      {"zed", "settings.json", R"({"context_servers": null})"},
      {"amp", "settings.json", R"({"amp.mcpServers": null})"},
      {"opencode", "opencode.json", R"({"mcp": null})"},
      {"kilo", "kilo.json", R"({"mcp": null})"},
      {"gemini", "settings.json", R"({"mcp": null, "mcpServers": null})"},
      {"vscode", "settings.json", R"({"mcp": null, "mcp.servers": {"s": {"command": "x"}}})", 1},
      {"vscode", "settings.json", R"({"mcp": {"servers": null}})"},
      {"vscode", "x.code-workspace", R"({"settings": null})"},
      {"vscode", "devcontainer.json", R"({"customizations": {"vscode": null}})"},
      {"claude-code", ".claude.json",
       R"({"projects": null, "mcpServers": {"s": {"command": "x"}}})", 1},
      {"claude-code", ".claude.json",
       R"({"projects": {"/a": null, "/b": {"mcpServers": null}, "/c": {"mcpServers": {"s": {"command": "x"}}}}})",
       1},
      {"continue", "c.json", R"({"mcpServers": null})"},
      {"continue", "c.yaml", "mcpServers: ~\n"},
      {"continue", "c.yaml", "mcpServers: null\n"},
      {"continue", "c.yaml", "name: x\nmcpServers: {}\n"},
      {"goose", "c.yaml", "extensions: null\n"},
      {"goose", "c.yaml", "extensions: []\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(wrapping(client(row.flag), row.text, kRun, row.file).outcomes.size() == row.servers);
    check_round_trip(client(row.flag), row.text, kRun, row.file);
  }
}

TEST_CASE("Continue takes JSON with a map of servers as well as with a list") {
  const std::string map = "{\"mcpServers\": {\"s\": {\"command\": \"npx\"}}}";
  CHECK(
      check_round_trip(client("continue"), map, kRun, "/p/z.json") ==
      "{\"mcpServers\": {\"s\": {\"command\": \"/opt/agentmesh\", \"args\": [\"proxy\", \"--name\", \"s\", \"--\", "
      "\"npx\"]}}}");
  const std::string list = "{\"mcpServers\": [{\"name\": \"s\", \"command\": \"npx\"}]}";
  CHECK(check_round_trip(client("continue"), list, kRun, "/p/z.json").find("/opt/agentmesh") !=
        std::string::npos);
  CHECK_FALSE(read_document(map, client("continue"), "/p/z.yaml"));
}

TEST_CASE("VS Code's servers stand elsewhere in a settings.json than in a mcp.json") {
  const std::string text =
      R"({"servers":{"a":{"command":"x"}},"mcp":{"servers":{"b":{"command":"y"}},"inputs":[]}})";
  for (const auto& [file, name] :
       std::map<std::string, std::string>{{"/u/settings.json", "b"}, {"/u/mcp.json", "a"}}) {
    const auto document = read_document(text, client("vscode"), file);
    REQUIRE(document);
    REQUIRE(document->entries.size() == 1);
    CHECK(document->entries[0].name == name);
  }
  const std::string flat = R"({"mcp.servers":{"c":{"command":"z"}}})";
  const auto document = read_document(flat, client("vscode"), "/u/settings.json");
  REQUIRE(document);
  CHECK(document->entries.size() == 1);
  check_round_trip(client("vscode"), flat);
}

TEST_CASE("an entry of ours follows the policy that is asked for, in every syntax") {
  const RunOptions strict{"/new/agentmesh", "strict", "", ""};
  CHECK(
      check_round_trip(client("codex"), "[mcp_servers.s]\ncommand = 'a'\nargs = ['b']\n", strict) ==
      "[mcp_servers.s]\ncommand = \"/new/agentmesh\"\nargs = [\"proxy\", \"--name\", \"s\", \"--policy\", \"strict\", \"--\", 'a', 'b']\n");
  const std::string ours =
      "mcpServers:\n  - command: agentmesh\n    args:\n    - proxy\n    - --name # n\n    - s\n    - --\n    - a\n";
  CHECK(
      edited(ours, wrapping(client("continue"), ours, strict).edits) ==
      "mcpServers:\n  - command: \"/new/agentmesh\"\n    args:\n    - proxy\n    - --name # n\n    - s\n    - \"--policy\"\n"
      "    - \"strict\"\n    - --\n    - a\n");
}

}  // namespace
}  // namespace agentmesh::integrations::tests
