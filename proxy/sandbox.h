// Sandbox: the server's own walls, put up by the kernel before its first instruction, whatever the messages say.
//
// What a server may do with files is decided here, from the policy's roots, what its command needs to run at all, and what
// was declared (docs/sandbox.md). The kernel then holds it: Landlock for files (and for TCP, signals and abstract sockets
// where it can), a seccomp filter for sockets and for calls that no MCP server needs, no_new_privs for set-uid programs.
// All that the server starts is inside as well, and nobody inside can take the walls down.
//
// Order: plan_sandbox() (files are looked at, nothing is changed), Confinement::prepare() before the fork, enter() in the
// child between fork and exec.
// Thread: the one that spawns. Cost: about 2 ms at start for a few hundred rules; nothing per message; a few per cent of the
// server's own opening of files.
// Failure: what was asked for and cannot be enforced at all ends the start; what is enforced only in part is in
// not_enforced(), for stderr and the record.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "proxy/options.h"

namespace agentmesh::proxy {

std::string_view to_string(SandboxLevel level);  // off, files, files+net

// ---- what the server may reach ------------------------------------------------------------------------------------------

enum class Reach : uint8_t {
  kReadAndRun,  // files may be read and run, directories listed
  kWrite,       // and everything in them changed, made, moved and removed (but device files)
  kDevice,      // a file that may be read and written, and nothing else
};

// What stands at a path and below it.
struct Grant {
  std::string path;  // absolute; what has a link on it when the rule is made stays closed
  Reach reach = Reach::kReadAndRun;
  // "root", "command", "system", "declared", "temporary files", or "part" of a place that can be read as a whole and written in part
  std::string_view why;

  bool operator==(const Grant&) const = default;
};

// The world that the decision is made in.
struct SandboxWorld {
  std::vector<std::string> command;  // the server's words
  std::string executable;            // where its first word was found
  std::string working_directory;
  std::string home;                    // "" if there is none
  std::vector<std::string> roots;      // in force at the start, links and all
  std::vector<std::string> workspace;  // what ${workspace} stands for: the derived roots, likewise
  std::vector<std::string> environment;  // NAME=value
  std::string state_dir;                 // ours; never within reach
  std::vector<std::string> closed;       // nor are these: other state directories that are there
  std::string private_tmp;               // a directory of the server's own
  // Never to be changed, there or not, links and all: what decides how servers are started.
  std::vector<std::string> governing;
  // Likewise, unless a person declares the project, or what of it holds them: the configurations that clients keep in projects.
  std::vector<std::string> project;
  std::vector<std::string> projects;  // directories of those
};

struct SandboxPlan {
  SandboxLevel level = SandboxLevel::kOff;
  bool unix_sockets = false;
  std::vector<Grant> grants;             // sorted by path, each path once
  std::vector<std::string> environment;  // what the server gets
  // Sentences: declared and not there, led to by the server, carved out, wide, writable caches.
  std::vector<std::string> remarks;
};
SandboxPlan plan_sandbox(const SandboxOptions& options, const SandboxWorld& world);

// Whether a variable of that name passes the list: named in it, or one that every program relies on (PATH, HOME, LANG …).
bool passes(std::string_view name, std::span<const std::string> allowed);

// ---- what the kernel can do ----------------------------------------------------------------------------------------------

struct KernelSupport {
  int landlock = 0;  // its version of Landlock; 0: none
  bool seccomp = false;
};
KernelSupport kernel_support();

// The Landlock rights that a reach means, for a directory or for another file, in that version of Landlock.
uint64_t landlock_rights(Reach reach, bool is_directory, int landlock);

// An error if the level cannot be had here at all: one sentence, with the way out.
Result<void> check_support(SandboxLevel level, const KernelSupport& support);
// What the level promises and this kernel does not hold, a sentence each.
std::vector<std::string> not_enforced(SandboxLevel level, const KernelSupport& support);
// What would be in force at that level, a sentence each: for people (doctor).
std::vector<std::string> describe_support(SandboxLevel level, const KernelSupport& support);

// A seccomp filter instruction, as linux/filter.h has it.
struct FilterStep {
  uint16_t code;
  uint8_t if_true, if_false;
  uint32_t value;
};
// Denies what no MCP server needs (docs/sandbox.md lists it), and sockets by the level. Empty: not known for this machine.
std::vector<FilterStep> call_filter(SandboxLevel level, bool unix_sockets);

// ---- putting it up ---------------------------------------------------------------------------------------------------------

class Confinement {
 public:
  // Opens every granted path; one that is gone by now is left out, and so is one that has become a way to somewhere else.
  static Result<Confinement> prepare(const SandboxPlan& plan, const KernelSupport& support);
  const std::vector<std::string>& moved() const { return moved_; }  // the latter

  // In the child, between fork and exec. Async-signal-safe. 0, or the errno of what failed.
  int enter() const noexcept;

 private:
  Fd ruleset_;
  std::vector<FilterStep> filter_;
  std::vector<std::string> moved_;
};

}  // namespace agentmesh::proxy
