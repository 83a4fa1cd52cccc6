// The Landlock part of sandbox.h, and what enters a sandbox.

#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "proxy/sandbox.h"

namespace agentmesh::proxy {
namespace {

// From the kernel's Documentation/userspace-api/landlock.rst; our headers know the first version only.
constexpr long kCreateRuleset = 444, kAddRule = 445, kRestrictSelf = 446;
constexpr uint32_t kAskVersion = 1;
constexpr int kPathBeneath = 1;

enum : uint64_t {
  kExecute = 1 << 0,
  kWriteFile = 1 << 1,
  kReadFile = 1 << 2,
  kReadDir = 1 << 3,
  kRemoveDir = 1 << 4,
  kRemoveFile = 1 << 5,
  kMakeChar = 1 << 6,
  kMakeDir = 1 << 7,
  kMakeReg = 1 << 8,
  kMakeSock = 1 << 9,
  kMakeFifo = 1 << 10,
  kMakeBlock = 1 << 11,
  kMakeSym = 1 << 12,
  kRefer = 1 << 13,     // version 2
  kTruncate = 1 << 14,  // version 3
  kIoctlDev = 1 << 15,  // version 5
};
enum : uint64_t { kBindTcp = 1 << 0, kConnectTcp = 1 << 1 };         // version 4
enum : uint64_t { kAbstractUnixSocket = 1 << 0, kSignal = 1 << 1 };  // version 6

struct RulesetAttributes {
  uint64_t files = 0;
  uint64_t net = 0;
  uint64_t scoped = 0;
};
struct [[gnu::packed]] PathAttributes {
  uint64_t allowed = 0;
  int32_t parent = -1;
};

// Everything that version knows about files.
uint64_t all_rights(int landlock) {
  uint64_t rights = (uint64_t{1} << 13) - 1;
  if (landlock >= 2) rights |= kRefer;
  if (landlock >= 3) rights |= kTruncate;
  if (landlock >= 5) rights |= kIoctlDev;
  return rights;
}

Result<Fd> make_ruleset(SandboxLevel level, int landlock) {
  RulesetAttributes attributes;
  attributes.files = all_rights(landlock);
  size_t size =
      sizeof attributes.files;  // an older kernel refuses a longer struct with something in it
  if (landlock >= 4) {
    size = offsetof(RulesetAttributes, scoped);
    if (level == SandboxLevel::kFilesAndNet) attributes.net = kBindTcp | kConnectTcp;
  }
  if (landlock >= 6) {
    size = sizeof attributes;
    attributes.scoped = kAbstractUnixSocket | kSignal;
  }
  Fd ruleset(static_cast<int>(::syscall(kCreateRuleset, &attributes, size, 0U)));
  if (!ruleset) return fail_errno("the sandbox: landlock_create_ruleset");
  return ruleset;
}

// Where an open file is, as the kernel has it; "" if that cannot be asked.
std::string real_path(const Fd& file) {
  char path[PATH_MAX];
  const ssize_t size =
      ::readlink(fmt::format("/proc/self/fd/{}", file.get()).c_str(), path, sizeof path);
  return size <= 0 ? "" : std::string(path, static_cast<size_t>(size));
}

// The one look that counts: whoever else can write on the way may have put a link there since the plan was made, so the place
// that was opened, and gets the rule, is asked where it is. False if that is not where it was planned.
Result<bool> add_rule(const Fd& ruleset, const Grant& grant, int landlock) {
  const Fd place(::open(grant.path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!place) {
    if (errno == ENOENT) return true;  // gone since it was looked at: there is nothing to open
    if (errno == ENOTDIR || errno == EACCES) return false;
    return fail_errno("the sandbox: " + grant.path);
  }
  struct stat status {};
  if (::fstat(place.get(), &status) != 0) return fail_errno(grant.path);
  if (S_ISLNK(status.st_mode) || real_path(place) != grant.path) return false;
  PathAttributes rule;
  rule.allowed = landlock_rights(grant.reach, S_ISDIR(status.st_mode), landlock);
  rule.parent = place.get();
  if (::syscall(kAddRule, ruleset.get(), kPathBeneath, &rule, 0U) == 0) return true;
  if (errno == EBADFD)
    return true;  // a place that is no file of a file system (a pipe): not handled by Landlock
  return fail_errno("the sandbox: " + grant.path);
}

// What a server that root starts may keep: to own and change files, and to become somebody else. The rest goes from the
// bounding set (or exec would give it back) and from what the process has. Without privileges this does nothing, as there
// is nothing to take.
void drop_capabilities() noexcept {
  constexpr uint64_t kKept = (1U << CAP_CHOWN) | (1U << CAP_DAC_OVERRIDE) | (1U << CAP_FOWNER) |
                             (1U << CAP_FSETID) | (1U << CAP_KILL) | (1U << CAP_SETGID) |
                             (1U << CAP_SETUID) | (1U << CAP_NET_BIND_SERVICE);
  for (int capability = 0; capability < 64; ++capability)
    if ((kKept >> capability & 1U) == 0) (void)::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};
  if (::syscall(SYS_capget, &header, data) != 0) return;
  data[0].permitted &= static_cast<uint32_t>(kKept);
  data[1].permitted = 0;
  for (auto& half : data) {
    half.effective &= half.permitted;
    half.inheritable = 0;
  }
  (void)::syscall(SYS_capset, &header, data);
}

}  // namespace

KernelSupport kernel_support() {
  KernelSupport support;
  const long version = ::syscall(kCreateRuleset, nullptr, size_t{0}, kAskVersion);
  support.landlock = version > 0 ? static_cast<int>(version) : 0;
  uint32_t action = SECCOMP_RET_ERRNO;
  support.seccomp = ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0U, &action) == 0 &&
                    !call_filter(SandboxLevel::kFiles, false).empty();
  return support;
}

uint64_t landlock_rights(Reach reach, bool is_directory, int landlock) {
  uint64_t rights = 0;
  switch (reach) {
    case Reach::kReadAndRun: rights = kExecute | kReadFile | kReadDir; break;
    case Reach::kWrite:
      // Not the making of device files, and no orders to devices.
      rights = all_rights(landlock) & ~(kMakeChar | kMakeBlock | kIoctlDev);
      break;
    case Reach::kDevice: rights = kReadFile | kWriteFile; break;
  }
  if (!is_directory) rights &= kExecute | kReadFile | kWriteFile | kTruncate | kIoctlDev;
  return rights;
}

Result<Confinement> Confinement::prepare(const SandboxPlan& plan, const KernelSupport& support) {
  if (auto possible = check_support(plan.level, support); !possible)
    return tl::unexpected(possible.error());
  Confinement made;
  auto ruleset = make_ruleset(plan.level, support.landlock);
  if (!ruleset) return tl::unexpected(ruleset.error());
  for (const Grant& grant : plan.grants) {
    const auto added = add_rule(*ruleset, grant, support.landlock);
    if (!added) return tl::unexpected(added.error());
    if (!*added) made.moved_.push_back(grant.path);
  }
  made.ruleset_ = std::move(*ruleset);
  if (support.seccomp) made.filter_ = call_filter(plan.level, plan.unix_sockets);
  return made;
}

int Confinement::enter() const noexcept {
  drop_capabilities();
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  if (::syscall(kRestrictSelf, ruleset_.get(), 0U) != 0) return errno;
  if (filter_.empty()) return 0;
  static_assert(sizeof(FilterStep) == sizeof(sock_filter));
  static_assert(offsetof(FilterStep, value) == offsetof(sock_filter, k));
  sock_fprog program{};
  program.len = static_cast<unsigned short>(filter_.size());
  // The kernel only reads it; its struct is from before const.
  program.filter = reinterpret_cast<sock_filter*>(const_cast<FilterStep*>(filter_.data()));
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0U, &program) == 0 ? 0 : errno;
}

}  // namespace agentmesh::proxy
