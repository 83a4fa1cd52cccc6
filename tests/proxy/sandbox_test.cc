// Which paths get which rights, and which calls pass: the decisions, on every machine. What the kernel makes of them is
// tests/e2e/test_sandbox.py.

#include "proxy/sandbox.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "proxy/enclosure.h"
#include "proxy/sandbox_needs.h"
#include "tests/catch.h"
#include "tests/temp_directory.h"

namespace agentmesh::proxy {
namespace {

namespace fs = std::filesystem;

// A home with a Node installation, a package, a project and our state in it.
struct House {
  tests::TempDirectory top;
  SandboxWorld world;

  House() {
    for (const char* directory :
         {"home/.node/bin", "home/.node/lib/node_modules/npm/bin", "home/srv/dist",
          "home/project/src", "home/.local/state/agentmesh/keys",
          "home/.local/state/agentmesh/tmp/1", "home/.npm", "home/.ssh", "work"})
      fs::create_directories(at(directory));
    make("home/.node/bin/node", "");
    make("home/.node/lib/node_modules/npm/bin/npx-cli.js", "#!" + at("home/.node/bin/node") + "\n");
    fs::create_symlink("../lib/node_modules/npm/bin/npx-cli.js", at("home/.node/bin/npx"));
    make("home/srv/package.json", "{}");
    make("home/srv/dist/index.js", "");
    make("home/loose.py", "");
    make("home/.ssh/id", "");
    world.home = at("home");
    world.state_dir = at("home/.local/state/agentmesh");
    world.private_tmp = world.state_dir + "/tmp/1";
    world.working_directory = at("work");
    world.environment = {"PATH=/usr/bin", "SECRET=1", "TMPDIR=/tmp"};
  }

  std::string at(const std::string& path) const { return top / path; }
  void make(const std::string& path, const std::string& text) const {
    std::ofstream(at(path)) << text;
    ::chmod(at(path).c_str(), 0755);
  }
  void command(std::vector<std::string> words) {
    world.executable = words.front();
    world.command = std::move(words);
  }

  // What is given of this house, without the system's places: path below `top` to reach.
  std::map<std::string, Reach> given(const SandboxOptions& options) const {
    std::map<std::string, Reach> out;
    for (const Grant& grant : plan_sandbox(options, world).grants)
      if (grant.path.starts_with(top.path()))
        out[grant.path.substr(std::min(top.path().size() + 1, grant.path.size()))] = grant.reach;
    return out;
  }
};

using Given = std::map<std::string, Reach>;
constexpr Reach kRead = Reach::kRead;
constexpr Reach kWrite = Reach::kWrite;
const std::string kTmp = "home/.local/state/agentmesh/tmp/1";

SandboxOptions files() {
  SandboxOptions options;
  options.level = SandboxLevel::kFiles;
  return options;
}

TEST_CASE("a program in a home is given with what is installed beside it, and never the home") {
  House house;
  house.command({house.at("home/.node/bin/node"), house.at("home/srv/dist/index.js")});
  CHECK(house.given(files()) == Given{{"home/.node/bin", kRead},
                                      {"home/.node/bin/node", kRead},
                                      {"home/.node/lib", kRead},
                                      {"home/srv", kRead},
                                      {"home/srv/dist/index.js", kRead},
                                      {kTmp, kWrite}});
}

TEST_CASE("a script alone in a home is given alone") {
  House house;
  house.command({"/usr/bin/python3", house.at("home/loose.py")});
  CHECK(house.given(files()) == Given{{"home/loose.py", kRead}, {kTmp, kWrite}});
}

TEST_CASE(
    "a launcher has its interpreter and its cache, and that the cache can be written is said") {
  House house;
  house.command({"npx", "-y", "server"});
  house.world.executable = house.at("home/.node/bin/npx");
  const auto given = house.given(files());
  CHECK(given.at("home/.npm") == kWrite);
  CHECK(given.at("home/.node/lib/node_modules") == kRead);
  CHECK(given.at("home/.node/bin/node") == kRead);
  CHECK_FALSE(given.contains("home"));
  const auto remarks = plan_sandbox(files(), house.world).remarks;
  REQUIRE(remarks.size() == 1);
  CHECK(remarks[0].starts_with(house.at("home/.npm") + " can be written"));
}

TEST_CASE("a server for git may read the settings of git, another one may not") {
  House house;
  house.make("home/.gitconfig", "[user]");
  const char* const with[] = {"mcp-server-git", "git-mcp", "mcp_server_git", "/x/git",
                              "@scope/git@1.2"};
  for (const char* word : with) {
    CAPTURE(word);
    house.command({"/usr/bin/true", word});
    CHECK(house.given(files()).contains("home/.gitconfig"));
  }
  for (const char* word : {"server-github", "gitlab", "digit", "/git/x"}) {
    CAPTURE(word);
    house.command({"/usr/bin/true", word});
    CHECK_FALSE(house.given(files()).contains("home/.gitconfig"));
  }
}

TEST_CASE("roots are writable or readable as the policy says, and what is declared is added") {
  House house;
  house.command({"/usr/bin/true"});
  house.world.roots = {house.at("home/project")};
  house.world.workspace = {house.at("home/project")};
  SandboxOptions options = files();
  CHECK(house.given(options) == Given{{"home/project", kWrite}, {kTmp, kWrite}});
  options.roots_writable = false;
  options.read = {"~/.ssh/id"};
  options.write = {"${workspace}/src", house.at("work")};
  CHECK(house.given(options) == Given{{"home/project", kRead},
                                      {"home/project/src", kWrite},
                                      {"home/.ssh/id", kRead},
                                      {"work", kWrite},
                                      {kTmp, kWrite}});
}

TEST_CASE("what is declared and not there is said, and stays closed") {
  House house;
  house.command({"/usr/bin/true"});
  SandboxOptions options = files();
  options.write = {"~/later"};
  const SandboxPlan plan = plan_sandbox(options, house.world);
  REQUIRE(plan.remarks.size() == 1);
  CHECK(plan.remarks[0] == house.at("home/later") +
                               " is not there and stays closed; make it before the server starts");
}

TEST_CASE("a root that holds the state directory is given by its entries but for that one") {
  House house;
  house.command({"/usr/bin/true"});
  house.world.roots = {house.at("home")};
  const auto given = house.given(files());
  CHECK(given.at("home/project") == kWrite);
  CHECK(given.at("home/.ssh") == kWrite);
  CHECK(given.at("home/loose.py") == kWrite);
  for (const char* closed : {"home", "home/.local", "home/.local/state",
                             "home/.local/state/agentmesh", "home/.local/state/agentmesh/keys"})
    CHECK_FALSE(given.contains(closed));
  CHECK(given.at(kTmp) == kWrite);
}

TEST_CASE("no declared path opens the state directory, under any name") {
  House house;
  house.command({"/usr/bin/true"});
  fs::create_symlink(house.at("home/.local/state/agentmesh/keys"), house.at("work/link"));
  SandboxOptions options = files();
  options.read = {house.at("home/.local/state/agentmesh"), house.at("work/link"), "/"};
  const auto given = house.given(options);
  for (const auto& [path, reach] : given) {
    CAPTURE(path);
    CHECK((path == kTmp || !path.starts_with("home/.local/state")));
  }
  CHECK_FALSE(given.contains(""));
}

TEST_CASE(
    "the system's places are read and never written, and /etc only where everybody may read") {
  House house;
  house.command({"/usr/bin/true"});
  std::set<std::string> paths;
  for (const Grant& grant : plan_sandbox(files(), house.world).grants) {
    CAPTURE(grant.path);
    if (grant.why == "system")
      CHECK(grant.reach == (grant.path.starts_with("/dev/") && !grant.path.ends_with("random")
                                ? Reach::kDevice
                                : Reach::kRead));
    paths.insert(grant.path);
  }
  CHECK(paths.contains("/usr"));
  for (const char* closed :
       {"/", "/etc", "/etc/shadow", "/root", "/home", "/tmp", "/var", "/run", "/dev"})
    CHECK_FALSE(paths.contains(closed));
}

TEST_CASE("public parts leave out what not everybody may read, and no more") {
  const tests::TempDirectory top;
  for (const char* directory : {"a", "b/open", "b/closed", "c"})
    fs::create_directories(top / directory);
  std::ofstream(top / "a/x");
  std::ofstream(top / "b/y");
  std::ofstream(top / "secret");
  fs::create_symlink(top / "secret", top / "c/link");
  ::chmod((top / "secret").c_str(), 0640);
  ::chmod((top / "b/closed").c_str(), 0700);
  auto parts = public_parts(top.path());
  std::sort(parts.begin(), parts.end());
  CHECK(parts == std::vector<std::string>{top / "a", top / "b/open", top / "b/y", top / "c"});
}

TEST_CASE(
    "the environment passes whole, and with a list only by name, with a place for temporary files") {
  House house;
  house.command({"/usr/bin/true"});
  SandboxOptions options = files();
  const std::string tmp = house.world.private_tmp;
  CHECK(plan_sandbox(options, house.world).environment ==
        std::vector<std::string>{"PATH=/usr/bin", "SECRET=1", "TMPDIR=" + tmp, "TMP=" + tmp,
                                 "TEMP=" + tmp});
  options.env.emplace();
  CHECK(plan_sandbox(options, house.world).environment ==
        std::vector<std::string>{"PATH=/usr/bin", "TMPDIR=" + tmp, "TMP=" + tmp, "TEMP=" + tmp});
  const std::vector<std::string> list = {"GITHUB_*", "TOKEN"};
  for (const char* name : {"GITHUB_TOKEN", "TOKEN", "LC_ALL", "HOME"}) CHECK(passes(name, list));
  for (const char* name : {"TOKEN2", "GITHUB", "LD_PRELOAD"}) CHECK_FALSE(passes(name, list));
}

// ---- rights ----------------------------------------------------------------------------------------------------------------

TEST_CASE("rights grow with the kernel's version and files have none of a directory's") {
  CHECK(landlock_rights(Reach::kRead, true, 1) == 0b1101);
  CHECK(landlock_rights(Reach::kRead, false, 7) == 0b0101);
  CHECK(landlock_rights(Reach::kDevice, false, 7) == 0b0110);
  const uint64_t no_devices = ~uint64_t{1 << 6 | 1 << 11};
  CHECK(landlock_rights(Reach::kWrite, true, 1) == (0x1FFF & no_devices));
  CHECK(landlock_rights(Reach::kWrite, true, 2) == (0x3FFF & no_devices));
  CHECK(landlock_rights(Reach::kWrite, true, 3) == (0x7FFF & no_devices));
  CHECK(landlock_rights(Reach::kWrite, true, 7) == (0x7FFF & no_devices));  // no ioctl on devices
  CHECK(landlock_rights(Reach::kWrite, false, 3) == 0b100'0000'0000'0111);
}

TEST_CASE("what cannot be enforced at all is refused, and what is enforced in part is told") {
  CHECK_FALSE(check_support(SandboxLevel::kFiles, {0, true}));
  CHECK_FALSE(check_support(SandboxLevel::kFilesAndNet, {7, false}));
  CHECK(check_support(SandboxLevel::kFiles, {1, false}));
  CHECK(check_support(SandboxLevel::kOff, {0, false}));
  CHECK(check_support(SandboxLevel::kFiles, {0, true}).error().what.find("--sandbox off") !=
        std::string::npos);
  CHECK(not_enforced(SandboxLevel::kOff, {0, false}).empty());
  CHECK(not_enforced(SandboxLevel::kFiles, {6, true}).empty());
  CHECK(not_enforced(SandboxLevel::kFiles, {5, true}).size() == 1);
  CHECK(not_enforced(SandboxLevel::kFiles, {1, false}).size() == 5);
  for (const int version : {0, 1, 4, 7})
    CHECK_FALSE(describe_support(SandboxLevel::kFilesAndNet, {version, true}).empty());
}

TEST_CASE("a sandbox that cannot be had does not start the server, and leaves nothing behind") {
  House house;
  Options options;
  options.command = {"/usr/bin/true"};
  options.state_dir = house.world.state_dir;
  options.sandbox = files();
  const auto compiled = policy::Policy::compile({});
  REQUIRE(compiled.policy);
  const auto built = Enclosure::build(options, *compiled.policy, {0, true});
  REQUIRE_FALSE(built);
  CHECK(built.error().what.starts_with("sandbox files: this kernel"));
  fs::create_directories(house.world.state_dir + "/tmp/999999999/left");
  sweep_temporary(house.world.state_dir + "/tmp");
  CHECK_FALSE(fs::exists(house.world.state_dir + "/tmp/999999999"));
  CHECK(fs::exists(house.world.state_dir + "/tmp/1"));  // init lives
}

// ---- calls -----------------------------------------------------------------------------------------------------------------

// What the kernel would say: a reader of the few instructions that there are.
uint32_t verdict(const std::vector<FilterStep>& filter, const seccomp_data& data) {
  uint32_t a = 0;
  for (size_t at = 0; at < filter.size(); ++at) {
    const FilterStep& step = filter[at];
    const auto jump = [&](bool holds) { at += holds ? step.if_true : step.if_false; };
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        REQUIRE(step.value + 4 <= sizeof data);
        std::memcpy(&a, reinterpret_cast<const char*>(&data) + step.value, 4);
        break;
      case BPF_ALU | BPF_AND | BPF_K: a &= step.value; break;
      case BPF_JMP | BPF_JEQ | BPF_K: jump(a == step.value); break;
      case BPF_JMP | BPF_JGE | BPF_K: jump(a >= step.value); break;
      case BPF_JMP | BPF_JSET | BPF_K: jump((a & step.value) != 0); break;
      case BPF_RET | BPF_K: return step.value;
      default: FAIL("an instruction that nobody expects");
    }
  }
  FAIL("the filter does not end");
  return 0;
}

constexpr uint32_t kPass = SECCOMP_RET_ALLOW;
constexpr uint32_t no(int error) { return SECCOMP_RET_ERRNO | static_cast<uint32_t>(error); }

seccomp_data call(int number, uint64_t first = 0, uint64_t second = 0, uint64_t third = 0) {
  seccomp_data data{};
#if defined(__x86_64__)
  data.arch = AUDIT_ARCH_X86_64;
#else
  data.arch = AUDIT_ARCH_AARCH64;
#endif
  data.nr = number;
  data.args[0] = first;
  data.args[1] = second;
  data.args[2] = third;
  return data;
}

TEST_CASE("calls pass or are refused by number, flags and socket family") {
  struct Case {
    seccomp_data data;
    uint32_t files, files_and_net, with_unix;
  };
  seccomp_data foreign = call(SYS_read);
  foreign.arch = AUDIT_ARCH_I386;
  seccomp_data x32 = call(SYS_read);
  x32.nr |= 0x4000'0000;
  const std::vector<Case> cases = {
    {call(SYS_read), kPass, kPass, kPass},
    {call(SYS_execve), kPass, kPass, kPass},
    {call(SYS_ptrace), no(EPERM), no(EPERM), no(EPERM)},
    {call(SYS_io_uring_setup), no(EPERM), no(EPERM), no(EPERM)},
    {call(SYS_mount), no(EPERM), no(EPERM), no(EPERM)},
    {call(SYS_keyctl), no(EPERM), no(EPERM), no(EPERM)},
    {call(435), no(ENOSYS), no(ENOSYS), no(ENOSYS)},  // clone3
    {call(SYS_clone, 0x11), kPass, kPass, kPass},
    {call(SYS_clone, 0x1000'0011), no(EPERM), no(EPERM), no(EPERM)},  // CLONE_NEWUSER
    {call(SYS_unshare, 0x400), kPass, kPass, kPass},                  // CLONE_FILES
    {call(SYS_unshare, 0x2'0000), no(EPERM), no(EPERM), no(EPERM)},   // CLONE_NEWNS
    {call(SYS_ioctl, 0, 0x5412), no(EPERM), no(EPERM), no(EPERM)},    // TIOCSTI
    {call(SYS_ioctl, 0, 0x1'0000'5412), no(EPERM), no(EPERM),
     no(EPERM)},  // the kernel looks at 32 bits, too
    {call(SYS_ioctl, 0, 0x5410), no(EPERM), no(EPERM), no(EPERM)},  // TIOCSPGRP
    {call(SYS_ioctl, 0, 0x5401), kPass, kPass, kPass},
    {call(SYS_prlimit64, 0, 7), kPass, kPass, kPass},
    {call(SYS_prlimit64, 7, 7), no(EPERM), no(EPERM), no(EPERM)},
    {call(SYS_prlimit64, 0x1'0000'0000, 7), kPass, kPass, kPass},  // 0, as the kernel reads it
    {call(SYS_sched_setaffinity, 0), kPass, kPass, kPass},
    {call(SYS_sched_setaffinity, 7), no(EPERM), no(EPERM), no(EPERM)},
    {call(SYS_setpriority, 0, 0), kPass, kPass, kPass},
    {call(SYS_setpriority, 0, 7), no(EPERM), no(EPERM), no(EPERM)},
    {call(SYS_setpriority, 2, 0), no(EPERM), no(EPERM), no(EPERM)},  // all of the user's
    {call(SYS_ioprio_set, 1, 0), kPass, kPass, kPass},
    {call(SYS_ioprio_set, 3, 0), no(EPERM), no(EPERM), no(EPERM)},
    {call(SYS_socket, AF_INET, SOCK_STREAM), kPass, no(EACCES), no(EACCES)},
    {call(SYS_socket, AF_INET6, SOCK_DGRAM), kPass, no(EACCES), no(EACCES)},
    {call(SYS_socket, AF_UNIX), no(EACCES), no(EACCES), kPass},
    {call(SYS_socket, AF_PACKET), no(EACCES), no(EACCES), no(EACCES)},
    {call(SYS_socket, AF_VSOCK), no(EACCES), no(EACCES), no(EACCES)},
    {call(SYS_socket, AF_NETLINK, 3, 0), kPass, kPass, kPass},
    {call(SYS_socket, AF_NETLINK, 3, 9), no(EACCES), no(EACCES), no(EACCES)},
    {call(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), kPass, no(EACCES), no(EACCES)},
    {call(SYS_socket, AF_INET, SOCK_STREAM, 262), kPass, no(EACCES), no(EACCES)},       // MPTCP
    {call(SYS_socket, AF_INET, SOCK_STREAM, 132), no(EACCES), no(EACCES), no(EACCES)},  // SCTP
    {call(SYS_socket, AF_INET6, SOCK_DGRAM, 58), no(EACCES), no(EACCES), no(EACCES)},   // ICMP
    {call(SYS_socket, AF_INET6, SOCK_RAW, 0), no(EACCES), no(EACCES), no(EACCES)},
    {call(SYS_socket, AF_INET6, SOCK_SEQPACKET, 0), no(EACCES), no(EACCES), no(EACCES)},
    {call(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK), kPass, kPass, kPass},
    {call(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC), kPass, kPass, kPass},
    {call(SYS_socketpair, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC), no(EACCES), no(EACCES), kPass},
    {call(SYS_socketpair, AF_UNIX, SOCK_RAW), no(EACCES), no(EACCES), kPass},
    {call(SYS_socketpair, AF_TIPC, SOCK_SEQPACKET), no(EACCES), no(EACCES), no(EACCES)},
    {call(SYS_shmat, 1), no(EPERM), no(EPERM), no(EPERM)},
    {call(SYS_mq_unlink), no(EPERM), no(EPERM), no(EPERM)},
    {foreign, no(EPERM), no(EPERM), no(EPERM)},
#if defined(__x86_64__)
    {x32, no(EPERM), no(EPERM), no(EPERM)},
#endif
  };
  const auto files = call_filter(SandboxLevel::kFiles, false);
  const auto net = call_filter(SandboxLevel::kFilesAndNet, false);
  const auto with_unix = call_filter(SandboxLevel::kFilesAndNet, true);
  if (files.empty()) {
    WARN("no filter for this machine: the sandbox says so where it is asked for");
    return;
  }
  for (size_t i = 0; i < cases.size(); ++i) {
    CAPTURE(i);
    CHECK(verdict(files, cases[i].data) == cases[i].files);
    CHECK(verdict(net, cases[i].data) == cases[i].files_and_net);
    CHECK(verdict(with_unix, cases[i].data) == cases[i].with_unix);
  }
  CHECK(call_filter(SandboxLevel::kOff, false).empty());
}

}  // namespace
}  // namespace agentmesh::proxy
