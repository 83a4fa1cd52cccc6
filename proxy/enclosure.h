// Enclosure: one server's sandbox, from what was asked for to what is in force, and its directory for temporary files.
//
// Order: build() before the server starts; how() goes to Child::spawn; the enclosure lives as long as the server does and
// takes the temporary files along when it goes. What a proxy that was killed left behind, the next one removes: the lock tells,
// for a process id may be another's, or one of another container with the same state directory.
// Failure: build() fails where check_support() does, or where the kernel refuses; then no server is to be started.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "policy/policy.h"
#include "proxy/child.h"
#include "proxy/options.h"
#include "proxy/sandbox.h"

namespace agentmesh::proxy {

class Enclosure {
 public:
  static Result<Enclosure> build(const Options& options, const policy::Policy& policy,
                                 const KernelSupport& support);

  Enclosure(Enclosure&& other) noexcept;
  Enclosure& operator=(Enclosure&&) = delete;
  ~Enclosure();

  // Takes the temporary files along; an error names what stays. (Else the destructor does, and nobody is told.)
  Result<void> remove_temporary();

  Child::How how() const;
  const SandboxPlan& plan() const { return plan_; }
  const std::vector<std::string>& missing() const { return missing_; }
  // What a person is told when the server starts, a line each.
  std::vector<std::string> notices() const;

 private:
  Enclosure() = default;

  SandboxPlan plan_;
  std::vector<std::string> missing_;
  std::optional<Confinement> confinement_;
  std::vector<std::string> left_;  // of earlier sessions
  std::string tmp_;                // "": none
  Fd tmp_kept_;                    // locked as long as this proxy lives
};

// What build() would have to say of the plan, for people; nothing is made. Nothing if there is no such command.
std::vector<std::string> planned_remarks(const Options& options, const policy::Policy& policy);

// For what earlier sessions left, all together, before the server starts; and for what this one leaves.
constexpr int64_t kTemporaryMs = 2000;

// Removes what proxies that are gone left in `directory`; who lives has a lock on its own. Returns what stays, a sentence each,
// also of what there was no time for: a server's process that outlived its proxy may still make files there.
std::vector<std::string> sweep_temporary(const std::string& directory,
                                         int64_t within_ms = kTemporaryMs);

}  // namespace agentmesh::proxy
