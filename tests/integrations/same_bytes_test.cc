// The same promise for every syntax and layout: the run goes in as the file is written, and undo gives the very bytes back.

#include <fmt/format.h>

#include "tests/integrations/round_trip.h"

namespace agentmesh::integrations::tests {
namespace {

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
  std::string toml_line = "mcp_servers = {";
  std::string yaml = "mcpServers:\n";
  for (int i = 0; i < 3000; ++i) {
    json += fmt::format("{}\n\"s{}\":{{\"command\":\"c\",\"args\":[\"a\"]}}", i > 0 ? "," : "", i);
    toml += fmt::format("[mcp_servers.s{}]\ncommand = \"c\"\n", i);
    toml_line += fmt::format("{}s{} = {{command = 'é', args = ['é', 'b']}}", i > 0 ? ", " : "", i);
    yaml += fmt::format("  - name: s{}\n    command: c\n", i);
  }
  check_round_trip(client("cursor"), json + "}}");
  check_round_trip(client("codex"), toml);
  check_round_trip(client("codex"), toml_line + "}\n");
  check_round_trip(client("continue"), yaml);
}

}  // namespace
}  // namespace agentmesh::integrations::tests
