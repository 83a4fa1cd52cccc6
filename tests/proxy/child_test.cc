#include "proxy/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "proxy/descendants.h"
#include "tests/catch.h"

namespace agentmesh::proxy {
namespace {

bool readable(int fd, int timeout_ms) {
  pollfd one{fd, POLLIN, 0};
  return ::poll(&one, 1, timeout_ms) == 1;
}

std::string read_all(int fd) {
  std::string all;
  char bytes[4096];
  for (ssize_t got; (got = ::read(fd, bytes, sizeof bytes)) > 0;)
    all.append(bytes, static_cast<size_t>(got));
  return all;
}

struct Ran {
  std::string out;
  int status = -1;
};

Ran run(const std::vector<std::string>& words, const std::string& input = "") {
  // ThreadSanitizer's _exit() writes what stdio holds, in a child that could not exec as well.
  std::fflush(nullptr);
  auto child = Child::spawn(words);
  REQUIRE(child);
  {
    const Fd in = child->take_stdin();
    REQUIRE(::write(in.get(), input.data(), input.size()) == static_cast<ssize_t>(input.size()));
  }
  Ran ran;
  ran.out = read_all(child->take_stdout().get());
  REQUIRE(readable(child->pidfd(), 10'000));
  ran.status = child->reap();
  return ran;
}

size_t open_descriptors() {
  size_t count = 0;
  for (int fd = 0; fd < 1024; ++fd) count += ::fcntl(fd, F_GETFD) != -1 ? 1U : 0U;
  return count;
}

// A directory of its own, gone afterwards.
class Folder {
 public:
  Folder() {
    char name[] = "/tmp/agentmesh-child-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path_ = name;
  }
  ~Folder() {
    for (const std::string& file : files_) (void)::unlink(file.c_str());
    (void)::rmdir(path_.c_str());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string file(const std::string& name, const std::string& text, mode_t mode) {
    const std::string path = path_ + "/" + name;
    std::ofstream(path) << text;
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    files_.push_back(path);
    return path;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::vector<std::string> files_;
};

// PATH for the length of a test.
class Path {
 public:
  explicit Path(const std::string& value) : before_(::getenv("PATH")) {
    ::setenv("PATH", value.c_str(), 1);
  }
  ~Path() { ::setenv("PATH", before_.c_str(), 1); }
  Path(const Path&) = delete;
  Path& operator=(const Path&) = delete;

 private:
  std::string before_;
};

TEST_CASE("the child's words are exactly the ones given, empty ones and odd bytes too") {
  const std::vector<std::string> words = {"sh",    "-c",       "printf '%s|' \"$0\" \"$@\"",
                                          "",      "--",       "-p",
                                          "é",     "$HOME",    "a b",
                                          "\"q\"", "\xFF\xFE", "line\nbreak",
                                          ""};
  std::string expected;
  for (size_t i = 3; i < words.size(); ++i) expected += words[i] + "|";
  CHECK(run(words).out == expected);
}

TEST_CASE("argv[0] is the word as given, not the path where it was found") {
  CHECK(run({"sh", "-c", "tr '\\0' '\\n' < /proc/$$/cmdline | head -1"}).out == "sh\n");
}

TEST_CASE("the child has descriptors 0 to 2 and no others, even where ours leak") {
  const Fd leak(::open("/dev/null", O_RDONLY));  // no O_CLOEXEC
  const Fd high(::fcntl(leak.get(), F_DUPFD, 700));
  REQUIRE(high);
  // The shell's own glob opens one more for the length of the listing.
  CHECK(
      run({"sh", "-c",
           "cd /proc/self/fd && for n in 0 1 2 3 4 5 6 7 8 9 10 700; do [ -e /proc/$$/fd/$n ] && echo $n; done"})
          .out == "0\n1\n2\n");
}

TEST_CASE("the child's signals are at their defaults and none is blocked, whatever ours are") {
  (void)::signal(SIGPIPE, SIG_IGN);
  (void)::signal(SIGUSR2, SIG_IGN);
  sigset_t some, before;
  sigemptyset(&some);
  sigaddset(&some, SIGUSR1);
  sigaddset(&some, SIGTERM);
  REQUIRE(::sigprocmask(SIG_BLOCK, &some, &before) == 0);
  // cat, not a shell or grep: those set signals of their own.
  const std::string status = run({"cat", "/proc/self/status"}).out;
  sigset_t after;
  REQUIRE(::sigprocmask(SIG_SETMASK, &before, &after) == 0);
  (void)::signal(SIGUSR2, SIG_DFL);
  CHECK(sigismember(&after, SIGTERM) == 1);  // ours came back as it was
  CHECK(sigismember(&after, SIGINT) == 0);
  CHECK(status.find("SigIgn:\t0000000000000000") != std::string::npos);
  CHECK(status.find("SigBlk:\t0000000000000000") != std::string::npos);
}

TEST_CASE("the child leads a process group of its own") {
  auto child = Child::spawn({"cat"});
  REQUIRE(child);
  CHECK(::getpgid(child->pid()) == child->pid());
}

TEST_CASE("a status is the child's own number, or 128 and its signal") {
  CHECK(run({"sh", "-c", "exit 0"}).status == 0);
  CHECK(run({"sh", "-c", "exit 3"}).status == 3);
  CHECK(run({"sh", "-c", "exit 255"}).status == 255);
  CHECK(run({"sh", "-c", "exit 9"}).status == 9);
  CHECK(run({"sh", "-c", "kill -9 $$"}).status == 128 + 9);
  CHECK(run({"sh", "-c", "kill -15 $$"}).status == 128 + 15);
}

TEST_CASE("bytes go in and come out, and closing our end is the child's end of file") {
  CHECK(run({"cat"}, std::string("a\0b\xFF\n", 5)).out == std::string("a\0b\xFF\n", 5));
}

TEST_CASE("a command that is not there is told from one that cannot be run") {
  Folder folder;
  const std::string plain = folder.file("plain", "#!/bin/sh\necho hi\n", 0644);
  const std::string garbage = folder.file("garbage",
                                          "\x7F"
                                          "ELFnot really",
                                          0755);
  const std::string orphan = folder.file("orphan", "#!/nowhere/interpreter\n", 0755);
  struct Case {
    std::vector<std::string> words;
    bool missing;
    std::string says;
  };
  const Case cases[] = {
      {{"agentmesh-no-such-command"}, true, "agentmesh-no-such-command: command not found"},
      {{"/nowhere/at/all"}, true, "/nowhere/at/all: command not found"},
      {{plain + "/below"}, true, plain + "/below: command not found"},
      {{""}, true, "the name of the server's program is empty"},
      {{}, true, "no command given"},
      {{plain}, false, plain + ": cannot be run: Permission denied"},
      {{folder.path()}, false, folder.path() + ": cannot be run: Permission denied"},
      {{garbage}, false, garbage + ": cannot be run: Exec format error"},
      {{orphan}, false, orphan + ": cannot be run: its interpreter is missing"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.says);
    const auto child = Child::spawn(c.words);
    REQUIRE_FALSE(child);
    CHECK(child.error().what == c.says);
    CHECK((child.error().errno_value == ENOENT) == c.missing);
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);  // not even a zombie
    CHECK(errno == ECHILD);
  }
}

TEST_CASE("a script without #! is the shell's, as execvp has it") {
  Folder folder;
  const std::string script =
      folder.file("serve", "# no interpreter is named\necho \"$0 $1\"; cat\n", 0755);
  CHECK(run({script, "a b"}, "in\n").out == script + " a b\nin\n");
  CHECK(run({folder.file("empty", "", 0755)}).out.empty());
  const Path path(folder.path() + ":" + ::getenv("PATH"));
  CHECK(run({"serve", "x"}, "").out == script + " x\n");
}

TEST_CASE("a command is sought along PATH as execvp seeks it") {
  Folder first, second;
  first.file("tool", "not for running", 0644);
  second.file("tool", "#!/bin/sh\necho second\n", 0755);
  first.file("locked", "not for running", 0644);
  const Path path("/nowhere:" + first.path() + ":" + second.path() + ":" + ::getenv("PATH"));
  CHECK(run({"tool"}).out == "second\n");
  const auto locked = Child::spawn({"locked"});
  REQUIRE_FALSE(locked);
  CHECK(locked.error().errno_value == EACCES);
}

TEST_CASE("an empty element of PATH is the working directory") {
  Folder folder;
  folder.file("here", "#!/bin/sh\necho found\n", 0755);
  char before[4096];
  REQUIRE(::getcwd(before, sizeof before) != nullptr);
  REQUIRE(::chdir(folder.path().c_str()) == 0);
  std::string out;
  {
    const Path path(std::string("/bin:/usr/bin:"));
    out = run({"here"}).out;
  }
  REQUIRE(::chdir(before) == 0);
  CHECK(out == "found\n");
}

TEST_CASE("a failed start runs none of our exit handlers and writes nothing twice") {
  Folder folder;
  const std::string orphan = folder.file("orphan", "#!/nowhere/interpreter\n", 0755);
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  (void)std::fflush(nullptr);  // what is buffered belongs to the test runner
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    (void)::dup2(ends[1], 1);
    (void)std::atexit([] { (void)!::write(1, "atexit ", 7); });
    std::printf("buffered ");  // unflushed at the time of the fork
    const bool failed = !Child::spawn({orphan});
    std::exit(failed ? 0 : 1);
  }
  (void)::close(ends[1]);
  const Fd out(ends[0]);
  const std::string text = read_all(out.get());
  int status = -1;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  CHECK(status == 0);
  CHECK(text == "atexit buffered ");
}

TEST_CASE("many starts leave neither descriptors nor zombies behind") {
  const size_t before = open_descriptors();
  for (int i = 0; i < 40; ++i) {
    if (i % 4 == 0) {
      CHECK_FALSE(Child::spawn({"/dev/null"}));
    } else {
      CHECK(run({"true"}).status == 0);
    }
  }
  CHECK(open_descriptors() == before);
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("a child that nobody reaps is killed with its group when it goes out of scope") {
  Fd grandchild_alive;
  {
    auto child = Child::spawn({"sh", "-c", "trap '' TERM; cat & wait"});
    REQUIRE(child);
    grandchild_alive = child->take_stdout();
  }
  CHECK(readable(grandchild_alive.get(), 5'000));  // end of file: nobody holds the other end
  CHECK(read_all(grandchild_alive.get()).empty());
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("moving a child leaves one owner") {
  auto child = Child::spawn({"cat"});
  REQUIRE(child);
  const pid_t pid = child->pid();
  Child moved = std::move(*child);
  CHECK(moved.pid() == pid);
  auto other = Child::spawn({"cat"});
  REQUIRE(other);
  const Fd out = other->take_stdout();
  *other = std::move(moved);  // what it was before is killed and reaped
  CHECK(readable(out.get(), 5'000));
  CHECK(::kill(pid, 0) == 0);
  CHECK(other->pid() == pid);
}

TEST_CASE("the signal reaches the whole group, also after its leader is gone") {
  auto leader = Child::spawn({"sh", "-c", "exec 3<&0; cat <&3 & echo ready; exit 5"});
  REQUIRE(leader);
  const Fd in = leader->take_stdin();  // held open: the grandchild stays
  const Fd out = leader->take_stdout();
  REQUIRE(readable(leader->pidfd(), 5'000));
  char ready[6];
  REQUIRE(::read(out.get(), ready, sizeof ready) == 6);
  CHECK_FALSE(readable(out.get(), 0));  // the grandchild holds it
  leader->kill_group(SIGTERM);
  CHECK(readable(out.get(), 5'000));
  CHECK(leader->reap() == 5);
}

// The sanitizers look at memory through a pipe of their own: without descriptors they see damage everywhere.
#ifndef __SANITIZE_ADDRESS__
TEST_CASE("without descriptors the wait for what a server left does not take the processor") {
  auto stubborn = Child::spawn({"sh", "-c", "trap '' TERM; echo; while :; do sleep 1000; done"});
  REQUIRE(stubborn);
  const Fd in = stubborn->take_stdin();
  const Fd out = stubborn->take_stdout();
  REQUIRE(readable(out.get(), 5'000));
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit none{3, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const auto used_ms = [] {
    rusage usage{};
    (void)::getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
           (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
  };
  const auto used = used_ms();
  descendants::end(-1, 100'000, {});  // gives up a second after that
  CHECK(used_ms() - used < 500);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(::kill(stubborn->pid(), 0) == 0);
  stubborn->kill_group(SIGKILL);
  CHECK(stubborn->reap() == 128 + SIGKILL);
}

TEST_CASE("running out of descriptors is an error and not an end") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit few{64, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  std::vector<Fd> all;
  for (;;) {
    Fd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!fd) break;
    all.push_back(std::move(fd));
  }
  for (size_t left = 0; left < 12; ++left) {
    CAPTURE(left);
    auto child = Child::spawn({"true"});
    if (child) break;
    CHECK(child.error().errno_value != ENOENT);
    CHECK_FALSE(child.error().what.empty());
    all.pop_back();
  }
  all.clear();
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(run({"true"}).status == 0);
}
#endif

TEST_CASE("a child's stderr is ours, or a pipe that nothing but its own words can be had from") {
  auto child = Child::spawn({"sh", "-c", "echo said >&2; read line <&2 || echo closed >&2"},
                            {nullptr, nullptr, true});
  REQUIRE(child);
  const Fd err = child->take_stderr();
  REQUIRE(err);
  const std::string text = read_all(err.get());
  CHECK(text.starts_with("said\n"));
  CHECK(text.ends_with("closed\n"));
  REQUIRE(readable(child->pidfd(), 10'000));
  CHECK(child->reap() == 0);

  auto plain = Child::spawn({"true"});
  REQUIRE(plain);
  CHECK_FALSE(plain->take_stderr());
  REQUIRE(readable(plain->pidfd(), 10'000));
  CHECK(plain->reap() == 0);
}

TEST_CASE("of a swarm that ended no more are taken at once than others can wait for") {
  constexpr size_t kSwarm = 150;
  std::vector<pid_t> swarm;
  for (size_t i = 0; i < kSwarm; ++i) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(0);
    REQUIRE(pid > 0);
    swarm.push_back(pid);
  }
  for (const pid_t pid : swarm) {
    siginfo_t info{};
    REQUIRE(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) == 0);
  }
  CHECK(descendants::reap(-1));
  const auto left = descendants::children();
  REQUIRE(left);
  CHECK(left->size() >= kSwarm / 2);
  CHECK(left->size() < kSwarm);
  size_t turns = 1;
  while (descendants::reap(-1) && turns < kSwarm) ++turns;
  CHECK(turns > 1);
  CHECK(turns < 10);
  for (const pid_t pid : swarm) CHECK(::waitpid(pid, nullptr, WNOHANG) == -1);
}

}  // namespace
}  // namespace agentmesh::proxy
