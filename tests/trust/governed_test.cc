#include "trust/governed.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

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

}  // namespace

TEST_CASE("a registered child is governed, its parent is not") {
  const TempDirectory state;
  Child child;
  CHECK_FALSE(governing_server(state.path(), child.pid()));
  auto registered = GovernedChild::record(state.path(), child.pid(), "my files");
  REQUIRE(registered);
  CHECK(governing_server(state.path(), child.pid()) == "my files");
  CHECK_FALSE(governing_server(state.path()));
}

TEST_CASE("what descends from a governed server is governed") {
  const TempDirectory state;
  auto registered = GovernedChild::record(state.path(), ::getpid(), "files");
  REQUIRE(registered);
  Child child;
  CHECK(governing_server(state.path(), child.pid()) == "files");
  CHECK_FALSE(governing_server(state.path(), ::getppid()));
}

TEST_CASE("the registration goes with the proxy's session") {
  const TempDirectory state;
  Child child;
  {
    auto registered = GovernedChild::record(state.path(), child.pid(), "files");
    REQUIRE(registered);
    GovernedChild moved = std::move(*registered);
    CHECK(governing_server(state.path(), child.pid()) == "files");
  }
  CHECK_FALSE(governing_server(state.path(), child.pid()));
  CHECK(list_directory(state.path() + "/run")->empty());
}

TEST_CASE("a pid that was used again is not taken for the child") {
  const TempDirectory state;
  Child child;
  auto registered = GovernedChild::record(state.path(), child.pid(), "files");
  REQUIRE(registered);
  std::ofstream(state.path() + "/run/999999999-1") << child.pid() << " 1 others\n";
  CHECK(governing_server(state.path(), child.pid()) == "files");
  { const GovernedChild gone = std::move(*registered); }
  CHECK_FALSE(governing_server(state.path(), child.pid()));
}

TEST_CASE("whatever a proxy has for a child is its server's, registered by name or not") {
  const TempDirectory state;
  Child early;  // it runs before the proxy knows its number
  auto registered = GovernedChild::record(state.path(), 0, "files");
  REQUIRE(registered);
  CHECK(governing_server(state.path(), early.pid()) == "files");
  Child server;
  REQUIRE(registered->started(server.pid()));
  CHECK(governing_server(state.path(), server.pid()) == "files");
  CHECK(governing_server(state.path(), early.pid()) == "files");  // detached from the server, say
  CHECK_FALSE(governing_server(state.path()));
  CHECK(governed_servers(state.path()) == std::vector<std::string>{"files"});
  // A number that another process has now is no proxy's.
  const auto names = list_directory(state.path() + "/run");
  REQUIRE(names->size() == 1);
  const std::string path = state.path() + "/run/" + names->front();
  std::ofstream(path.substr(0, path.rfind('-')) + "-1") << "0 0 older\n";
  { const GovernedChild gone = std::move(*registered); }
  CHECK_FALSE(governing_server(state.path(), early.pid()));
}

TEST_CASE("what a process started before it became a proxy is none of the server's") {
  const TempDirectory state;
  Child earlier;
  auto registered = GovernedChild::record(state.path(), 0, "two\nlines", {earlier.pid()});
  REQUIRE(registered);
  Child server;
  CHECK_FALSE(governing_server(state.path(), earlier.pid()));
  CHECK(governing_server(state.path(), server.pid()) == "two lines");
  REQUIRE(registered->started(server.pid()));
  CHECK_FALSE(governing_server(state.path(), earlier.pid()));
  CHECK(governing_server(state.path(), server.pid()) == "two lines");
  CHECK(governed_servers(state.path()) == std::vector<std::string>{"two lines"});
}

TEST_CASE(
    "files of proxies that died are cleared away, other names are left alone and do no harm") {
  const TempDirectory state;
  REQUIRE(make_directories(state / "run"));
  std::ofstream(state / "run/999999999-1") << "999999998 1 gone\n";
  std::ofstream(state / "run/rubbish") << "not a registration";
  Child child;
  CHECK_FALSE(governing_server(state.path(), child.pid()));
  auto registered = GovernedChild::record(state.path(), child.pid(), "files");
  REQUIRE(registered);
  const auto names = list_directory(state / "run");
  REQUIRE(names);
  CHECK(names->size() == 2);
  CHECK(std::count(names->begin(), names->end(), "rubbish") == 1);
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

}  // namespace agentmesh::trust
