#include "proxy/sandbox.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "base/files.h"
#include "proxy/sandbox_grants.h"
#include "proxy/sandbox_needs.h"
#include "proxy/system_places.h"

namespace agentmesh::proxy {
namespace {

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

// What is declared, and said where it is not there.
std::vector<Wish> declared(const std::vector<std::string>& paths, Reach reach,
                           const SandboxWorld& world, Grants& grants) {
  std::vector<Wish> out;
  for (const std::string& written : paths) {
    for (std::string& path : expand(written, world)) {
      if (!file_exists(path))
        grants.remark(path + " is not there and stays closed; make it before the server starts");
      out.push_back({std::move(path), reach, "declared", ""});
    }
  }
  return out;
}

// All that the server is to write.
std::vector<Wish> written(const SandboxOptions& options, const SandboxWorld& world,
                          Grants& grants) {
  std::vector<Wish> out;
  for (std::string& path : launcher_caches(world)) {
    if (file_exists(path))
      grants.remark(
          path + " can be written: the launcher keeps packages there, and other servers run them");
    out.push_back({std::move(path), Reach::kWrite, "command", ""});
  }
  if (options.roots_writable)
    for (const std::string& root : world.roots) out.push_back({root, Reach::kWrite, "root", ""});
  for (Wish& wish : declared(options.write, Reach::kWrite, world, grants))
    out.push_back(std::move(wish));
  // It lies with our state, and no link on the way there can be changed.
  if (auto tmp = resolve_path(world.private_tmp); tmp)
    out.push_back({std::move(*tmp), Reach::kWrite, "temporary files", ""});
  return out;
}

void add_needs(Grants& grants, const SandboxWorld& world) {
  std::vector<std::string> said;
  for (const Need& need : command_needs(world, grants)) {
    const bool given = grants.add({need.path, Reach::kReadAndRun, "command", need.led_by});
    if (!given || need.for_the_sake_of.empty() || grants.changeable(need.path) ||
        std::find(said.begin(), said.end(), need.path) != said.end())
      continue;
    said.push_back(need.path);
    grants.remark(
        fmt::format("{} can be read: {} lies in it, and no package says what belongs to it",
                    need.path, need.for_the_sake_of));
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
  grants.add_writable(written(options, world, grants));
  for (std::string& path : system_places())
    grants.add({std::move(path), Reach::kReadAndRun, "system", ""});
  for (const char* device : {"/dev/null", "/dev/zero", "/dev/full"})
    grants.add({device, Reach::kDevice, "system", ""});
  for (const char* device : {"/dev/random", "/dev/urandom"})
    grants.add({device, Reach::kReadAndRun, "system", ""});
  add_needs(grants, world);
  if (!options.roots_writable)
    for (const std::string& root : world.roots) grants.add({root, Reach::kReadAndRun, "root", ""});
  for (const Wish& wish : declared(options.read, Reach::kReadAndRun, world, grants))
    grants.add(wish);
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
