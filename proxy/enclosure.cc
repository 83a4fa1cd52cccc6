#include "proxy/enclosure.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/files.h"
#include "proxy/session.h"

namespace agentmesh::proxy {
namespace {

std::vector<std::string> own_environment() {
  std::vector<std::string> out;
  for (char** variable = ::environ; variable != nullptr && *variable != nullptr; ++variable)
    out.emplace_back(*variable);
  return out;
}

void remove_tree(const std::string& path) {
  std::error_code ignored;  // what the server made unremovable stays for the next sweep
  std::filesystem::remove_all(path, ignored);
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
  world.workspace = roots_of_command(options.command, world.working_directory, world.home);
  policy::Surroundings surroundings;
  surroundings.working_directory = world.working_directory;
  surroundings.home = world.home;
  surroundings.derived_roots = world.workspace;
  world.roots = policy.roots(surroundings);
  world.environment = own_environment();
  world.state_dir = options.state_dir;
  return world;
}

}  // namespace

void sweep_temporary(const std::string& directory) {
  const auto names = list_directory(directory);
  if (!names) return;
  for (const std::string& name : *names) {
    pid_t pid = 0;
    const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (fault != std::errc() || end != name.data() + name.size() || pid <= 0) continue;
    if (pid == ::getpid() || (::kill(pid, 0) != 0 && errno == ESRCH))
      remove_tree(directory + "/" + name);
  }
}

Result<Enclosure> Enclosure::build(const Options& options, const policy::Policy& policy,
                                   const KernelSupport& support) {
  if (auto possible = check_support(options.sandbox.level, support); !possible)
    return tl::unexpected(possible.error());
  auto world = look_around(options, policy);
  if (!world) return tl::unexpected(world.error());
  Enclosure made;
  const std::string directory = options.state_dir + "/tmp";
  sweep_temporary(directory);
  world->private_tmp = directory + "/" + std::to_string(::getpid());
  if (auto there = make_directories(world->private_tmp, 0700); !there)
    return tl::unexpected(there.error());
  made.tmp_ = world->private_tmp;
  made.plan_ = plan_sandbox(options.sandbox, *world);
  made.missing_ = not_enforced(options.sandbox.level, support);
  auto confinement = Confinement::prepare(made.plan_, support);
  if (!confinement) return tl::unexpected(confinement.error());
  made.confinement_.emplace(std::move(*confinement));
  return made;
}

Enclosure::Enclosure(Enclosure&& other) noexcept
    : plan_(std::move(other.plan_)),
      missing_(std::move(other.missing_)),
      confinement_(std::move(other.confinement_)),
      tmp_(std::exchange(other.tmp_, {})) {}

Enclosure::~Enclosure() {
  if (!tmp_.empty()) remove_tree(tmp_);
}

Child::How Enclosure::how() const {
  Child::How how;
  if (confinement_) how.confinement = &*confinement_;
  how.environment = &plan_.environment;
  return how;
}

std::vector<std::string> Enclosure::notices() const {
  std::vector<std::string> roots;
  bool writable = false;
  for (const Grant& grant : plan_.grants) {
    if (grant.why != "root") continue;
    roots.push_back(grant.path);
    writable = writable || grant.reach == Reach::kWrite;
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
  for (const std::string& gap : missing_)
    out.push_back("sandbox: this kernel does not hold all of it: " + gap);
  return out;
}

}  // namespace agentmesh::proxy
