// Which paths get which rights: the decisions, on every machine. What the kernel makes of them is tests/e2e/test_sandbox.py.

#include "proxy/sandbox.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/file.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "proxy/enclosure.h"
#include "proxy/sandbox_needs.h"
#include "proxy/system_places.h"
#include "tests/catch.h"
#include "tests/proxy/house.h"
#include "tests/temp_directory.h"

namespace agentmesh::proxy {
namespace {

namespace fs = std::filesystem;
using tests::files;
using tests::Given;
using tests::House;
using tests::kRead;
using tests::kTmp;
using tests::kWrite;

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

TEST_CASE("a script without a package has its directory, and that is said") {
  House house;
  house.make("work/loose.py", "");
  house.command({"/usr/bin/python3", house.at("work/loose.py")});
  CHECK(house.given(files()) == Given{{"work", kRead}, {"work/loose.py", kRead}, {kTmp, kWrite}});
  const auto remarks = plan_sandbox(files(), house.world).remarks;
  REQUIRE(remarks.size() == 1);
  CHECK(remarks[0].starts_with(house.at("work") + " can be read"));
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
  const char* const with[] = {"mcp-server-git",
                              "git-mcp",
                              "mcp_server_git",
                              "/x/git",
                              "@scope/git@1.2",
                              "/x/node_modules/@y/git-mcp-server/dist/index.js",
                              "node_modules/mcp-git/index.js"};
  for (const char* word : with) {
    CAPTURE(word);
    house.command({"/usr/bin/true", word});
    CHECK(house.given(files()).contains("home/.gitconfig"));
  }
  for (const char* word :
       {"server-github", "gitlab", "digit", "/git/x", "/git/node_modules/@git/x/i.js"}) {
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
                                : Reach::kReadAndRun));
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
  for (const char* file : {"a/x", "b/y", "secret"}) {
    const std::ofstream made(top / file);
    REQUIRE(made.is_open());
  }
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
  CHECK(landlock_rights(Reach::kReadAndRun, true, 1) == 0b1101);
  CHECK(landlock_rights(Reach::kReadAndRun, false, 7) == 0b0101);
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
}

TEST_CASE("what a kernel does not hold of a sandbox stands among what is said at the start") {
  if (kernel_support().landlock < 1) return;
  House house;
  Options options;
  options.command = {"/usr/bin/true"};
  options.state_dir = house.world.state_dir;
  options.sandbox = files();
  const auto compiled = policy::Policy::compile({});
  REQUIRE(compiled.policy);
  for (const KernelSupport& support : {KernelSupport{1, true}, {1, false}}) {
    const auto built = Enclosure::build(options, *compiled.policy, support);
    REQUIRE(built);
    const auto gaps = not_enforced(SandboxLevel::kFiles, support);
    REQUIRE_FALSE(gaps.empty());
    CHECK(built->missing() == gaps);
    const auto said = built->notices();
    for (const std::string& gap : gaps)
      CHECK(std::find(said.begin(), said.end(),
                      "sandbox: this kernel does not hold all of it: " + gap) != said.end());
  }
}

TEST_CASE(
    "temporary files are swept once nobody has a lock on them, whatever number their proxy had") {
  House house;
  const std::string tmp = house.world.state_dir + "/tmp";
  const std::string self = std::to_string(::getpid());
  for (const char* name : {"/999999999/left", "/2", "/3.1"}) fs::create_directories(tmp + name);
  fs::create_directories(tmp + "/" + self);  // of a namesake in another container
  std::vector<Fd> kept;
  for (const std::string& name : {std::string("2"), self}) {
    kept.emplace_back(::open((tmp + "/" + name).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(::flock(kept.back().get(), LOCK_EX | LOCK_NB) == 0);
  }
  CHECK(sweep_temporary(tmp).empty());
  CHECK_FALSE(fs::exists(tmp + "/999999999"));
  CHECK_FALSE(fs::exists(tmp + "/3.1"));
  CHECK_FALSE(fs::exists(tmp + "/1"));  // init lives, but is no proxy
  CHECK(fs::exists(tmp + "/2"));

  Options options;
  options.command = {"/usr/bin/true"};
  options.state_dir = house.world.state_dir;
  options.sandbox = files();
  const auto compiled = policy::Policy::compile({});
  REQUIRE(compiled.policy);
  if (kernel_support().landlock < 1) return;
  {
    const auto built = Enclosure::build(options, *compiled.policy, kernel_support());
    REQUIRE(built);
    CHECK(fs::exists(tmp + "/" + self + ".1"));
    CHECK(sweep_temporary(tmp).empty());
    CHECK(fs::exists(tmp + "/" + self + ".1"));
  }
  CHECK_FALSE(fs::exists(tmp + "/" + self + ".1"));
  CHECK(fs::exists(tmp + "/" + self));
}

// Files as user 1000 sees them, where we are root: a closed directory is closed to us as well.
class AsAnybody {
 public:
  AsAnybody() { ::setfsuid(::geteuid() == 0 ? 1000 : ::geteuid()); }
  ~AsAnybody() { ::setfsuid(::geteuid()); }
};

TEST_CASE("a server that closes its own directory is not taken for one that is gone") {
  const tests::TempDirectory top;
  REQUIRE(::chmod(top.path().c_str(), 0777) == 0);
  const AsAnybody anybody;
  const std::string tmp = top / "tmp";
  REQUIRE(::mkdir(tmp.c_str(), 0700) == 0);
  for (const char* name : {"/1", "/2"}) REQUIRE(::mkdir((tmp + name).c_str(), 0700) == 0);
  const Fd living(::open((tmp + "/1").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(::flock(living.get(), LOCK_EX | LOCK_NB) == 0);
  for (const char* name : {"/1", "/2"}) REQUIRE(::chmod((tmp + name).c_str(), 0) == 0);
  CHECK(sweep_temporary(tmp).empty());
  CHECK(::access((tmp + "/1").c_str(), F_OK) == 0);
  CHECK(::access((tmp + "/2").c_str(), F_OK) != 0);
}

TEST_CASE("where nothing can be locked nothing is swept, and that is said") {
  const tests::TempDirectory tmp;
  fs::create_directories(tmp / "1/file");
  std::vector<std::string> stays;
  std::thread([&] {
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_flock, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOLCK),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog filter{4, program};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
      return;
    stays = sweep_temporary(tmp.path());
  }).join();
  REQUIRE(stays.size() == 1);
  CHECK(stays.front() ==
        "temporary files of an earlier session stay: lock " + (tmp / "1") + ": No locks available");
  CHECK(fs::exists(tmp / "1/file"));
}

TEST_CASE("two seconds are what is taken for temporary files") {
  STATIC_REQUIRE(kTemporaryMs == 2000);
}

TEST_CASE("what there was no time for stays, and is said to stay") {
  const tests::TempDirectory tmp;
  for (const char* name : {"1/file", "2/file", "3/file", "4/file"})
    fs::create_directories(tmp / name);
  const Fd living(::open((tmp / "3").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(::flock(living.get(), LOCK_EX | LOCK_NB) == 0);
  const auto stays = sweep_temporary(tmp.path(), 0);
  REQUIRE(stays.size() == 1);
  CHECK(stays.front() == "temporary files of an earlier session stay: " + (tmp / "1") +
                             " and 2 more: there was no time left for them");
  for (const char* name : {"1/file", "2/file", "3/file", "4/file"}) CHECK(fs::exists(tmp / name));
  CHECK(sweep_temporary(tmp.path()).empty());
  CHECK_FALSE(fs::exists(tmp / "4"));
  CHECK(fs::exists(tmp / "3/file"));
}

}  // namespace
}  // namespace agentmesh::proxy
