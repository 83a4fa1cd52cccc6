// Reloading: the session's policy read again, while it runs: because a file was edited, because of SIGUSR1, or because a
// person typed `agentmesh policy reload`.
//
// Reading and compiling happen on the keeper; done() comes back between two messages. A policy that does not load is
// refused and the old one stays; so is one that loosens a strict policy, unless a person asked (policy.md,
// Self-protection).
// Order: one Reloading per session; ask() any time. Thread: the io thread.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "proxy/keeper.h"
#include "proxy/policy_in_use.h"
#include "proxy/relay.h"

namespace agentmesh::proxy {

class Reloading {
 public:
  enum class Asked : uint8_t { kFile, kSignal, kPerson };  // the later, the more it may
  enum class What : uint8_t {
    kSame,     // nothing has changed; only told to those who asked
    kTaken,    // it is in force from now on
    kRefused,  // `error` of the policy says why
  };
  using Done = std::function<void(What what, const PolicyInUse& policy)>;

  // `read` may be empty: then nothing is ever read again. `state_words` as in proxy/options.h.
  Reloading(Reload read, PolicyInUse in_use, std::string state_words, Keeper& keeper, Wire& wire,
            Done done);

  void ask(Asked asked);

 private:
  void settle(Asked asked, PolicyInUse next);

  Reload read_;
  PolicyInUse in_use_;
  std::string state_words_;
  std::string refused_;  // the fingerprint of what was refused last
  Keeper& keeper_;
  Wire& wire_;
  Done done_;
  bool reading_ = false;
  std::optional<Asked> again_;
};

}  // namespace agentmesh::proxy
