// The seccomp part of sandbox.h: a list of calls, as a program for the kernel's classic BPF.

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/ioprio.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>

#include "proxy/sandbox.h"

namespace agentmesh::proxy {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kMachine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__) && !defined(__AARCH64EB__)
constexpr uint32_t kMachine = AUDIT_ARCH_AARCH64;
#else
constexpr uint32_t kMachine = 0;  // the offsets below are for little-endian 64-bit machines
#endif

// Numbers that older headers lack; the same on every machine.
constexpr uint32_t kMoveMount = 429, kOpenTree = 428, kFsopen = 430, kFsconfig = 431,
                   kFsmount = 432, kFspick = 433, kClone3 = 435, kPidfdGetfd = 438,
                   kProcessMadvise = 440, kMountSetattr = 442, kQuotactlFd = 443;

// Looking into, changing and moving other processes; the kernel's own inside; mounts; keys; ways around this filter.
constexpr uint32_t kDenied[] = {
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    kPidfdGetfd,
    kProcessMadvise,
    // mounts and roots
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    kMoveMount,
    kOpenTree,
    kFsopen,
    kFsconfig,
    kFsmount,
    kFspick,
    kMountSetattr,
    SYS_setns,
    SYS_open_by_handle_at,
    SYS_quotactl,
    kQuotactlFd,
    SYS_swapon,
    SYS_swapoff,
    SYS_fanotify_init,
    // the kernel
    SYS_kexec_load,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_reboot,
    SYS_acct,
    SYS_syslog,
    SYS_personality,
    SYS_vhangup,
    SYS_lookup_dcookie,
    SYS_nfsservctl,
    // io_uring does what this filter cannot see
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    // the kernel's key store
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    // clocks and names
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_clock_adjtime,
    SYS_adjtimex,
    SYS_sethostname,
    SYS_setdomainname,
#if defined(__x86_64__)
    SYS_kexec_file_load,
    SYS_iopl,
    SYS_ioperm,
    SYS_uselib,
    SYS__sysctl,
    SYS_modify_ldt,
#endif
};

// Limits, priorities and places of a process or thread: of the caller's own alone, which is 0. Its number is no proof of whose
// it is, and another program whose time or files are limited to nothing is as good as killed.
constexpr uint32_t kForOneself[] = {
    SYS_prlimit64,         SYS_sched_setscheduler, SYS_sched_setparam, SYS_sched_setattr,
    SYS_sched_setaffinity, SYS_move_pages,         SYS_migrate_pages,
};
// The same, where the first argument says what kind of number the second is.
struct Kinds {
  uint32_t call, process;
};
constexpr Kinds kForOneselfByKind[] = {{SYS_setpriority, PRIO_PROCESS},
                                       {SYS_ioprio_set, IOPRIO_WHO_PROCESS}};

// Typing into the terminal that we were started from, and taking it away from who has it.
constexpr uint32_t kDeniedOrders[] = {TIOCSTI, TIOCLINUX, TIOCSPGRP};

constexpr uint32_t kNewNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

constexpr uint32_t kAllow = SECCOMP_RET_ALLOW;
constexpr uint32_t refuse(int error) {
  return SECCOMP_RET_ERRNO | (static_cast<uint32_t>(error) & SECCOMP_RET_DATA);
}

// The low half of an argument: what an int or a flag word is.
constexpr uint32_t argument(size_t index) {
  return static_cast<uint32_t>(offsetof(seccomp_data, args) + index * sizeof(uint64_t));
}

// Each piece is a test of a few steps that ends in a verdict or falls through, so no jump goes far.
class Program {
 public:
  void load(size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset)); }
  void verdict(uint32_t value) { add(BPF_RET | BPF_K, value); }
  void if_equal(uint32_t value, uint32_t then) {
    add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    verdict(then);
  }
  void unless_equal(uint32_t value, uint32_t then) {
    add(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
    verdict(then);
  }
  void if_at_least(uint32_t value, uint32_t then) {
    add(BPF_JMP | BPF_JGE | BPF_K, value, 0, 1);
    verdict(then);
  }
  void if_any_bit(uint32_t bits, uint32_t then) {
    add(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
    verdict(then);
  }
  // What follows is for one call only, and must end in a verdict; end_call() before the next.
  void begin_call(uint32_t number) {
    add(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 0);
    call_ = steps_.size();
  }
  void end_call() { steps_[call_ - 1].if_false = static_cast<uint8_t>(steps_.size() - call_); }

  std::vector<FilterStep> take() { return std::move(steps_); }

 private:
  void add(int code, uint32_t value, uint8_t if_true = 0, uint8_t if_false = 0) {
    steps_.push_back({static_cast<uint16_t>(code), if_true, if_false, value});
  }
  std::vector<FilterStep> steps_;
  size_t call_ = 0;
};

void add_for_oneself(Program& program) {
  for (const uint32_t call : kForOneself) {
    program.begin_call(call);
    program.load(argument(0));
    program.if_equal(0, kAllow);
    program.verdict(refuse(EPERM));
    program.end_call();
  }
  for (const auto& [call, process] : kForOneselfByKind) {
    program.begin_call(call);
    program.load(argument(0));
    program.unless_equal(process, refuse(EPERM));
    program.load(argument(1));
    program.if_equal(0, kAllow);
    program.verdict(refuse(EPERM));
    program.end_call();
  }
}

void add_sockets(Program& program, SandboxLevel level, bool unix_sockets) {
  program.begin_call(SYS_socket);
  program.load(argument(0));
  if (unix_sockets) program.if_equal(AF_UNIX, kAllow);
  if (level == SandboxLevel::kFiles) {
    program.if_equal(AF_INET, kAllow);
    program.if_equal(AF_INET6, kAllow);
  }
  // Which interfaces there are: what getaddrinfo and os.networkInterfaces ask. Nothing is reached by it.
  program.unless_equal(AF_NETLINK, refuse(EACCES));
  program.load(argument(2));
  program.unless_equal(NETLINK_ROUTE, refuse(EACCES));
  program.verdict(kAllow);
  program.end_call();
}

}  // namespace

std::vector<FilterStep> call_filter(SandboxLevel level, bool unix_sockets) {
  if (level == SandboxLevel::kOff || kMachine == 0) return {};
  Program program;
  program.load(offsetof(seccomp_data, arch));
  program.unless_equal(kMachine, refuse(EPERM));  // 32-bit programs, whose numbers mean other calls
  program.load(offsetof(seccomp_data, nr));
#if defined(__x86_64__)
  program.if_at_least(0x4000'0000, refuse(EPERM));  // the x32 numbers
#endif
  for (const uint32_t call : kDenied) program.if_equal(call, refuse(EPERM));

  // What these ask for is behind a pointer, which no filter can follow. C libraries then use clone.
  program.if_equal(kClone3, refuse(ENOSYS));
  for (const uint32_t call : {uint32_t{SYS_clone}, uint32_t{SYS_unshare}}) {
    program.begin_call(call);
    program.load(argument(0));
    program.if_any_bit(kNewNamespaces, refuse(EPERM));
    program.verdict(kAllow);
    program.end_call();
  }
  add_for_oneself(program);
  program.begin_call(SYS_ioctl);
  program.load(argument(1));
  for (const uint32_t order : kDeniedOrders) program.if_equal(order, refuse(EPERM));
  program.verdict(kAllow);
  program.end_call();

  add_sockets(program, level, unix_sockets);
  program.verdict(kAllow);
  return program.take();
}

}  // namespace agentmesh::proxy
