// What becomes of the file itself: links, other hands, kills between two steps, and what a dry run promises of it.

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "base/fd.h"
#include "integrations/memory.h"
#include "tests/catch.h"
#include "tests/integrations/home.h"

namespace agentmesh::integrations::tests {
namespace {

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
  CHECK(remembered(home.at("state")).args_added ==
        std::set<AddedArgs>{{home.file(), {"mcpServers", "", "a", 0}}});
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
  REQUIRE(remember(home.at("state"), {{{home.file(), {"mcpServers", "", "a", 0}}}, {}}, {}));
  for (const std::string& old : backups_of(home.file())) fs::remove(old);
  const std::string own = home.bytes();
  REQUIRE(home.wrap().status == 0);
  REQUIRE(home.undo().status == 0);
  CHECK(home.bytes() == own);
}

TEST_CASE(
    "a file is remembered for as long as an entry of ours is in it, under the name that it was given") {
  const Home home;
  fs::rename(home.file(), home.at("real.json"));
  fs::create_symlink(home.at("real.json"), home.file());
  const std::set<WrappedFile> wrapped = {{home.file(), "claude", home.at("real.json")}};
  REQUIRE(home.wrap().status == 0);
  CHECK(remembered(home.at("state")).files == wrapped);
  InitRequest one = home.request();
  one.undo = true;
  one.servers = {"fs"};
  REQUIRE(home.run(one).status == 0);
  CHECK(remembered(home.at("state")).files == wrapped);
  fs::remove_all(home.at(
      "state"));  // what an earlier version wrapped is remembered when it is looked at again
  REQUIRE(home.wrap().status == 0);
  REQUIRE(home.wrap().out.find("nothing to change") != std::string::npos);
  CHECK(remembered(home.at("state")).files == wrapped);
  InitRequest by_its_own_name = home.request();
  by_its_own_name.config_path = home.at("real.json");
  by_its_own_name.undo = true;
  REQUIRE(home.run(by_its_own_name).status == 0);
  CHECK(remembered(home.at("state")).files.empty());
}

TEST_CASE("a file of two names is not parted from the other: refused before anything is written") {
  const Home home;
  const std::string other = home.at("dots.json");
  fs::create_hard_link(home.file(), other);
  InitRequest dry = home.request();
  dry.dry_run = true;
  for (const InitReport& report : {home.run(dry), home.wrap()}) {
    CHECK(report.status == 2);
    CHECK(
        report.err ==
        "agentmesh: " + home.file() +
            ": it has 2 names (hard links), and a new file would take only this one; nothing was changed: make it "
            "a file of its own, or a symbolic link to the other\n");
  }
  CHECK(home.bytes() == kBefore);
  CHECK(home.names().size() == 1);
  CHECK_FALSE(file_exists(home.at("state")));
  CHECK(home.undo().status == 0);  // where nothing is to be changed nothing is refused
  fs::remove(other);
  CHECK(home.wrap().status == 0);
}

TEST_CASE("a file that nobody may write is refused only where something is to be changed in it") {
  const Home home;
  const auto lock = [&](unsigned mode) { REQUIRE(::chmod(home.file().c_str(), mode) == 0); };
  lock(0444);
  for (const bool dry_run : {true, false}) {
    InitRequest request = home.request();
    request.dry_run = dry_run;
    const InitReport report = home.run(request);
    CHECK(report.status == 2);
    CHECK(report.err == "agentmesh: " + home.file() +
                            ": nobody may write it (no write permission bit): left alone\n");
  }
  CHECK(home.bytes() == kBefore);
  CHECK_FALSE(file_exists(home.at("state")));
  CHECK(home.undo().status == 0);  // nothing to undo

  lock(0644);
  REQUIRE(home.wrap().status == 0);
  lock(0444);
  const std::string wrapped = home.bytes();
  const InitReport again = home.wrap();
  CHECK(again.status == 0);
  CHECK(again.out.find("nothing to change\n") != std::string::npos);
  CHECK(home.undo().status == 2);
  CHECK(home.bytes() == wrapped);
  CHECK(remembered(home.at("state")).files.size() == 1);

  // Put back by hand, it is forgotten as any other.
  lock(0644);
  home.write(kBefore);
  lock(0444);
  CHECK(home.undo().status == 0);
  CHECK(remembered(home.at("state")).files.empty());
}

TEST_CASE("memory that another program holds is not waited for without end") {
  const Home home;
  fs::create_directories(home.at("state"));
  const std::string path = home.at("state/integrations.lock");
  const Fd held(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  REQUIRE(held);
  REQUIRE(::flock(held.get(), LOCK_EX) == 0);
  const auto kept = remember(home.at("state"), {{{home.file(), {"mcpServers", "", "a", 0}}}, {}},
                             {}, std::chrono::milliseconds{0});
  REQUIRE_FALSE(kept);
  CHECK(kept.error().what == path + ": locked by another program");
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
    CHECK_FALSE(file_exists(home.at("state")));
  }
}

TEST_CASE("what killed runs left is taken away by the next, and nothing that only looks like it") {
  const Home home;
  const std::string directory = fs::path(home.file()).parent_path().string() + "/";
  const std::string front = directory + ".claude_desktop_config.json.agentmesh-";
  const std::string memory = home.at("state/integrations.json");
  const std::string stale[] = {front + "aZ09bY.tmp", memory + ".aZ09bY.tmp"};
  const std::string others[] = {front + "aZ09b.tmp",
                                front + "aZ09b-.tmp",
                                front + "aZ09bY.tmp.json",
                                directory + ".other.json.agentmesh-aZ09bY.tmp",
                                memory + ".backup",
                                memory + ".bad-123456",
                                home.at("state/log.aZ09bY.tmp")};
  fs::create_directories(home.at("state"));
  for (const std::string& path : stale) Home::write(path, "half");
  for (const std::string& path : others) Home::write(path, "whole");
  fs::create_symlink(home.at("elsewhere"), front + "LLLLLL.tmp");
  fs::create_directory(front + "DDDDDD.tmp");
  Home::write(front + "TWOTWO.tmp", "a second name");
  fs::create_hard_link(front + "TWOTWO.tmp", home.at("second"));
  Home::write(front + "INUSE0.tmp", "of a run that lives");
  const Fd used(::open((front + "INUSE0.tmp").c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(::flock(used.get(), LOCK_EX) == 0);

  InitRequest dry = home.request();
  dry.dry_run = true;
  REQUIRE(home.run(dry).status == 0);
  CHECK(file_exists(stale[0]));
  REQUIRE(home.wrap().status == 0);
  for (const std::string& path : stale) CHECK_FALSE(fs::exists(path));
  for (const std::string& path : others) CHECK(fs::exists(path));
  for (const char* name : {"LLLLLL", "DDDDDD", "TWOTWO", "INUSE0"})
    CHECK(fs::exists(fs::symlink_status(front + name + ".tmp")));
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
        (void)std::fflush(nullptr);
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
        // What is wrapped is remembered, also if nobody lived to say so.
        if (!undoing && done) CHECK(remembered(home.at("state")).files.size() == 1);
        CHECK(bytes_of(home) == (done != undoing ? after : row.before));
        // Whatever was left there, undo gives the very bytes back, and so does another round.
        InitRequest undo = request_of(home);
        undo.undo = true;
        CHECK(home.run(undo).status == 0);
        CHECK(bytes_of(home) == row.before);
        const std::vector<std::string> left = list_directory(home.at("")).value();
        CHECK(std::none_of(left.begin(), left.end(),
                           [](const std::string& name) { return name.ends_with(".tmp"); }));
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
      CHECK(dry.err.find(undo ? ": would be restored\n" : ": would be wrapped\n") !=
            std::string::npos);
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

}  // namespace
}  // namespace agentmesh::integrations::tests
