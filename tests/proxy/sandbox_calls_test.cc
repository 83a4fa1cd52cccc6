// Which calls pass. What the kernel makes of the filter is tests/e2e/test_sandbox.py.

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "proxy/sandbox.h"
#include "tests/catch.h"

namespace agentmesh::proxy {
namespace {

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
    {call(SYS_fcntl, 3, 1024), no(EPERM), no(EPERM), no(EPERM)},  // F_SETLEASE
    {call(SYS_fcntl, 3, 1), kPass, kPass, kPass},                 // F_GETFD
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
