#include "integrations/init.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include <fmt/format.h>

#include "base/files.h"
#include "integrations/memory.h"
#include "integrations/own_path.h"
#include "tests/catch.h"
#include "tests/temp_directory.h"

namespace agentmesh::integrations {
namespace {

namespace fs = std::filesystem;

class StoppedClock final : public Clock {
 public:
  int64_t wall_us() const override { return 1'763'458'200'000'000; }  // 2025-11-18T09:30:00Z
  int64_t mono_us() const override { return 0; }
};

const std::string kBefore =
    "{\n  \"mcpServers\": {\n    \"fs\": {\n      \"command\": \"npx\",\n      \"args\": [\n        \"-y\",\n        "
    "\"server\"\n      ],\n      \"env\": {\"TOKEN\": \"hush\"}\n    },\n    \"bare\": {\"command\": \"bare-server\"},\n"
    "    \"far\": {\"url\": \"https://hush\"}\n  }\n}";

// A home with Claude Desktop's file in it.
class Home {
 public:
  Home() {
    fs::create_directories(directory_ / ".config/Claude");
    write(kBefore);
  }
  std::string file() const { return directory_ / ".config/Claude/claude_desktop_config.json"; }
  std::string at(const std::string& name) const { return directory_ / name; }
  void write(const std::string& bytes) const { write(file(), bytes); }
  static void write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  std::string bytes() const { return read_file(file()).value_or("(missing)"); }
  std::vector<std::string> names() const {
    return list_directory(directory_ / ".config/Claude").value_or(std::vector<std::string>{});
  }
  config::Environment environment() const {
    return [home = directory_.path()](const char* name) -> std::optional<std::string> {
      if (std::string_view(name) == "HOME") return home;
      return std::nullopt;
    };
  }
  InitRequest request() const {
    InitRequest request;
    request.client = find_client("claude");
    request.run.own_path = "/opt/bin/agentmesh";
    request.state_dir = directory_ / "state";
    return request;
  }
  InitReport run(const InitRequest& request, const StepHook& hook = {}) const {
    return init_integration(request, environment(), StoppedClock(), hook);
  }
  InitReport wrap() const { return run(request()); }
  InitReport undo() const {
    InitRequest undoing = request();
    undoing.undo = true;
    return run(undoing);
  }

 private:
  tests::TempDirectory directory_;
};

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
      CHECK(report.out.find("no MCP servers here\n") != std::string::npos);
    }
    CHECK(home.bytes() == text);
    CHECK(home.names().size() == 1);
  }
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
  CHECK(home.wrap().out.find("  a\\x1b[2J\\xe2\\x80\\xae: wrapped\n") != std::string::npos);
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

TEST_CASE("a link is followed and stays, and the real file is the one that is replaced") {
  const Home home;
  fs::create_directories(home.at("dots"));
  fs::rename(home.file(), home.at("dots/claude.json"));
  REQUIRE(::symlink("../../dots/claude.json", home.file().c_str()) == 0);
  CHECK(home.wrap().out.find("  a link to " + home.at("dots/claude.json") + "\n") !=
        std::string::npos);
  CHECK(fs::is_symlink(home.file()));
  CHECK(home.bytes() != kBefore);
  CHECK(file_exists(home.at("dots/claude.json.agentmesh-20251118T093000Z.bak")));
  CHECK(home.undo().status == 0);
  CHECK(home.bytes() == kBefore);
}

TEST_CASE(
    "whether args were ours is remembered; the backups know it too; without both the list stays, empty") {
  const std::string lone = "{\"mcpServers\":{\"a\":{\"command\":\"x\"}}}";
  const Home home;
  home.write(lone);
  REQUIRE(home.wrap().status == 0);
  CHECK(remembered(home.at("state")) == std::set<AddedArgs>{{home.file(), "", "a", 0}});
  const std::string wrapped = home.bytes();
  const std::string backup = home.file() + ".agentmesh-20251118T093000Z.bak";

  fs::remove_all(home.at("state"));
  REQUIRE(home.undo().status == 0);
  CHECK(home.bytes() == lone);

  home.write(wrapped);
  for (const std::string& old : backups_of(home.file())) fs::remove(old);
  REQUIRE(home.undo().status == 0);
  CHECK(home.bytes() == "{\"mcpServers\":{\"a\":{\"command\":\"x\", \"args\": []}}}");

  // An older memory does not outlive an entry that is wrapped with a list of its own.
  REQUIRE(remember(home.at("state"), {{home.file(), "", "a", 0}}, {}));
  for (const std::string& old : backups_of(home.file())) fs::remove(old);
  const std::string own = home.bytes();
  REQUIRE(home.wrap().status == 0);
  REQUIRE(home.undo().status == 0);
  CHECK(home.bytes() == own);
}

TEST_CASE("a file that changes while it is edited is left to whoever changed it") {
  for (const Step step : {Step::kOpened, Step::kBackedUp, Step::kWritten}) {
    const Home home;
    const InitReport report = home.run(home.request(), [&](Step over) {
      if (over == step) home.write(kBefore + " ");
    });
    CHECK(report.status == 2);
    CHECK(report.err.find("changed while being edited; nothing written; run again") !=
          std::string::npos);
    CHECK(home.bytes() == kBefore + " ");
    CHECK(home.names().size() == 1);
  }
}

TEST_CASE(
    "killed at any step, a file of any syntax is the old or the new one, and undo brings it back") {
  struct Row {
    const char* flag;
    const char* name;
    std::string before;
  };
  const Row rows[] = {
      {"claude", "claude.json", kBefore},
      {"vscode", "mcp.json",
       "// mine\r\n{\r\n\t\"servers\": {\r\n\t\t\"a\": {\"command\": \"x\",}, // one\r\n\t\t\"b\": {\"command\": \"y\", "
       "\"args\": [\"1\",]}\r\n\t},\r\n}"},
      {"codex", "config.toml",
       "model = \"m\"\n[mcp_servers.a]\ncommand = 'x' # c\n\n[mcp_servers.b]\nargs = [\n  \"1\",\n]\ncommand = \"y\"\n"},
      {"continue", "config.yaml",
       "mcpServers:\n  - name: a\n    command: x\n  - {name: b, command: y, args: [\"1\"]}\n# end"},
  };
  for (const Row& row : rows) {
    const auto request_of = [&](const Home& home) {
      InitRequest request = home.request();
      request.client = find_client(row.flag);
      request.config_path = home.at(row.name);
      return request;
    };
    const auto bytes_of = [&](const Home& home) {
      return read_file(home.at(row.name)).value_or("(missing)");
    };
    const Home reference;
    Home::write(reference.at(row.name), row.before);
    REQUIRE(reference.run(request_of(reference)).status == 0);
    const std::string after = bytes_of(reference);
    REQUIRE(after != row.before);
    for (const bool undoing : {false, true})
      for (const Step step :
           {Step::kOpened, Step::kBackedUp, Step::kWritten, Step::kLookedAgain, Step::kRenamed}) {
        CAPTURE(row.flag, undoing, static_cast<int>(step));
        const Home home;
        Home::write(home.at(row.name), row.before);
        InitRequest request = request_of(home);
        if (undoing) REQUIRE(home.run(request).status == 0);
        request.undo = undoing;
        std::fflush(nullptr);
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
          (void)home.run(request, [step](Step over) {
            if (over == step) (void)::raise(SIGKILL);
          });
          ::_exit(0);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        REQUIRE(WIFSIGNALED(status));
        const bool done = step == Step::kRenamed;
        CHECK(bytes_of(home) == (done != undoing ? after : row.before));
        // Whatever was left there, undo gives the very bytes back, and so does another round.
        InitRequest undo = request_of(home);
        undo.undo = true;
        CHECK(home.run(undo).status == 0);
        CHECK(bytes_of(home) == row.before);
        CHECK(home.run(request_of(home)).status == 0);
        CHECK(bytes_of(home) == after);
        CHECK(home.run(undo).status == 0);
        CHECK(bytes_of(home) == row.before);
      }
  }
}

TEST_CASE(
    "a dry run writes nothing and prints a diff that patch turns into the very bytes of the real run") {
  const std::string crlf =
      "{\r\n \"mcpServers\": {\r\n  \"a\": {\r\n   \"command\": \"x\",\r\n   \"args\": [\r\n    \"1\"\r\n   ]\r\n  }\r\n }\r\n}\r\n";
  std::string many = "{\n  \"mcpServers\": {\n";
  for (int i = 0; i < 40; ++i)
    many += fmt::format(
        "    \"s{}\": {{\n      \"command\": \"c\",\n{}      \"args\": [\n        \"v\"\n      ]\n    }},\n",
        i, std::string(static_cast<size_t>(i % 12), '\n'));
  many += "    \"last\": {\"command\": \"c\"}\n  }\n}";
  const bool have_patch = std::system("patch --version > /dev/null 2>&1") == 0;
  if (!have_patch) WARN("patch is not installed: the diffs are not applied");
  for (const std::string& before :
       {kBefore, crlf, many, std::string("{\"mcpServers\":{\"a\":{\"command\":\"x\"}}}"),
        "\n\n" + kBefore + "\n\n\n\n\n"}) {
    CAPTURE(before);
    const Home home;
    home.write(before);
    for (const bool undo : {false, true}) {
      const std::string start = home.bytes();
      const size_t files = home.names().size();
      InitRequest request = home.request();
      request.dry_run = true;
      request.undo = undo;
      const InitReport dry = home.run(request);
      CHECK(dry.status == 0);
      CHECK(dry.out.starts_with("--- " + home.file() + "\n+++ " + home.file() + "\n@@ -"));
      CHECK(dry.err.find(undo ? ": restored\n" : ": wrapped\n") != std::string::npos);
      CHECK(home.bytes() == start);
      CHECK(home.names().size() == files);
      if (!undo) CHECK_FALSE(file_exists(home.at("state")));

      Home::write(home.at("copy"), start);
      Home::write(home.at("diff"), dry.out);
      request.dry_run = false;
      REQUIRE(home.run(request).status == 0);
      if (!have_patch) continue;
      const std::string command =
          fmt::format("patch --silent --fuzz=0 '{}' '{}'", home.at("copy"), home.at("diff"));
      CHECK(std::system(command.c_str()) == 0);
      CHECK(read_file(home.at("copy")).value_or("") == home.bytes());
    }
    CHECK(home.bytes() == before);
  }
}

TEST_CASE("the first default file that exists is edited, and the others are named") {
  const Home home;
  fs::create_directories(home.at("Library/Application Support/Claude"));
  const std::string other =
      home.at("Library/Application Support/Claude/claude_desktop_config.json");
  Home::write(other, kBefore);
  CHECK(home.wrap().out.find("  also there, not touched: " + other) != std::string::npos);
  CHECK(read_file(other).value_or("") == kBefore);

  const auto environment = [](const char* name) -> std::optional<std::string> {
    const std::string_view asked = name;
    if (asked == "HOME") return "/h";
    if (asked == "XDG_CONFIG_HOME") return "/x";
    if (asked == "CODEX_HOME") return "/cx";
    if (asked == "CLINE_MCP_SETTINGS_PATH") return "/cl/s.json";
    return std::nullopt;
  };
  struct Row {
    const char* flag;
    std::vector<std::string> first;  // the places that count first
    std::vector<std::string> later;  // some of the rest
  };
  const Row rows[] = {
      {"claude",
       {"/x/Claude/claude_desktop_config.json", "/h/.config/Claude/claude_desktop_config.json",
        "/h/Library/Application Support/Claude/claude_desktop_config.json"},
       {}},
      {"claude-code", {"/h/.claude.json", "/p/.mcp.json"}, {}},
      {"cursor", {"/h/.cursor/mcp.json", "/p/.cursor/mcp.json"}, {}},
      {"vscode",
       {"/x/Code/User/mcp.json"},
       {"/x/VSCodium/User/mcp.json", "/x/Code - Insiders/User/mcp.json", "/p/.vscode/mcp.json",
        "/h/Library/Application Support/Code/User/settings.json"}},
      {"windsurf", {"/h/.codeium/windsurf/mcp_config.json", "/h/.codeium/mcp_config.json"}, {}},
      {"zed", {"/x/zed/settings.json"}, {"/p/.zed/settings.json"}},
      {"cline",
       {"/cl/s.json"},
       {"/x/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
        "/x/Cursor/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
        "/h/.cline/data/settings/cline_mcp_settings.json"}},
      {"roo",
       {"/x/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json"},
       {"/p/.roo/mcp.json"}},
      {"gemini",
       {"/h/.gemini/settings.json", "/p/.gemini/settings.json", "/etc/gemini-cli/settings.json"},
       {}},
      {"codex", {"/cx/config.toml", "/p/.codex/config.toml"}, {}},
      {"continue", {"/h/.continue/config.yaml"}, {}},
      {"junie", {"/h/.junie/mcp/mcp.json", "/p/.junie/mcp/mcp.json"}, {}},
  };
  CHECK(clients().size() == std::size(rows));
  for (const Row& row : rows) {
    CAPTURE(row.flag);
    std::vector<std::string> files;
    for (const DefaultFile& file : default_files(*find_client(row.flag), environment, "/p"))
      files.push_back(file.path);
    REQUIRE(files.size() >= row.first.size());
    for (size_t i = 0; i < row.first.size(); ++i) CHECK(files[i] == row.first[i]);
    for (const std::string& later : row.later)
      CHECK(std::find(files.begin(), files.end(), later) != files.end());
  }
}

TEST_CASE(
    "our path is the one we were called by, if it leads to us, and never one that a client would expand") {
  const tests::TempDirectory directory;
  fs::create_directories(directory / "v1");
  fs::create_directories(directory / "bin");
  const std::string image = directory / "v1/agentmesh";
  Home::write(image, "x");
  REQUIRE(::chmod(image.c_str(), 0755) == 0);
  const std::string link = directory / "bin/agentmesh";
  REQUIRE(::symlink("../v1/agentmesh", link.c_str()) == 0);
  const auto environment = [&](const char* name) -> std::optional<std::string> {
    if (std::string_view(name) == "PATH") return (directory / "none") + ":" + (directory / "bin");
    return std::nullopt;
  };
  CHECK(own_path("agentmesh", image, environment).value_or("") == link);
  CHECK(own_path(link, image, environment).value_or("") == link);
  CHECK(own_path("/bin/sh", image, environment).value_or("") == image);
  CHECK(own_path("", image, environment).value_or("") == image);
  CHECK_FALSE(own_path("x", "/opt/${x}/agentmesh", environment));
  CHECK_FALSE(own_path("x", "/opt/agentmesh-0.3", environment));
}

}  // namespace
}  // namespace agentmesh::integrations
