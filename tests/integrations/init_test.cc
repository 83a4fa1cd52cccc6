#include "integrations/init.h"

#include <sys/stat.h>

#include <map>

#include "integrations/memory.h"
#include "tests/catch.h"
#include "tests/integrations/home.h"

namespace agentmesh::integrations::tests {
namespace {

TEST_CASE("wrapping says what it did to each entry, and undo brings the very bytes back") {
  const Home home;
  REQUIRE(::chmod(home.file().c_str(), 0640) == 0);
  const InitReport report = home.wrap();
  CHECK(report.err.empty());
  CHECK(report.status == 0);
  const std::string backup = home.file() + ".agentmesh-20251118T093000Z.bak";
  CHECK(
      report.out ==
      "Claude Desktop: " + home.file() +
          "\n  fs: wrapped\n  bare: wrapped\n  far: skipped remote (there is no process to stand in front of)\n"
          "backup: " +
          backup + "\nnext: " + std::string(find_client("claude")->next_steps) + "\n");
  CHECK(read_file(backup).value_or("") == kBefore);
  struct stat status {};
  REQUIRE(::stat(home.file().c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0640);
  REQUIRE(::stat(backup.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0640);
  CHECK(home.bytes().find(R"("args": ["proxy", "--name", "bare", "--", "bare-server"])") !=
        std::string::npos);

  const InitReport undone = home.undo();
  CHECK(undone.status == 0);
  CHECK(undone.out.find("  fs: restored\n  bare: restored\nbackup: ") != std::string::npos);
  CHECK(undone.out.find("Z-2.bak\n") !=
        std::string::npos);  // the first backup is never overwritten
  CHECK(home.bytes() == kBefore);
  CHECK(home.names().size() == 3);  // and no temporary file
  CHECK(remembered(home.at("state")).empty());
}

TEST_CASE("an undo that cannot undo all says so, and changes nothing") {
  const Home home;
  const std::string before =
      "{\"mcpServers\": {\n\"s\": {\"command\": \"/opt/bin/agentmesh\",\n\"args\": [\"proxy\", \"--\", 1]},\n"
      "\"t\": {\"command\": \"/opt/bin/agentmesh\", \"args\": [\"proxy\", \"--\", \"npx\"]}}}";
  home.write(before);
  const InitReport report = home.undo();
  CHECK(report.status == 2);
  CHECK(
      report.err ==
      "agentmesh: " + home.file() +
          ": 's' is still wrapped and cannot be taken out: args[2] is no text that stands on one line, line 3; "
          "nothing was changed: take it out by hand, or name the other servers with --server\n");
  CHECK(home.bytes() == before);
  CHECK(home.wrap().out.find("  s: already (wrapped, and cannot be changed: args[2]") !=
        std::string::npos);
  InitRequest request = home.request();
  request.undo = true;
  request.servers = {"t"};
  CHECK(home.run(request).status == 0);
}

TEST_CASE("of two servers of one name args stay where one of them came or went since") {
  const std::string bare = R"("a":{"command":"x"})";
  const std::string empty = R"("a":{"command":"y","args":[]})";
  const auto servers = [](const std::string& text) { return "{\"mcpServers\":{" + text + "}}"; };
  const Home home;
  home.write(servers(bare + "," + empty));
  REQUIRE(home.wrap().status == 0);
  const std::string wrapped = home.bytes();
  // The second is the first now, of which it is remembered that its args were ours.
  std::string text = wrapped;
  const size_t first = text.find("\"a\"");
  text.erase(first, text.find("\"a\"", text.find("\"x\"")) - first);
  home.write(text);
  REQUIRE(home.undo().status == 0);
  CHECK(home.bytes() == servers(empty));
  home.write(wrapped);
  REQUIRE(home.undo().status == 0);
  CHECK(home.bytes() == servers(bare + "," + empty));
  // One that came may be either of them; other names say nothing.
  for (const auto& [came, args] : {std::pair(empty, R"(, "args": [])"),
                                   std::pair(std::string(R"("b":{"command":"z"})"), "")}) {
    home.write(servers(bare));
    REQUIRE(home.wrap().status == 0);
    text = home.bytes();
    text.insert(first, came + ",");
    home.write(text);
    REQUIRE(home.undo().status == 0);
    CHECK(home.bytes() == servers(came + R"(,"a":{"command":"x")" + args + "}"));
  }
}

TEST_CASE("nothing to change leaves the file, its time and its directory alone") {
  const Home home;
  REQUIRE(home.wrap().status == 0);
  struct stat before {};
  REQUIRE(::stat(home.file().c_str(), &before) == 0);
  const InitReport again = home.wrap();
  CHECK(again.status == 0);
  CHECK(again.out.find("  fs: already\n  bare: already\n") != std::string::npos);
  struct stat after {};
  REQUIRE(::stat(home.file().c_str(), &after) == 0);
  CHECK(before.st_ino == after.st_ino);
  CHECK(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
  CHECK(home.names().size() == 2);

  const Home fresh;
  CHECK(fresh.undo().out.find("nothing to undo\n") != std::string::npos);
  CHECK(fresh.names().size() == 1);
  CHECK_FALSE(file_exists(fresh.at("state")));
}

TEST_CASE("a file without servers is no trouble and stays as it is") {
  const Home home;
  for (const char* text : {"", "\n", "{}", "\xEF\xBB\xBF{\"theme\":1}", "{\"mcpServers\":{}}"}) {
    CAPTURE(text);
    home.write(text);
    for (const InitReport& report : {home.wrap(), home.undo()}) {
      CHECK(report.status == 0);
      CHECK(report.out.find("no MCP servers here: looked under `mcpServers`\n") !=
            std::string::npos);
    }
    CHECK(home.bytes() == text);
    CHECK(home.names().size() == 1);
  }
}

TEST_CASE("where servers stand elsewhere, it is said where was looked and who would find them") {
  const Home home;
  const auto said = [&home](const char* flag, const std::string& name, const std::string& text) {
    InitRequest request = home.request();
    request.client = find_client(flag);
    request.config_path = home.at(name);
    Home::write(request.config_path, text);
    const InitReport report = home.run(request);
    CHECK(report.status == 0);
    const size_t at = report.out.find("no MCP servers here");
    return at == std::string::npos ? report.out : report.out.substr(at);
  };
  const std::string one = R"({"a":{"command":"x"}})";
  CHECK(said("cursor", "mcp.json", R"({"servers":)" + one + "}") ==
        "no MCP servers here: looked under `mcpServers`; VS Code would find some (--vscode)\n");
  CHECK(said("vscode", "mcp.json", R"({"mcpServers":)" + one + "}") ==
        "no MCP servers here: looked under `servers`; Claude Desktop would find some (--claude)\n");
  CHECK(said("vscode", "mcp.json", R"({"mcpServers":{}})") ==
        "no MCP servers here: looked under `servers`\n");
  // VS Code's other files.
  CHECK(said("vscode", "x.code-workspace", R"({"settings":{"mcp":{"servers":)" + one + "}}}")
            .find("  a: wrapped\n") != std::string::npos);
  CHECK(said("vscode", "y.code-workspace", R"({"settings":{"mcp.servers":)" + one + "}}")
            .find("  a: wrapped\n") != std::string::npos);
  CHECK(said("vscode", "devcontainer.json",
             R"({"customizations":{"vscode":{"mcp":{"servers":)" + one + "}}}}")
            .find("  a: wrapped\n") != std::string::npos);
  CHECK(said("vscode", "mcp-config.json", R"({"mcpServers":)" + one + "}").find("  a: wrapped\n") !=
        std::string::npos);
}

TEST_CASE("what cannot be edited with certainty is refused with its place, and touched by nobody") {
  const Home home;
  for (const auto& [text, why] : std::map<std::string, std::string>{
           {"{\n \"mcpServers\": {,}}", ":2:17: expected a key in double quotes, or '}'\n"},
           {"[]", ":1:1: the top level is not a map\n"},
           {"{\"mcpServers\":[]}", ":1:15: \"mcpServers\" is not a map\n"}}) {
    home.write(text);
    const InitReport report = home.wrap();
    CHECK(report.status == 2);
    CHECK(report.out.empty());
    CHECK(report.err == "agentmesh: " + home.file() + why);
    CHECK(home.bytes() == text);
    CHECK(home.names().size() == 1);
  }

  InitRequest request = home.request();
  request.config_path = home.at(".config");
  CHECK(home.run(request).err.find("not a regular file") != std::string::npos);
  request.config_path = home.at("fifo");
  REQUIRE(::mkfifo(request.config_path.c_str(), 0600) == 0);
  CHECK(home.run(request).err.find("not a regular file") != std::string::npos);
  request.config_path = home.at("link");
  REQUIRE(::symlink("nowhere", request.config_path.c_str()) == 0);
  CHECK(home.run(request).err.find("a link to a file that is not there") != std::string::npos);
  request.config_path = home.at("none");
  CHECK(home.run(request).err.find("looked at:\n    " + home.at("none")) != std::string::npos);
  CHECK(home.run(request).status == 2);
  home.write(kBefore);
  REQUIRE(::chmod(home.file().c_str(), 0444) == 0);
  CHECK(home.wrap().err.find("no write permission bit") != std::string::npos);

  fs::remove(home.file());
  const InitReport missing = home.wrap();
  CHECK(missing.status == 2);
  CHECK(missing.err.find("Library/Application Support/Claude/claude_desktop_config.json") !=
        std::string::npos);
  CHECK_FALSE(file_exists(home.file()));
}

TEST_CASE("a server that is not there is named, with those that are, and nothing changes") {
  const Home home;
  InitRequest request = home.request();
  request.servers = {"fs", "ghost"};
  const InitReport report = home.run(request);
  CHECK(report.status == 2);
  CHECK(report.err ==
        "agentmesh: " + home.file() + ": no server 'ghost' here; there are: fs, bare, far\n");
  CHECK(home.bytes() == kBefore);
  request.servers = {"bare"};
  CHECK(home.run(request).out.find("\n  bare: wrapped\nbackup") != std::string::npos);
  request.undo = true;
  CHECK(home.run(request).status == 0);
  CHECK(home.bytes() == kBefore);
}

TEST_CASE("nothing secret is printed, and names cannot speak to the terminal") {
  const Home home;
  const InitReport report = home.wrap();
  CHECK(report.out.find("hush") == std::string::npos);
  CHECK(report.out.find("npx") == std::string::npos);
  home.write("{\"mcpServers\":{\"a\\u001b[2J\\u202e\":{\"command\":\"x\"}}}");
  CHECK(home.wrap().out.find("  a\\u{1B}[2J\\u{202E}: wrapped\n") != std::string::npos);
}

TEST_CASE("a strict client's file earns a warning for what the client will not read") {
  const Home home;
  home.write("{\n// c\n\"mcpServers\":{\"a\":{\"command\":\"x\"},\n\"a\":{\"command\":\"y\",}}}");
  const std::string out = home.wrap().out;
  CHECK(out.find("warning: Claude Desktop will not load this file: comment at line 2\n") !=
        std::string::npos);
  CHECK(out.find("warning: Claude Desktop will not load this file: trailing comma at line 4\n") !=
        std::string::npos);
  CHECK(out.find("warning: 'a' is there 2 times, at lines 3, 4") != std::string::npos);
}

TEST_CASE("a map of servers that is there twice is wrapped in both places, and told") {
  struct Row {
    const char* flag;
    const char* name;
    const char* text;
    const char* warning;
  };
  const Row rows[] = {
      {"claude", "twice.json",
       "{\"mcpServers\":{\"a\":{\"command\":\"x\"}},\n\"mcp\\u0053ervers\":{\"b\":{\"command\":\"y\"}}}",
       "warning: 'mcpServers' is there 2 times, at lines 1, 2: which one counts is not certain\n"},
      {"claude-code", ".claude.json",
       "{\"projects\":{\"/p\":{},\n\"/p\":{\"mcpServers\":{\"a\":{\"command\":\"x\"}}}}}",
       "warning: '/p' is there 2 times, at lines 1, 2: which one counts is not certain\n"},
      {"goose", "config.yaml", "extensions:\n  a:\n    cmd: x\nextensions:\n  b:\n    cmd: y\n",
       "warning: 'extensions' is there 2 times, at lines 1, 4: which one counts is not certain\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const Home home;
    Home::write(home.at(row.name), row.text);
    const std::string out = home.run(home.request_as(row.flag, home.at(row.name), false)).out;
    CHECK(out.find(row.warning) != std::string::npos);
    CHECK(out.find("skipped") == std::string::npos);
  }
}

TEST_CASE(
    "what wrapping means for a server beyond its being governed is said of the clients that it means it for") {
  const Home home;
  const auto warned = [&home](const char* flag, const std::string& name, const std::string& text) {
    InitRequest request = home.request();
    request.client = find_client(flag);
    request.config_path = home.at(name);
    Home::write(request.config_path, text);
    std::string out = home.run(request).out;
    const size_t at = out.find("warning: ");
    return at == std::string::npos ? "" : out.substr(at, out.find("next: ") - at);
  };
  const auto servers = [](const std::string& member) {
    return R"({"servers":{"a":{"command":"x",)" + member + "}}}";
  };
  CHECK(
      warned("vscode", "mcp.json", servers(R"("sandboxEnabled":true)")) ==
      "warning: 'a' runs in VS Code's sandbox, where the state directory must be writable or every call is denied; "
      "add it to the entry's sandbox: \"filesystem\": {\"allowWrite\": [\"" +
          home.at("state") + "\"]}\n");
  CHECK(warned("vscode", "mcp.json", servers(R"("dev":{"debug":{"type":"node"}})")) ==
        "warning: 'a' has dev.debug, which may want node or python itself as the command\n");
  CHECK(warned("vscode", "mcp.json", servers(R"("sandboxEnabled":false,"dev":{"watch":"x"})"))
            .empty());
  const std::string elsewhere =
      "warning: 'a' runs on another machine: agentmesh must be there, at the same path\n";
  const std::string zed = R"({"context_servers":{"a":{"command":"x","remote":true}}})";
  CHECK(warned("zed", "settings.json", zed) == elsewhere);
  const std::string codex = "[mcp_servers.a]\ncommand = \"x\"\nexperimental_environment = ";
  CHECK(warned("codex", "config.toml", codex + "\"remote\"\n") == elsewhere);
  CHECK(warned("codex", "config.toml", codex + "\"local\"\n").empty());
  const std::string container =
      R"({"customizations":{"vscode":{"mcp":{"servers":{"a":{"command":"x"}}}}}})";
  CHECK(warned("vscode", "devcontainer.json", container) == elsewhere);
  CHECK(warned("vscode", ".devcontainer.json", container) == elsewhere);
  CHECK(warned("kiro", "k.json", R"({"mcpServers":{"a":{"command":"x","remote":true}}})").empty());
}

}  // namespace
}  // namespace agentmesh::integrations::tests
