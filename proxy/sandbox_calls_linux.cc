// The seccomp part of sandbox.h: a list of calls, as a program for the kernel's classic BPF.

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/ioprio.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
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
    // memory, queues and semaphores that are found by number or name, and are no files
    SYS_shmget,
    SYS_shmat,
    SYS_shmctl,
    SYS_msgget,
    SYS_msgsnd,
    SYS_msgrcv,
    SYS_msgctl,
    SYS_semget,
    SYS_semop,
    SYS_semtimedop,
    SYS_semctl,
    SYS_mq_open,
    SYS_mq_unlink,
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

constexpr uint32_t kSetLease = 1024;  // F_SETLEASE

constexpr uint32_t kNewNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

constexpr uint32_t kMptcp = 262;     // IPPROTO_MPTCP
constexpr uint32_t kTypeBits = 0xF;  // of a socket's type; the others are flags

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
  void keep_bits(uint32_t bits) { add(BPF_ALU | BPF_AND | BPF_K, bits); }
  // What follows is for this one value of what was loaded (a call's number, an argument), and must end in a verdict before its
  // end(); after that, what was loaded is still there. One may stand in another.
  void begin(uint32_t value) {
    add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 0);
    open_.push_back(steps_.size());
  }
  void end() {
    steps_[open_.back() - 1].if_false = static_cast<uint8_t>(steps_.size() - open_.back());
    open_.pop_back();
  }

  std::vector<FilterStep> take() { return std::move(steps_); }

 private:
  void add(int code, uint32_t value, uint8_t if_true = 0, uint8_t if_false = 0) {
    steps_.push_back({static_cast<uint16_t>(code), if_true, if_false, value});
  }
  std::vector<FilterStep> steps_;
  std::vector<size_t> open_;  // the steps behind which what is for one value begins
};

void add_for_oneself(Program& program) {
  for (const uint32_t call : kForOneself) {
    program.begin(call);
    program.load(argument(0));
    program.if_equal(0, kAllow);
    program.verdict(refuse(EPERM));
    program.end();
  }
  for (const auto& [call, process] : kForOneselfByKind) {
    program.begin(call);
    program.load(argument(0));
    program.unless_equal(process, refuse(EPERM));
    program.load(argument(1));
    program.if_equal(0, kAllow);
    program.verdict(refuse(EPERM));
    program.end();
  }
}

// TCP, as one stream or as several, and UDP; no other protocol of the Internet.
void add_internet(Program& program) {
  program.load(argument(1));
  program.keep_bits(kTypeBits);
  program.begin(SOCK_STREAM);
  program.load(argument(2));
  for (const uint32_t protocol : {0U, uint32_t{IPPROTO_TCP}, kMptcp})
    program.if_equal(protocol, kAllow);
  program.verdict(refuse(EACCES));
  program.end();
  program.unless_equal(SOCK_DGRAM, refuse(EACCES));
  program.load(argument(2));
  for (const uint32_t protocol : {0U, uint32_t{IPPROTO_UDP}}) program.if_equal(protocol, kAllow);
  program.verdict(refuse(EACCES));
}

void add_sockets(Program& program, SandboxLevel level, bool unix_sockets) {
  program.begin(SYS_socket);
  program.load(argument(0));
  if (unix_sockets) program.if_equal(AF_UNIX, kAllow);
  if (level == SandboxLevel::kFiles) {
    for (const uint32_t family : {uint32_t{AF_INET}, uint32_t{AF_INET6}}) {
      program.begin(family);
      add_internet(program);
      program.end();
    }
  }
  // Which interfaces there are: what getaddrinfo and os.networkInterfaces ask. Nothing is reached by it.
  program.unless_equal(AF_NETLINK, refuse(EACCES));
  program.load(argument(2));
  program.unless_equal(NETLINK_ROUTE, refuse(EACCES));
  program.verdict(kAllow);
  program.end();

  // Two ends for a parent and its child. One of datagrams (SOCK_RAW is the same) could send to any name in the file system,
  // which Landlock does not hold.
  program.begin(SYS_socketpair);
  program.load(argument(0));
  program.unless_equal(AF_UNIX, refuse(EACCES));
  if (!unix_sockets) {
    program.load(argument(1));
    program.keep_bits(kTypeBits);
    program.if_equal(SOCK_STREAM, kAllow);
    program.unless_equal(SOCK_SEQPACKET, refuse(EACCES));
  }
  program.verdict(kAllow);
  program.end();
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
    program.begin(call);
    program.load(argument(0));
    program.if_any_bit(kNewNamespaces, refuse(EPERM));
    program.verdict(kAllow);
    program.end();
  }
  add_for_oneself(program);
  program.begin(SYS_ioctl);
  program.load(argument(1));
  for (const uint32_t order : kDeniedOrders) program.if_equal(order, refuse(EPERM));
  program.verdict(kAllow);
  program.end();
  // With a lease on a file that it may only read it would hold up whoever opens that for 45 seconds, again and again.
  program.begin(SYS_fcntl);
  program.load(argument(1));
  program.if_equal(kSetLease, refuse(EPERM));
  program.verdict(kAllow);
  program.end();

  add_sockets(program, level, unix_sockets);
  program.verdict(kAllow);
  return program.take();
}

}  // namespace agentmesh::proxy
