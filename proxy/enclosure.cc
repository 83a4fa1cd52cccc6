#include "proxy/enclosure.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/below.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/remove_tree.h"
#include "proxy/command_roots.h"

namespace agentmesh::proxy {
namespace {

std::vector<std::string> own_environment() {
  std::vector<std::string> out;
  for (char** variable = ::environ; variable != nullptr && *variable != nullptr; ++variable)
    out.emplace_back(*variable);
  return out;
}

// The lock of a living proxy on its directory. None, with errno: EWOULDBLOCK if another has it, or just took the directory away.
Fd lock_directory(const std::string& path) {
  Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  // A server may have closed its own (chmod 0), and live.
  if (!directory && errno == EACCES) directory = open_whatever_mode(AT_FDCWD, path.c_str());
  if (!directory || ::flock(directory.get(), LOCK_EX | LOCK_NB) != 0) return {};
  struct stat locked {};
  struct stat there {};
  const bool same = ::fstat(directory.get(), &locked) == 0 && ::stat(path.c_str(), &there) == 0 &&
                    locked.st_ino == there.st_ino && locked.st_dev == there.st_dev;
  if (same) return directory;
  errno = EWOULDBLOCK;
  return {};
}

const std::string kStays = "temporary files of an earlier session stay: ";

// "1234", and "1234.1" where a process of that number lives elsewhere.
bool is_ours(std::string_view name) {
  return !name.empty() && name.find_first_not_of("0123456789.") == std::string_view::npos;
}

struct Temporary {
  std::string path;
  Fd kept;
};
Result<Temporary> make_temporary(const std::string& directory) {
  constexpr int kMostNamesakes = 1000;
  Temporary made;
  for (int namesake = 0; namesake < kMostNamesakes; ++namesake) {
    made.path = fmt::format("{}/{}", directory, ::getpid());
    if (namesake > 0) made.path += fmt::format(".{}", namesake);
    if (auto there = make_directories(made.path, 0700); !there)
      return tl::unexpected(there.error());
    made.kept = lock_directory(made.path);
    if (made.kept) return made;
    if (errno != EWOULDBLOCK && errno != ENOENT) return fail_errno("lock " + made.path);
  }
  return fail(made.path + ": another process has it", EBUSY);
}

Result<SandboxWorld> look_around(const Options& options, const policy::Policy& policy) {
  SandboxWorld world;
  world.command = options.command;
  auto executable = find_command(options.command.front());
  if (!executable) return tl::unexpected(executable.error());
  world.executable = std::move(*executable);
  world.working_directory = current_directory();
  world.home = home_directory();
  if (!world.home.empty())
    if (auto resolved = resolve_path(world.home)) world.home = std::move(*resolved);
  world.workspace = directories_of_command(options.command, world.working_directory, world.home);
  policy::Surroundings surroundings;
  surroundings.working_directory = world.working_directory;
  surroundings.home = world.home;
  surroundings.derived_roots = world.workspace;
  world.roots = policy.roots(surroundings);
  world.environment = own_environment();
  world.state_dir = options.state_dir;
  for (const std::string& path : options.unreadable_paths)
    // One that is not there yet must not be made by the server.
    (file_exists(path) ? world.closed : world.governing).push_back(path);
  world.project = options.project_paths;
  world.projects = options.projects;
  const auto is_closed = [&](const std::string& path) {
    const auto holds = [&path](const std::string& state) { return below(path, state); };
    return holds(options.state_dir) || std::any_of(world.closed.begin(), world.closed.end(), holds);
  };
  for (const std::string& path : options.protected_paths)
    if (!is_closed(path) &&
        std::find(world.project.begin(), world.project.end(), path) == world.project.end())
      world.governing.push_back(path);
  return world;
}

}  // namespace

std::vector<std::string> planned_remarks(const Options& options, const policy::Policy& policy) {
  auto world = look_around(options, policy);
  if (!world) return {};
  world->private_tmp = options.state_dir + "/tmp";
  return plan_sandbox(options.sandbox, *world).remarks;
}

std::vector<std::string> sweep_temporary(const std::string& directory, int64_t within_ms) {
  std::vector<std::string> stays;
  size_t not_begun = 0;
  std::string first;
  const SystemClock clock;
  const int64_t until_us = clock.mono_us() + within_ms * 1000;
  for (const std::string& name : list_directory(directory).value_or(std::vector<std::string>())) {
    const std::string path = directory + "/" + name;
    if (!is_ours(name)) continue;
    const Fd abandoned = lock_directory(path);
    if (!abandoned && (errno == EWOULDBLOCK || errno == ENOENT)) continue;
    if (!abandoned) {
      stays.push_back(kStays + fail_errno("lock " + path).value().what);
      continue;
    }
    const int64_t left_ms = (until_us - clock.mono_us()) / 1000;
    if (left_ms <= 0) {  // the next session goes on
      if (not_begun++ == 0) first = path;
      continue;
    }
    if (const auto removed = remove_tree(path, left_ms); !removed)
      stays.push_back(kStays + removed.error().what);
  }
  if (not_begun > 0)
    stays.push_back(fmt::format("{}{}{}: there was no time left for them", kStays, first,
                                not_begun == 1 ? "" : fmt::format(" and {} more", not_begun - 1)));
  return stays;
}

Result<Enclosure> Enclosure::build(const Options& options, const policy::Policy& policy,
                                   const KernelSupport& support) {
  if (auto possible = check_support(options.sandbox.level, support); !possible)
    return tl::unexpected(possible.error());
  auto world = look_around(options, policy);
  if (!world) return tl::unexpected(world.error());
  Enclosure made;
  const std::string directory = options.state_dir + "/tmp";
  made.left_ = sweep_temporary(directory);
  auto temporary = make_temporary(directory);
  if (!temporary) return tl::unexpected(temporary.error());
  made.tmp_ = world->private_tmp = std::move(temporary->path);
  made.tmp_kept_ = std::move(temporary->kept);
  made.plan_ = plan_sandbox(options.sandbox, *world);
  made.missing_ = not_enforced(options.sandbox.level, support);
  auto confinement = Confinement::prepare(made.plan_, support);
  if (!confinement) return tl::unexpected(confinement.error());
  for (const std::string& path : confinement->moved())
    made.plan_.remarks.push_back(path + " was moved or replaced during the start and stays closed");
  made.confinement_.emplace(std::move(*confinement));
  return made;
}

Enclosure::Enclosure(Enclosure&& other) noexcept
    : plan_(std::move(other.plan_)),
      missing_(std::move(other.missing_)),
      confinement_(std::move(other.confinement_)),
      left_(std::move(other.left_)),
      tmp_(std::exchange(other.tmp_, {})),
      tmp_kept_(std::move(other.tmp_kept_)) {}

Enclosure::~Enclosure() { (void)remove_temporary(); }

Result<void> Enclosure::remove_temporary() {
  if (tmp_.empty()) return {};
  auto removed = remove_tree(std::exchange(tmp_, {}), kTemporaryMs);
  tmp_kept_.reset();
  return removed;
}

Child::How Enclosure::how() const {
  Child::How how;
  if (confinement_) how.confinement = &*confinement_;
  how.environment = &plan_.environment;
  how.piped_stderr = true;
  return how;
}

std::vector<std::string> Enclosure::notices() const {
  std::vector<std::string> roots;
  bool writable = false;
  for (const Grant& grant : plan_.grants) {
    writable =
        writable || (grant.reach == Reach::kWrite && (grant.why == "root" || grant.why == "part"));
    if (grant.why == "root") roots.push_back(grant.path);
  }
  constexpr size_t kMostNamed = 3;
  const size_t more = roots.size() > kMostNamed ? roots.size() - kMostNamed : 0;
  if (more > 0) roots.resize(kMostNamed);
  std::vector<std::string> out;
  std::string line = fmt::format("sandbox {}: ", to_string(plan_.level));
  if (roots.empty())
    line += "the server has no roots, only what its command needs and what the policy declares";
  else
    line += fmt::format("the server can {} {}{}, and read what its command needs",
                        writable ? "change" : "read", fmt::join(roots, ", "),
                        more > 0 ? fmt::format(" and {} more", more) : "");
  if (plan_.level == SandboxLevel::kFilesAndNet) line += "; no network";
  out.push_back(std::move(line));
  for (const std::string& remark : plan_.remarks) out.push_back("sandbox: " + remark);
  for (const std::string& left : left_) out.push_back("sandbox: " + left);
  for (const std::string& gap : missing_)
    out.push_back("sandbox: this kernel does not hold all of it: " + gap);
  return out;
}

}  // namespace agentmesh::proxy
