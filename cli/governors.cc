#include "cli/governors.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/fd.h"
#include "base/files.h"
#include "base/passwd_home.h"
#include "cli/server_command.h"
#include "cli/wrapped.h"
#include "config/paths.h"
#include "integrations/own_places.h"
#include "integrations/starts.h"
#include "proxy/server_name.h"
#include "trust/governed.h"

namespace agentmesh::cli {
namespace {

constexpr size_t kLongestLine = 64U << 20;

// Of a file in /proc: its strings, each ended by a NUL.
std::vector<std::string> strings_of(const std::string& file) {
  std::vector<std::string> out;
  const auto text = read_file(file, kLongestLine);
  if (!text) return out;
  for (size_t at = 0; at < text->size();) {
    const size_t end = std::min(text->find('\0', at), text->size());
    out.push_back(text->substr(at, end - at));
    at = end + 1;
  }
  return out;
}

// A process that was started as a proxy is: PROGRAM proxy … -- COMMAND, or with --target. Something may stand in front of `proxy` (a
// loader and the program's path).
struct Started {
  std::string program;
  std::vector<std::string> options;  // from `proxy` on, without the server's command
  std::vector<std::string> command;

  std::string option(std::string_view name) const {
    const auto found = integrations::run_options(options, options.size(), name);
    return found.empty() ? "" : found.front().value;
  }
};
std::optional<Started> started_as_proxy(int pid) {
  const std::vector<std::string> all = strings_of(fmt::format("/proc/{}/cmdline", pid));
  if (all.empty()) return std::nullopt;
  const auto bare = std::find(all.begin() + 1, all.end(), "--");
  const auto proxy = std::find(all.begin() + 1, bare, "proxy");  // the program may be called that
  if (proxy == bare) return std::nullopt;
  Started out{all.front(), {proxy, all.end()}, {}};
  // One that is bent may run all the same, where a program has so odd a name; without a -- it does not.
  using integrations::Starts;
  const Starts what = integrations::start_of("agentmesh", out.options).what;
  if (what == Starts::kOther || (what == Starts::kBent && all.end() - bare < 2))
    return std::nullopt;
  out.command = take_server_command(out.options).words();
  return out;
}

bool is_this_users(int pid) {
  constexpr std::string_view kReal = "\nUid:\t";
  const auto status = read_file(fmt::format("/proc/{}/status", pid), kLongestLine);
  const size_t at = status ? status->find(kReal) : std::string::npos;
  return at != std::string::npos &&
         std::strtoul(status->c_str() + at + kReal.size(), nullptr, 10) == ::getuid();
}

// Whether both are files with the same bytes. What cannot be read is the same as nothing.
bool same_bytes(const std::string& one, const std::string& other) {
  const Fd a(::open(one.c_str(), O_RDONLY | O_CLOEXEC));
  const Fd b(::open(other.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat about_a {};
  struct stat about_b {};
  if (!a || !b || ::fstat(a.get(), &about_a) != 0 || ::fstat(b.get(), &about_b) != 0 ||
      !S_ISREG(about_a.st_mode) || about_a.st_size != about_b.st_size)
    return false;
  if (about_a.st_dev == about_b.st_dev && about_a.st_ino == about_b.st_ino) return true;
  std::vector<char> left(1U << 18);
  std::vector<char> right(left.size());
  for (off_t at = 0; at < about_b.st_size;) {
    const ssize_t size = ::pread(b.get(), right.data(), right.size(), at);
    if (size <= 0 || ::pread(a.get(), left.data(), static_cast<size_t>(size), at) != size ||
        std::memcmp(left.data(), right.data(), static_cast<size_t>(size)) != 0)
      return false;
    at += size;
  }
  return true;
}

std::string_view without_mark(std::string_view file) {
  constexpr std::string_view kDeleted = " (deleted)";
  if (file.ends_with(kDeleted)) file.remove_suffix(kDeleted.size());
  return file;
}

// Whether our program is mapped into it to be run: behind a loader, which is the process's program by name, and ours is not. What is mapped
// is looked at even where nothing is called so any more, if the kernel lets us (CAP_SYS_ADMIN).
bool maps_ours(int pid) {
  const std::string proc = fmt::format("/proc/{}", pid);
  const std::string maps = read_file(proc + "/maps", kLongestLine).value_or("");
  std::set<std::string_view> seen;
  for (size_t at = 0; at < maps.size();) {
    const size_t end = std::min(maps.find('\n', at), maps.size());
    const std::string_view line = std::string_view(maps).substr(at, end - at);
    at = end + 1;
    const size_t slash = line.find('/');  // "BEGIN-END r-xp OFFSET DEVICE INODE   PATH"
    const size_t mode = line.find(' ');
    if (slash == std::string_view::npos || line.substr(mode + 1, 4).find('x') > 3) continue;
    const std::string_view file = without_mark(line.substr(slash));
    if (!seen.insert(file).second) continue;
    if (integrations::is_agentmesh(file) || file == executable_path() ||
        same_bytes(fmt::format("{}/map_files/{}", proc, line.substr(0, mode)), "/proc/self/exe") ||
        same_bytes(fmt::format("{}/root{}", proc, file), "/proc/self/exe"))
      return true;
  }
  return false;
}

// The one that starts programs of the C library's: ld-linux-x86-64.so.2, ld-musl-x86_64.so.1, ld.so.
bool is_loader(std::string_view program) {
  const std::string_view name = program.substr(program.rfind('/') + 1);
  return name.starts_with("ld-") || name.starts_with("ld.so");
}

// Whether it runs our program, whatever it was called by: ours lets nobody of its own user look at it (main.cc), and who may look all the
// same (root) sees a copy of this one. Behind a loader that copy may be removed or written to by what it started, so there the command line
// (of a proxy, as it is asked of no other process) is enough.
bool runs_ours(int pid, const std::string& program) {
  if (integrations::is_agentmesh(program)) return true;
  const std::string exe = fmt::format("/proc/{}/exe", pid);
  char target[PATH_MAX];
  const ssize_t size = ::readlink(exe.c_str(), target, sizeof target);
  if (size < 0) return (errno == EACCES || errno == EPERM) && is_this_users(pid);
  const std::string_view file = without_mark({target, static_cast<size_t>(size)});
  return integrations::is_agentmesh(file) || file == executable_path() || is_loader(file) ||
         same_bytes(exe, "/proc/self/exe") || maps_ours(pid);
}

// Where a proxy that was started as this process was keeps its state; "" if it is none, or that cannot be told.
std::string state_dir_of(int pid) {
  const auto started = started_as_proxy(pid);
  if (!started) return "";
  const std::string proc = fmt::format("/proc/{}", pid);
  std::string given = started->option("--state-dir");
  if (!given.empty() && !given.starts_with('/')) {
    const auto directory = resolve_path(proc + "/cwd");
    if (!directory) return "";
    given = *directory + "/" + given;
  }
  const std::vector<std::string> variables = strings_of(proc + "/environ");
  if (given.empty() && variables.empty()) return "";
  const auto state =
      config::state_directory(given, [&variables](const char* name) -> std::optional<std::string> {
        const std::string assigns = std::string(name) + "=";
        for (const std::string& variable : variables)
          if (variable.starts_with(assigns) && variable.size() > assigns.size())
            return variable.substr(assigns.size());
        return std::nullopt;
      });
  return state.value_or("");
}

// Absolute, each once, in the order in which they are added.
struct Directories {
  std::vector<std::string> all;

  void add(const std::string& path) {
    if (path.empty()) return;
    std::string normal = lexically_normal(path, current_directory());
    if (std::find(all.begin(), all.end(), normal) == all.end()) all.push_back(std::move(normal));
  }
};

// Those that are known without a look into any client's file.
Directories known_state_dirs(const std::string& given, const std::vector<std::string>& more) {
  Directories out;
  out.add(given);
  for (const std::string& path : more) out.add(path);
  out.add(config::state_directory("", config::system_environment()).value_or(""));
  out.add(passwd_state_dir());
  std::set<int> seen;
  for (int pid = ::getpid(); pid > 0 && seen.insert(pid).second;) {
    out.add(state_dir_of(pid));
    const auto process = trust::read_process(pid);
    pid = process ? process->parent : 0;
  }
  return out;
}

}  // namespace

Result<std::optional<std::string>> server_of_proxy_above() {
  return trust::proxy_above([](int pid) -> std::optional<std::string> {
    const auto started = started_as_proxy(pid);
    if (!started || !runs_ours(pid, started->program)) return std::nullopt;
    std::string name = started->option("--name");
    if (name.empty())
      name = started->command.empty() ? "(unnamed)" : proxy::server_name(started->command);
    return name;
  });
}

std::vector<std::string> state_dirs_to_ask(const std::string& given,
                                           const std::vector<std::string>& more) {
  Directories out = known_state_dirs(given, more);
  const std::vector<std::string> known = known_state_dirs(given, {}).all;
  for (const config::Environment& environment :
       {config::system_environment(), config::passwd_environment()})
    for (const std::string& path : named_state_dirs(environment, known)) out.add(path);
  return out.all;
}

std::vector<std::string> state_dirs_that_remember(const std::string& given) {
  const std::vector<std::string> known = known_state_dirs(given, {}).all;
  Directories out{known};
  for (const config::Environment& environment :
       {config::system_environment(), config::passwd_environment()})
    for (const std::string& path : remembering_state_dirs(environment, known)) out.add(path);
  return out.all;
}

}  // namespace agentmesh::cli
