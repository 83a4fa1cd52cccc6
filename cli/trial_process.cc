#include "cli/trial_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "integrations/summary.h"

namespace agentmesh::cli {
namespace {

using Clock = std::chrono::steady_clock;
using std::string;

// What clients on the common SDKs hand on, and the few that Codex adds.
constexpr const char* kInherited[] = {"HOME", "LOGNAME", "PATH",   "SHELL",  "TERM",
                                      "USER", "LANG",    "LC_ALL", "TMPDIR", "TZ"};

std::vector<char*> pointers(std::vector<string>& words) {
  std::vector<char*> out;
  for (string& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

std::optional<Pipe> make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return std::nullopt;
  return Pipe{Fd(fds[0]), Fd(fds[1])};
}

string TrialProcess::start(const Trial& trial, const string& state_dir) {
  auto in = make_pipe();
  auto out = make_pipe();
  auto err = make_pipe();
  if (!in || !out || !err) return "no pipes left";
  std::vector<string> words = trial.command;
  // Behind its own options, in front of the server's command.
  for (const char* word : {"--state-dir", state_dir.c_str(), "--mode", "shadow"})
    words.insert(std::find(words.begin(), words.end(), "--"), word);

  std::vector<string> variables;
  for (const char* name : kInherited)
    if (const char* value = std::getenv(name); value != nullptr)
      variables.push_back(string(name) + "=" + value);
  for (const auto& [name, value] : trial.variables) {
    const string assigns = name + "=";
    std::erase_if(variables, [&](const string& each) { return each.starts_with(assigns); });
    variables.push_back(assigns + value);
  }

  // The system would say the same of a directory that is not there and of a program.
  std::error_code ignored;
  if (!trial.directory.empty() && !std::filesystem::is_directory(trial.directory, ignored))
    return fmt::format("its cwd is no directory that is there: {}",
                       integrations::printable(trial.directory));

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  (void)::posix_spawn_file_actions_init(&actions);
  (void)::posix_spawnattr_init(&attributes);
  (void)::posix_spawn_file_actions_adddup2(&actions, in->read.get(), 0);
  (void)::posix_spawn_file_actions_adddup2(&actions, out->write.get(), 1);
  (void)::posix_spawn_file_actions_adddup2(&actions, err->write.get(), 2);
  if (!trial.directory.empty())
    (void)::posix_spawn_file_actions_addchdir_np(&actions, trial.directory.c_str());
  sigset_t defaults;
  sigset_t none;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  sigemptyset(&none);
  (void)::posix_spawnattr_setsigdefault(&attributes, &defaults);
  (void)::posix_spawnattr_setsigmask(&attributes, &none);
  (void)::posix_spawnattr_setpgroup(&attributes, 0);
  (void)::posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  const int failed = ::posix_spawn(&pid_, words[0].c_str(), &actions, &attributes,
                                   pointers(words).data(), pointers(variables).data());
  (void)::posix_spawn_file_actions_destroy(&actions);
  (void)::posix_spawnattr_destroy(&attributes);
  if (failed != 0) {
    pid_ = -1;
    return fmt::format("{} cannot be started: {}", words[0], std::strerror(failed));
  }
  input_ = std::move(in->write);
  output_ = std::move(out->read);
  errors_ = std::move(err->read);
  for (const Fd* fd : {&input_, &output_, &errors_}) (void)::fcntl(fd->get(), F_SETFL, O_NONBLOCK);
  return {};
}

TrialProcess::~TrialProcess() {
  if (pid_ < 0) return;
  input_.reset();
  if (!ended_within(2000)) {
    (void)::kill(pid_, SIGTERM);  // it tells its server, whose group is another
    if (!ended_within(3000)) {
      (void)::kill(pid_, SIGKILL);  // and the server dies with it
      (void)::waitpid(pid_, nullptr, 0);
    }
  }
}

// Its pipes are read empty meanwhile, so that nothing holds it up.
bool TrialProcess::ended_within(int ms) const {
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  const auto until = Clock::now() + std::chrono::milliseconds(ms);
  for (;;) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) return true;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) return false;
    std::array<pollfd, 3> wait = {
        {{pidfd.get(), POLLIN, 0}, {output_.get(), POLLIN, 0}, {errors_.get(), POLLIN, 0}}};
    (void)::poll(wait.data(), wait.size(), static_cast<int>(left));
    char sink[4096];
    bool closed = true;
    for (size_t i = 1; i < wait.size(); ++i)
      if (wait[i].revents != 0) closed = ::read(wait[i].fd, sink, sizeof sink) == 0 && closed;
    // A closed pipe is always ready: then only its end is left to wait for.
    if (closed && wait[0].revents == 0) (void)::poll(wait.data(), 1, 5);
  }
}

}  // namespace agentmesh::cli
