// Child: the real server, started with exactly the words, environment and directory that a client would have given it.
//
// A script without `#!` is /bin/sh's, as execvp(3) has it. Its own process group, default signals, descriptors 0 to 2 and no others;
// stderr is ours, inherited, or a pipe. It dies when the thread that called spawn() dies (so: call it from the main thread).
// Boost.Process stays in child.cc.
// Order: spawn; use stdin/stdout; watch pidfd() for readability; kill_group(); reap() exactly once.
// Failure: spawn tells a command that is not there (errno ENOENT) from one that cannot be run (any other).

#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace agentmesh::proxy {

class Confinement;

// Where `command` is, as execvp(3) looks for it: a word with a slash is a path, any other is sought along PATH. ENOENT: not
// there; any other errno: it is, and cannot be run.
Result<std::string> find_command(const std::string& command);

class Child {
 public:
  struct How {
    const Confinement* confinement = nullptr;               // sandbox.h; null: none
    const std::vector<std::string>* environment = nullptr;  // NAME=value; null: ours
    bool piped_stderr = false;
  };
  static Result<Child> spawn(const std::vector<std::string>& words, const How& how);
  static Result<Child> spawn(const std::vector<std::string>& words) { return spawn(words, How()); }

  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child();  // SIGKILL to the group and reap, if nobody did

  Fd take_stdin() { return std::move(stdin_); }
  Fd take_stdout() { return std::move(stdout_); }
  Fd take_stderr() { return std::move(stderr_); }  // nothing if it is ours
  int pidfd() const { return pidfd_.get(); }
  pid_t pid() const { return pid_; }
  // The signal to the whole group, while the leader is not yet reaped.
  void kill_group(int signal) const;
  // Its exit status as a shell gives it: N, or 128 + signal. Must have ended (pidfd readable).
  int reap();

 private:
  Child() = default;
  void swap(Child& other) noexcept;

  pid_t pid_ = -1;
  Fd pidfd_, stdin_, stdout_, stderr_;
};

}  // namespace agentmesh::proxy
