#include "proxy/sandbox.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "base/below.h"
#include "base/files.h"
#include "proxy/sandbox_needs.h"
#include "proxy/system_places.h"

namespace agentmesh::proxy {
namespace {

// A file system as wide as this is not cut up around our state directory.
constexpr size_t kMostCarved = 4096;

// Collects grants by what they really are; a wider reach at the same place wins.
class Grants {
 public:
  explicit Grants(const SandboxWorld& world) {
    const auto real = resolve_path(world.state_dir);
    state_dir_ = real ? *real : world.state_dir;
    tmp_ = world.private_tmp;
  }

  void add(const std::string& path, Reach reach, std::string_view why) {
    const auto real = resolve_path(path);
    if (!real || !file_exists(*real)) return;
    if (below(*real, state_dir_) && !below(*real, tmp_)) {
      if (why == "declared")
        remarks_.push_back(path + " is inside the state directory and stays closed");
      return;
    }
    if (below(state_dir_, *real)) return carve(*real, reach, why);
    put({*real, reach, why});
  }

  void remark(std::string sentence) { remarks_.push_back(std::move(sentence)); }

  void finish(SandboxPlan& plan) {
    std::sort(grants_.begin(), grants_.end(),
              [](const Grant& a, const Grant& b) { return a.path < b.path; });
    plan.grants = std::move(grants_);
    plan.remarks = std::move(remarks_);
  }

 private:
  void put(Grant grant) {
    const auto same = std::find_if(grants_.begin(), grants_.end(),
                                   [&](const Grant& other) { return other.path == grant.path; });
    if (same == grants_.end()) {
      grants_.push_back(std::move(grant));
    } else if (grant.reach == Reach::kWrite && same->reach != Reach::kWrite) {
      *same = std::move(grant);
    }
  }

  // Landlock gives a directory with everything below it and takes nothing away again. So a directory that holds our
  // state is given by its entries, but for the one that leads to it.
  void carve(const std::string& directory, Reach reach, std::string_view why) {
    remarks_.push_back(fmt::format(
        "{} holds the state directory: what is in it now is given one by one, and nothing new can be made in it",
        directory));
    carve_below(directory, reach, why);
  }
  void carve_below(const std::string& directory, Reach reach, std::string_view why) {
    const auto names = list_directory(directory);
    if (!names || names->size() > kMostCarved) {
      remarks_.push_back(directory + " could not be given in part and stays closed");
      return;
    }
    for (const std::string& name : *names) {
      const std::string entry = (directory == "/" ? "" : directory) + "/" + name;
      if (entry == state_dir_) continue;
      if (below(state_dir_, entry)) {
        carve_below(entry, reach, why);
        continue;
      }
      // By its own name: what a link leads to is elsewhere, and may be closed.
      const auto real = resolve_path(entry);
      if (real && *real == entry) put({entry, reach, why});
    }
  }

  std::string state_dir_;
  std::string tmp_;
  std::vector<Grant> grants_;
  std::vector<std::string> remarks_;
};

// A declared path, and everything that `${workspace}` stands for.
std::vector<std::string> expand(const std::string& written, const SandboxWorld& world) {
  constexpr std::string_view kWorkspace = "${workspace}";
  std::vector<std::string> out;
  if (written.starts_with(kWorkspace)) {
    for (const std::string& root : world.workspace)
      out.push_back(lexically_normal(root + written.substr(kWorkspace.size()), "/"));
  } else if (written == "~" || written.starts_with("~/")) {
    if (!world.home.empty()) out.push_back(lexically_normal(world.home + written.substr(1), "/"));
  } else {
    out.push_back(lexically_normal(written, world.working_directory));
  }
  return out;
}

void add_declared(Grants& grants, const std::vector<std::string>& paths, Reach reach,
                  const SandboxWorld& world) {
  for (const std::string& written : paths) {
    for (const std::string& path : expand(written, world)) {
      if (!file_exists(path))
        grants.remark(path + " is not there and stays closed; make it before the server starts");
      grants.add(path, reach, "declared");
    }
  }
}

std::vector<std::string> child_environment(const SandboxOptions& options,
                                           const SandboxWorld& world) {
  std::vector<std::string> out;
  for (const std::string& variable : world.environment) {
    const std::string_view name = std::string_view(variable).substr(0, variable.find('='));
    if (name == "TMPDIR" || name == "TMP" || name == "TEMP" || name == "TEMPDIR") continue;
    if (options.env && !passes(name, *options.env)) continue;
    out.push_back(variable);
  }
  if (!world.private_tmp.empty())
    for (const std::string_view name : {"TMPDIR", "TMP", "TEMP"})
      out.push_back(fmt::format("{}={}", name, world.private_tmp));
  return out;
}

}  // namespace

std::string_view to_string(SandboxLevel level) {
  switch (level) {
    case SandboxLevel::kOff: return "off";
    case SandboxLevel::kFiles: return "files";
    case SandboxLevel::kFilesAndNet: return "files+net";
  }
  return "files+net";
}

bool passes(std::string_view name, std::span<const std::string> allowed) {
  // Without these a program finds neither its files nor its language; none of them is a secret.
  constexpr std::string_view kAlways[] = {"PATH", "HOME",   "USER", "LOGNAME", "SHELL",
                                          "TERM", "TMPDIR", "LANG", "TZ"};
  for (const std::string_view always : kAlways)
    if (name == always) return true;
  if (name.starts_with("LC_")) return true;
  return std::any_of(allowed.begin(), allowed.end(), [name](const std::string& pattern) {
    return pattern.ends_with('*')
               ? name.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1))
               : name == pattern;
  });
}

SandboxPlan plan_sandbox(const SandboxOptions& options, const SandboxWorld& world) {
  SandboxPlan plan;
  plan.level = options.level;
  plan.unix_sockets = options.unix_sockets;
  if (options.level == SandboxLevel::kOff) return plan;
  Grants grants(world);
  const CommandNeeds needs = command_needs(world);
  for (const std::string& path : system_places()) grants.add(path, Reach::kReadAndRun, "system");
  for (const std::string_view device : {"/dev/null", "/dev/zero", "/dev/full"})
    grants.add(std::string(device), Reach::kDevice, "system");
  for (const std::string_view device : {"/dev/random", "/dev/urandom"})
    grants.add(std::string(device), Reach::kReadAndRun, "system");
  for (const std::string& path : needs.read) grants.add(path, Reach::kReadAndRun, "command");
  for (const std::string& directory : needs.wide)
    grants.remark(
        directory +
        " can be read: a script of the command lies in it, and no package says what belongs to it");
  for (const std::string& path : needs.write) {
    grants.add(path, Reach::kWrite, "command");
    if (file_exists(path))
      grants.remark(
          path + " can be written: the launcher keeps packages there, and other servers run them");
  }
  for (const std::string& root : world.roots)
    grants.add(root, options.roots_writable ? Reach::kWrite : Reach::kReadAndRun, "root");
  add_declared(grants, options.read, Reach::kReadAndRun, world);
  add_declared(grants, options.write, Reach::kWrite, world);
  if (!world.private_tmp.empty()) grants.add(world.private_tmp, Reach::kWrite, "temporary files");
  grants.finish(plan);
  plan.environment = child_environment(options, world);
  return plan;
}

// ---- what is in force ------------------------------------------------------------------------------------------------------

Result<void> check_support(SandboxLevel level, const KernelSupport& support) {
  if (level == SandboxLevel::kOff) return {};
  if (support.landlock < 1)
    return fail(
        fmt::format(
            "sandbox {}: this kernel cannot keep a server from files (no Landlock); the server is not "
            "started. --sandbox off starts it without",
            to_string(level)),
        ENOSYS);
  if (level == SandboxLevel::kFilesAndNet && !support.seccomp)
    return fail(
        "sandbox files+net: this kernel cannot keep a server from the network (no seccomp filters); the server "
        "is not started. --sandbox files leaves it the network",
        ENOSYS);
  return {};
}

std::vector<std::string> not_enforced(SandboxLevel level, const KernelSupport& support) {
  std::vector<std::string> out;
  if (level == SandboxLevel::kOff) return out;
  if (support.landlock < 2)
    out.emplace_back("files cannot be moved from one directory to another, not even inside a root");
  if (support.landlock < 3)
    out.emplace_back("files outside can be emptied (truncate), though not read or written");
  if (support.landlock < 5) out.emplace_back("orders to devices (ioctl) are not limited");
  if (support.landlock < 6)
    out.emplace_back("the server can send signals to other programs of this user");
  if (!support.seccomp)
    out.emplace_back(
        "no calls are refused (no seccomp filters): sockets, ptrace, mounts and the like");
  return out;
}

std::vector<std::string> describe_support(SandboxLevel level, const KernelSupport& support) {
  if (level == SandboxLevel::kOff) return {"no sandbox: a server can do what you can"};
  if (const auto possible = check_support(level, support); !possible)
    return {possible.error().what};
  std::vector<std::string> out = {
      fmt::format("files: the roots, what the command needs, and what is declared (Landlock {})",
                  support.landlock)};
  if (level == SandboxLevel::kFilesAndNet)
    out.push_back(fmt::format("network: none (seccomp{})",
                              support.landlock >= 4 ? ", and Landlock for TCP" : ""));
  if (support.seccomp)
    out.emplace_back("calls: those that no MCP server needs are refused (seccomp)");
  for (const std::string& gap : not_enforced(level, support)) out.push_back("not enforced: " + gap);
  return out;
}

}  // namespace agentmesh::proxy
