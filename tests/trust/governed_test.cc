#include "trust/governed.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <optional>

#include "base/files.h"
#include "tests/catch.h"
#include "tests/temp_directory.h"
#include "trust/wake.h"

namespace agentmesh::trust {

using agentmesh::tests::TempDirectory;

namespace {

// A child that waits until it is let go.
class Child {
 public:
  Child() {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(ends[1]);
      char byte = 0;
      (void)!::read(ends[0], &byte, 1);
      ::_exit(0);
    }
    ::close(ends[0]);
    gate_ = ends[1];
  }
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  void end() {
    if (gate_ < 0) return;
    ::close(gate_);
    gate_ = -1;
    ::waitpid(pid_, nullptr, 0);
  }
  int pid() const { return pid_; }

 private:
  int pid_ = -1;
  int gate_ = -1;
};

std::optional<std::string> governor(const std::string& state_dir, int pid = 0) {
  auto found = governing_server(state_dir, pid);
  if (!found) FAIL(found.error().what);
  return *found;
}

// Processes as a test wants them: asker 100 below 99 below 98, the server of proxy 50, which a terminal (40) started.
struct Processes {
  std::map<int, Process> all{{100, {99, 100, 100, 9}},
                             {99, {98, 99, 99, 8}},
                             {98, {50, 98, 98, 7}},
                             {50, {40, 50, 50, 6}},
                             {40, {1, 40, 40, 5}}};
  std::function<void(int)> before = [](int) {};  // a process is read
  int reads = 0;

  Result<std::optional<std::string>> governor_of(const TempDirectory& state, int pid = 100) {
    REQUIRE(make_directories(state / "run"));
    std::ofstream(state / "run/50-6") << "98 7 files\n";
    return governing_server(state.path(), pid, [this](int at) -> std::optional<Process> {
      before(at);
      ++reads;
      const auto found = all.find(at);
      return found == all.end() ? std::nullopt : std::optional(found->second);
    });
  }
};

}  // namespace

TEST_CASE("a registered child is governed, its parent is not") {
  const TempDirectory state;
  Child child;
  CHECK_FALSE(governor(state.path(), child.pid()));
  auto registered = GovernedChild::record(state.path(), child.pid(), "my files");
  REQUIRE(registered);
  CHECK(governor(state.path(), child.pid()) == "my files");
  CHECK_FALSE(governor(state.path()));
}

TEST_CASE("what descends from a governed server is governed") {
  const TempDirectory state;
  auto registered = GovernedChild::record(state.path(), ::getpid(), "files");
  REQUIRE(registered);
  Child child;
  CHECK(governor(state.path(), child.pid()) == "files");
  CHECK_FALSE(governor(state.path(), ::getppid()));
}

TEST_CASE("the registration goes with the proxy's session") {
  const TempDirectory state;
  Child child;
  {
    auto registered = GovernedChild::record(state.path(), child.pid(), "files");
    REQUIRE(registered);
    GovernedChild moved = std::move(*registered);
    CHECK(governor(state.path(), child.pid()) == "files");
  }
  CHECK_FALSE(governor(state.path(), child.pid()));
  CHECK(list_directory(state.path() + "/run")->empty());
}

TEST_CASE("a pid that was used again is not taken for the child") {
  const TempDirectory state;
  Child child;
  auto registered = GovernedChild::record(state.path(), child.pid(), "files");
  REQUIRE(registered);
  std::ofstream(state.path() + "/run/999999999-1") << child.pid() << " 1 others\n";
  CHECK(governor(state.path(), child.pid()) == "files");
  { const GovernedChild gone = std::move(*registered); }
  CHECK_FALSE(governor(state.path(), child.pid()));
}

TEST_CASE("whatever a proxy has for a child is its server's, registered by name or not") {
  const TempDirectory state;
  Child early;  // it runs before the proxy knows its number
  auto registered = GovernedChild::record(state.path(), 0, "files");
  REQUIRE(registered);
  CHECK(governor(state.path(), early.pid()) == "files");
  Child server;
  REQUIRE(registered->started(server.pid()));
  CHECK(governor(state.path(), server.pid()) == "files");
  CHECK(governor(state.path(), early.pid()) == "files");  // detached from the server, say
  CHECK_FALSE(governor(state.path()));
  CHECK(governed_servers(state.path()) == std::vector<std::string>{"files"});
  // A number that another process has now is no proxy's.
  const auto names = list_directory(state.path() + "/run");
  REQUIRE(names->size() == 1);
  const std::string path = state.path() + "/run/" + names->front();
  std::ofstream(path.substr(0, path.rfind('-')) + "-1") << "0 0 older\n";
  { const GovernedChild gone = std::move(*registered); }
  CHECK_FALSE(governor(state.path(), early.pid()));
}

TEST_CASE("what a process started before it became a proxy is none of the server's") {
  const TempDirectory state;
  Child earlier;
  auto registered = GovernedChild::record(state.path(), 0, "two\nlines", {earlier.pid()});
  REQUIRE(registered);
  Child server;
  CHECK_FALSE(governor(state.path(), earlier.pid()));
  CHECK(governor(state.path(), server.pid()) == "two lines");
  REQUIRE(registered->started(server.pid()));
  CHECK_FALSE(governor(state.path(), earlier.pid()));
  CHECK(governor(state.path(), server.pid()) == "two lines");
  CHECK(governed_servers(state.path()) == std::vector<std::string>{"two lines"});
}

TEST_CASE(
    "files of proxies that died are cleared away, other names are left alone and do no harm") {
  const TempDirectory state;
  REQUIRE(make_directories(state / "run"));
  std::ofstream(state / "run/999999999-1") << "999999998 1 gone\n";
  std::ofstream(state / "run/rubbish") << "not a registration";
  Child child;
  CHECK_FALSE(governor(state.path(), child.pid()));
  auto registered = GovernedChild::record(state.path(), child.pid(), "files");
  REQUIRE(registered);
  const auto names = list_directory(state / "run");
  REQUIRE(names);
  CHECK(names->size() == 2);
  CHECK(std::count(names->begin(), names->end(), "rubbish") == 1);
}

TEST_CASE("however deep below its server a process is, it is governed") {
  const TempDirectory state;
  int ends[2];
  int report[2];
  REQUIRE(::pipe(ends) == 0);
  REQUIRE(::pipe(report) == 0);
  const int first = ::fork();
  if (first == 0) {
    ::close(ends[1]);
    char byte = 0;
    (void)!::read(ends[0], &byte, 1);  // until it is registered
    (void)::setsid();
    int deepest = ::fork();
    if (deepest == 0) (void)::setsid();  // none below is in the server's group or session
    for (int i = 0; i < 300 && deepest == 0; ++i) deepest = ::fork();
    if (deepest == 0) {
      const int pid = ::getpid();
      (void)!::write(report[1], &pid, sizeof pid);
      (void)!::read(ends[0], &byte, 1);
    } else {
      ::waitpid(deepest, nullptr, 0);
    }
    ::_exit(0);
  }
  ::close(ends[0]);
  auto registered = GovernedChild::record(state.path(), first, "files");
  REQUIRE(registered);
  REQUIRE(::write(ends[1], "x", 1) == 1);
  int deepest = 0;
  REQUIRE(::read(report[0], &deepest, sizeof deepest) == sizeof deepest);
  CHECK(governor(state.path(), deepest) == "files");
  ::close(ends[1]);
  ::waitpid(first, nullptr, 0);
  ::close(report[0]);
  ::close(report[1]);
}

TEST_CASE("an ancestor that ends while it is looked for hides nothing") {
  const TempDirectory state;
  Processes p;
  SECTION("as they stand") {}
  SECTION("it is gone, and its child is the proxy's") {
    p.before = [&](int at) {
      if (at != 99 || p.reads > 5) return;
      p.all.erase(99);
      p.all[100].parent = 50;
    };
  }
  SECTION("and the server is gone as well") {
    p.before = [&](int at) {
      if (at != 98) return;
      p.all.erase(98);
      p.all.erase(99);
      p.all[100].parent = 50;
    };
  }
  SECTION("another process has its number by then") {
    p.before = [&](int at) {
      if (at != 99 || p.reads > 5) return;
      p.all[99] = {1, 99, 99, 20};
      p.all[100].parent = 50;
    };
  }
  const auto found = p.governor_of(state);
  REQUIRE(found);
  CHECK(*found == "files");
}

TEST_CASE("what cannot be told about an ancestor is an error, never a no") {
  const TempDirectory state;
  Processes p;
  const auto error = [&](int pid = 100) {
    const auto found = p.governor_of(state, pid);
    REQUIRE_FALSE(found);
    return found.error().what;
  };
  SECTION("one that cannot be read") {
    p.all.erase(99);  // and 100 has it for its parent still
    CHECK(error() == "process 99, which it descends from, cannot be read in /proc");
  }
  SECTION("who asks") { CHECK(error(101).find("process 101") == 0); }
  SECTION("some that come and go for ever") {
    p.before = [&](int at) {
      if (at == 99) p.all[100].started++;
    };
    CHECK(error().find("end faster than they can be looked at") != std::string::npos);
    CHECK(p.reads < 1000);
  }
  SECTION("the registrations") {
    std::ofstream(state / "run") << "no directory";
    CHECK_FALSE(governing_server(state.path()));
  }
}

TEST_CASE(
    "the first process and the end of the PID namespace are the top, for who is not governed") {
  const TempDirectory state;
  Processes p;
  CHECK(*p.governor_of(state, 40) == std::nullopt);
  CHECK(*p.governor_of(state, 50) == std::nullopt);  // the proxy itself
  p.all[40].parent = 0;
  CHECK(*p.governor_of(state, 50) == std::nullopt);
}

TEST_CASE("a registration that says nothing is one of that proxy's server") {
  const TempDirectory state;
  Processes p;
  CHECK(*p.governor_of(state) == "files");
  std::ofstream(state / "run/50-6") << "rubbish";
  const auto read = [&](int at) {
    return p.all.contains(at) ? std::optional(p.all[at]) : std::nullopt;
  };
  CHECK(governing_server(state.path(), 100, read)->has_value());
  CHECK_FALSE(governing_server(state.path(), 40, read)->has_value());
}

TEST_CASE("touching wake makes the file, and every touch is a change of it") {
  const TempDirectory state;
  REQUIRE(touch_wake(state.path()));
  struct stat first {};
  REQUIRE(::stat(wake_path(state.path()).c_str(), &first) == 0);
  CHECK((first.st_mode & 0777U) == 0600);
  REQUIRE(touch_wake(state.path()));
  struct stat second {};
  REQUIRE(::stat(wake_path(state.path()).c_str(), &second) == 0);
  CHECK(second.st_ino == first.st_ino);
  CHECK(second.st_size == 1);
}

TEST_CASE("the nearest proxy above is told by its own word, wherever it keeps its state") {
  Processes processes;
  std::vector<int> asked;
  const auto above = [&](const std::map<int, std::string>& proxies) {
    asked.clear();
    return proxy_above(
        [&](int pid) -> std::optional<std::string> {
          asked.push_back(pid);
          const auto found = proxies.find(pid);
          return found == proxies.end() ? std::nullopt : std::optional(found->second);
        },
        100,
        [&](int at) -> std::optional<Process> {
          processes.before(at);
          const auto found = processes.all.find(at);
          return found == processes.all.end() ? std::nullopt : std::optional(found->second);
        });
  };
  CHECK(above({{50, "files"}}).value() == "files");
  CHECK(above({{40, "outer"}, {98, "inner"}}).value() == "inner");
  // Nobody is its own governor; the first process of a container is asked as well.
  CHECK(above({{100, "itself"}}).value() == std::nullopt);
  CHECK(asked == std::vector<int>{99, 98, 50, 40, 1});
  CHECK(above({{1, "all"}}).value() == "all");

  // One that ends while it is looked for hides nothing: its child is below another one then.
  processes.before = [&](int at) {
    if (at == 98) processes.all[99].parent = 50;
  };
  CHECK(above({{50, "files"}}).value() == "files");
  // Who cannot be read ends the search: what is registered answers then.
  processes.before = [](int) {};
  processes.all.erase(50);
  CHECK(above({{40, "outer"}}).value() == std::nullopt);
  // They come and go.
  processes.before = [&](int) { ++processes.all[99].started; };
  CHECK(above({{40, "outer"}}).error().what ==
        "the processes that it descends from end faster than they can be looked at");
}

}  // namespace agentmesh::trust
