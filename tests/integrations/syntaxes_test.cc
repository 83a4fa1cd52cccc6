// The same promise for every syntax and layout: the run goes in as the file is written, and undo gives the very bytes back.

#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "integrations/wrap.h"
#include "tests/catch.h"

namespace agentmesh::integrations {
namespace {

const RunOptions kRun{"/opt/agentmesh", "", "", ""};

const Client& client(std::string_view flag) { return *find_client(flag); }

Plan wrapping(const Client& of, const std::string& text, const RunOptions& run = kRun) {
  CAPTURE(text);
  const auto document = read_document(text, of, "f");
  if (!document) INFO(document.error().what);
  REQUIRE(document);
  const auto plan = wrap(*document, {}, run);
  if (!plan) INFO(plan.error().what);
  REQUIRE(plan);
  return *plan;
}

std::string undone(const Client& of, const std::string& text, const ArgsAdded& added) {
  CAPTURE(text);
  const auto document = read_document(text, of, "f");
  REQUIRE(document);
  const auto plan = unwrap(*document, {}, added);
  if (!plan) INFO(plan.error().what);
  REQUIRE(plan);
  return edited(text, plan->edits);
}

// Wraps, wraps again (nothing to do), and undoes with what wrapping learned; returns what wrapping made.
std::string check_round_trip(const Client& of, const std::string& text,
                             const RunOptions& run = kRun) {
  CAPTURE(text);
  const Plan plan = wrapping(of, text, run);
  std::set<std::tuple<std::string, std::string, size_t>> added;
  for (const Outcome& outcome : plan.outcomes)
    if (outcome.args_added)
      added.insert({outcome.entry.scope, outcome.entry.name, outcome.entry.occurrence});
  std::string after = edited(text, plan.edits);
  CHECK(wrapping(of, after, run).edits.empty());
  CHECK(undone(of, after, [&](const Entry& entry) {
          return added.contains({entry.scope, entry.name, entry.occurrence});
        }) == text);
  return after;
}

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

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
      {"codex", "mcp_servers = { s.command = \"npx\" }\n", Standing::kShape},
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
      {"continue", "mcpServers:\n  - command: !!str npx\n", Standing::kAlias},
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
      {"zed", R"({"context_servers": {"s": {"command": {"path": "x", "args": []}}}})",
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

// Every pair of shapes in one file, through everything that editors and machines do to files.
TEST_CASE("wrapping and undoing gives the same bytes, whatever the syntax and the layout") {
  const std::vector<std::string> toml = {
      "[mcp_servers.{}]\ncommand = \"npx\"\n",
      "[mcp_servers.{}]\ncommand = \"n\\u0070x\" # c\nargs = [ ]\n\n",
      "[mcp_servers.\"{} x\"]\nargs = [\n    \"-y\", # y\n    'a\\b'\n  , ]\ncommand='npx'\n[mcp_servers.\"{} x\".env]\nA = \"1\"\n",
      "[mcp_servers]\n'{}' = {{command=\"npx\",args=[\"\\U0001F600\"],enabled=false}}\n",
      "[mcp_servers.{}]\n  # nothing\n  cwd = \"/\"\n  command = '''np'x'''\n  startup_timeout_sec = 1.5\n",
      "[mcp_servers.{}]\nurl = \"https://x\"\n",
      "[mcp_servers.{}]\ncommand = \"npx\"\nargs = [\"a\",\n\"b\"]\nenv = {{ \"K\" = \"v\" }}\n",
      "[mcp_servers.{}.tools.t]\napproval_mode = \"x\"\n[mcp_servers.{}]\n\"command\" = \"npx\"\n",
  };
  const std::vector<std::string> yaml = {
      "  - name: {}\n    command: npx\n",
      "  - command: \"npx\"   # c\n    name: {}\n    args: []\n",
      "  - name: '{}'\n    args:\n    - -y\n    -   \"b\"\n    # end\n    command: 'n''px'\n",
      "  - {{name: {}, command: npx, args: [ -y , 'b', ], env: {{A: b}}}}\n",
      "  -   name: {}\n      args: [\n        \"-y\",  # y\n        b\n      ]\n      command: npx\n\n",
      "  - name: {}\n    url: https://x\n",
      "  - {{command: npx, name: {}}}\n",
      "  - name: {}\n    args: [y]\n    command: \"\\x61b\"\n",
      "  # first\n  - env:\n      A: |\n        - x\n    command: /o/x,y # [\n    name: {}\n    connectionTimeout: 10\n",
      "  - name: {}\n    command: npx\n    args:\n\n      # none\n      - \"\\u00e9\\x41\"\n      - >\n        folded\n\n",
  };
  size_t files = 0;
  const auto check = [&](const Client& of, const std::string& plain) {
    check_round_trip(of, plain);
    check_round_trip(of, "\xEF\xBB\xBF" + plain);
    check_round_trip(of, replace_all(plain, "\n", "\r\n"));
    check_round_trip(of, plain.substr(0, plain.size() - 1));
    check_round_trip(of, replace_all(plain, "x\"", "\xC3\xA9\xF0\x9F\x98\x80\""));
    check_round_trip(of, plain + "\n\n# end", {"/x y/agentmesh", "strict", "/s", "/c"});
    files += 6;
  };
  for (size_t i = 0; i < toml.size(); ++i)
    for (size_t j = 0; j < toml.size(); ++j) {
      if (i == j) continue;  // [mcp_servers] may open once
      std::string second = fmt::format(fmt::runtime(toml[j]), "two", "two");
      if (i == 3 && toml[j].starts_with("[mcp_servers]")) continue;
      const std::string first = fmt::format(fmt::runtime(toml[i]), "one", "one");
      check(client("codex"), "model = \"x\"\n" + first + second + "[other]\nk = []\n");
      check(client("codex"), "# t\n" + first + second);
    }
  for (const std::string& one : yaml)
    for (const std::string& two : yaml) {
      const std::string body = "mcpServers:\n" + fmt::format(fmt::runtime(one), "one") +
                               fmt::format(fmt::runtime(two), "two");
      check(client("continue"),
            "name: x\nversion: 1\n" + body + "models:\n  - name: y\n    provider: z\n");
      check(client("continue"), body);
    }
  CHECK(files > 1500);
}

// What a slip of the hand or a bad disk leaves: refused, or wrapped and undone to the byte; never a surprise.
TEST_CASE("a file of any syntax with a byte changed is refused or comes back as it was") {
  struct Row {
    const char* flag;
    std::string text;
  };
  const Row rows[] = {
      {"codex",
       "[mcp_servers.a]\ncommand = \"npx\" # c\nargs = [\"-y\",\n 'b']\n[mcp_servers]\nc = {command = 'd'}\n"},
      {"continue",
       "mcpServers:\n  - name: a\n    command: npx # c\n    args:\n      - -y\n      - \"b\"\n  - {name: c, command: 'd', args: [x]}\n"
       "  - command: e\n    name: f\n"},
  };
  for (const Row& row : rows) {
    size_t read = 0;
    const auto check = [&](const std::string& text) {
      CAPTURE(text);
      const auto document = read_document(text, client(row.flag), "f");
      if (!document) return;
      ++read;
      const auto plan = wrap(*document, {}, kRun);
      if (!plan) INFO(plan.error().what);
      CHECK(plan);
      if (plan) check_round_trip(client(row.flag), text);
    };
    for (size_t at = 0; at < row.text.size(); ++at) {
      for (const char c : {'"', '\'', '\\', '{', '}', '[',  ']', ',',  ':',  '#', '-',
                           '=', '&',  '*',  '!', '|', '\t', ' ', '\n', '\r', 'x', '.'}) {
        std::string changed = row.text;
        changed[at] = c;
        check(changed);
        changed = row.text;
        changed.insert(at, 1, c);
        check(changed);
      }
      std::string shorter = row.text;
      shorter.erase(at, 1);
      check(shorter);
      check(row.text.substr(0, at));
    }
    CHECK(read > 500);
  }
}

TEST_CASE("thousands of servers are one pass, not thousands") {
  std::string json = "{\"mcpServers\":{";
  std::string toml;
  std::string yaml = "mcpServers:\n";
  for (int i = 0; i < 3000; ++i) {
    json += fmt::format("{}\n\"s{}\":{{\"command\":\"c\",\"args\":[\"a\"]}}", i > 0 ? "," : "", i);
    toml += fmt::format("[mcp_servers.s{}]\ncommand = \"c\"\n", i);
    yaml += fmt::format("  - name: s{}\n    command: c\n", i);
  }
  check_round_trip(client("cursor"), json + "}}");
  check_round_trip(client("codex"), toml);
  check_round_trip(client("continue"), yaml);
}

}  // namespace
}  // namespace agentmesh::integrations
