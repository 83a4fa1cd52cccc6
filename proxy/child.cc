#include "proxy/child.h"

// Boost 1.81 forgets these four when it is told to use std::filesystem; harmless in 1.83.
// clang-format off
#include <boost/optional.hpp>
#include <boost/type_traits/is_constructible.hpp>
#include <boost/type_traits/is_convertible.hpp>
#include <boost/type_traits/remove_pointer.hpp>
// clang-format on

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string_view>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/process/v2/posix/default_launcher.hpp>
#include <boost/process/v2/process.hpp>
#include <boost/process/v2/stdio.hpp>

#include "proxy/sandbox.h"

namespace agentmesh::proxy {
namespace {

namespace bp = boost::process::v2;

// Of the pipe that the server answers on, so that it writes a large result in fewer turns with us (the usual 64 KiB: 1 MiB in
// 3.8 ms, this: in 3.0; four times as much: no better). Counted against what a user may have in pipes, so no more.
constexpr int kAnswerPipe = 256 * 1024;
constexpr const char* kShell = "/bin/sh";

struct Pipe {
  Fd read, write;
};

// Both ends above the standard descriptors, so that placing them there in the child cannot overwrite one with the other.
Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("pipe");
  Pipe pipe{Fd(ends[0]), Fd(ends[1])};
  for (Fd* end : {&pipe.read, &pipe.write}) {
    if (end->get() > STDERR_FILENO) continue;
    const int higher = ::fcntl(end->get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (higher < 0) return fail_errno("pipe");
    end->reset(higher);
  }
  return pipe;
}

// While it lives, no signal handler of ours can run: not here, and above all not in the forked child before exec.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

bp::error_code last_error() { return {errno, boost::system::system_category()}; }

// Runs in the child between fork and exec: async-signal-safe calls only, and errno must hold the reason on return,
// because the launcher sends errno (not the error_code) to the parent.
struct ChildSetup {
  pid_t parent;
  const Confinement* confinement;

  template <class... A>
  bp::error_code on_exec_setup(A&&...) const {
    if (::setpgid(0, 0) != 0) return last_error();
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return last_error();
    if (::getppid() != parent) ::_exit(127);                    // it died before the line above
    for (int s = 1; s < NSIG; ++s) (void)::signal(s, SIG_DFL);  // KILL and STOP refuse, rightly
    sigset_t none;
    sigemptyset(&none);
    if (::sigprocmask(SIG_SETMASK, &none, nullptr) != 0) return last_error();
    if (::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) != 0) return last_error();
    if (confinement != nullptr) {  // the last thing: from here on only exec is left to do
      errno = confinement->enter();
      if (errno != 0) return last_error();
    }
    return {};
  }

  // Not exit(): our atexit handlers and unwritten buffers are the parent's business.
  template <class... A>
  void on_exec_error(A&&...) const {
    ::_exit(127);
  }
};

// 0 if `path` is a file that we may execute, else the errno that says why not.
int runnable(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return errno;
  if (!S_ISREG(status.st_mode)) return EACCES;
  return ::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

// POSIX has execvp give a file that is no program the kernel knows to the shell; a program of another machine is not for it.
bool begins_as_text(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  char bytes[128];
  const ssize_t size = file ? ::read(file.get(), bytes, sizeof bytes) : -1;
  return size >= 0 && std::all_of(bytes, bytes + size, [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte >= ' ' ? byte != 0x7F : (byte >= '\b' && byte <= '\r') || byte == 0x1B;
         });
}

bool is_missing(int error) { return error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG; }

}  // namespace

// A file that may not be executed does not end the search but is what is reported if nothing better comes.
Result<std::string> find_command(const std::string& command) {
  if (command.empty()) return fail("the name of the server's program is empty", ENOENT);
  int reason = ENOENT;
  if (command.find('/') != std::string::npos) {
    const int error = runnable(command);
    if (error == 0) return command;
    reason = is_missing(error) ? ENOENT : error;
  } else {
    const char* const path = std::getenv("PATH");
    std::string_view rest = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
    for (bool more = true; more;) {
      const size_t colon = rest.find(':');
      more = colon != std::string_view::npos;
      std::string candidate(rest.substr(0, colon));
      if (more) rest.remove_prefix(colon + 1);
      if (candidate.empty()) candidate = ".";  // an empty element is the working directory
      candidate += '/';
      candidate += command;
      const int error = runnable(candidate);
      if (error == 0) return candidate;
      if (!is_missing(error)) reason = error;
    }
  }
  if (reason == ENOENT) return fail(command + ": command not found", ENOENT);
  return fail(command + ": cannot be run: " + std::strerror(reason), reason);
}

Result<Child> Child::spawn(const std::vector<std::string>& words, const How& how) {
  if (words.empty()) return fail("no command given", ENOENT);
  auto path = find_command(words[0]);
  if (!path) return tl::unexpected(path.error());
  auto in = make_pipe();
  if (!in) return tl::unexpected(in.error());
  auto out = make_pipe();
  if (!out) return tl::unexpected(out.error());
  (void)::fcntl(out->read.get(), F_SETPIPE_SZ, kAnswerPipe);  // a smaller one does as well
  Pipe err;
  if (how.piped_stderr) {
    auto made = make_pipe();
    if (!made) return tl::unexpected(made.error());
    err = std::move(*made);
  }

  std::vector<const char*>
      argv;  // given whole: from a list the launcher would make argv[0] the path that was found
  for (const std::string& word : words) argv.push_back(word.c_str());
  argv.push_back(nullptr);
  std::vector<const char*> environment;
  if (how.environment != nullptr) {
    environment.reserve(how.environment->size() + 1);
    for (const std::string& variable : *how.environment) environment.push_back(variable.c_str());
    environment.push_back(nullptr);
  }

  Child child;
  const pid_t self = ::getpid();
  bp::posix::default_launcher launcher;
  if (how.environment != nullptr) launcher.env = environment.data();
  try {
    boost::asio::io_context own;  // never run: notify_fork finds nothing registered here
    const SignalsBlocked quiet;
    const auto launch = [&](const std::string& file, bp::error_code& ec) {
      ec.clear();
      auto process = launcher(own.get_executor(), ec, bp::filesystem::path(file), argv.data(),
                              bp::process_stdio{in->read.get(), out->write.get(),
                                                err.write ? err.write.get() : STDERR_FILENO},
                              ChildSetup{self, how.confinement});
      if (ec && launcher.pid > 0) ::waitpid(launcher.pid, nullptr, 0);  // it leaves a zombie
      if (!ec) {
        child.pid_ = process.id();
        process.detach();  // or its destructor would kill and wait
      }
    };
    bp::error_code ec;
    launch(*path, ec);
    if (ec.value() == ENOEXEC && begins_as_text(*path)) {  // a script without `#!`
      argv.insert(argv.begin(), kShell);
      argv[1] = path->c_str();
      launch(kShell, ec);
    }
    if (ec) {
      // The file was there a moment ago: what is missing is the interpreter it names.
      const int reason = ec.value() == ENOENT ? ENOEXEC : ec.value();
      const char* const why =
          ec.value() == ENOENT ? "its interpreter is missing" : std::strerror(reason);
      return fail(words[0] + ": cannot be run: " + why, reason);
    }
  } catch (const std::exception& e) {
    if (::getpid() != self) ::_exit(127);  // thrown in the child: it must never run our code
    if (launcher.pid > 0) {
      ::kill(launcher.pid, SIGKILL);
      ::waitpid(launcher.pid, nullptr, 0);
    }
    return fail(words[0] + ": cannot be run: " + e.what(), EAGAIN);
  }
  child.pidfd_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, child.pid_, 0)));
  if (!child.pidfd_) return fail_errno("pidfd_open");
  child.stdin_ = std::move(in->write);
  child.stdout_ = std::move(out->read);
  child.stderr_ = std::move(err.read);
  return child;
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      stdin_(std::move(other.stdin_)),
      stdout_(std::move(other.stdout_)),
      stderr_(std::move(other.stderr_)) {}

Child& Child::operator=(Child&& other) noexcept {
  Child(std::move(other)).swap(*this);
  return *this;
}

void Child::swap(Child& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(pidfd_, other.pidfd_);
  std::swap(stdin_, other.stdin_);
  std::swap(stdout_, other.stdout_);
  std::swap(stderr_, other.stderr_);
}

Child::~Child() {
  if (pid_ <= 0) return;
  kill_group(SIGKILL);
  (void)reap();
}

void Child::kill_group(int signal) const {
  if (pid_ <= 0) return;
  // The leader itself as well: nothing keeps a server from leaving the group we put it in.
  (void)::kill(-pid_, signal);
  if (::getpgid(pid_) != pid_) (void)::kill(pid_, signal);
}

int Child::reap() {
  if (pid_ <= 0) return 0;
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) != 0) {
    if (errno != EINTR) {
      pid_ = -1;
      return 127;  // somebody else took the status: nothing is known
    }
  }
  pid_ = -1;
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

}  // namespace agentmesh::proxy
