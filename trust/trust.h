// Trust: a score from 0 to 1000 for every agent, server and tool, computed from recorded events and nothing else.
//
// What this folder does: folds events into scores (score.h), keeps them for all proxies of the machine (store.h), opens
// and closes circuit breakers (breaker.h), remembers what servers offered (pins.h), and holds what must be exact across
// processes in one mapped file (shared.h: limits, halt, tickets). What it does not do: read a log, know a policy or a
// message. Proxy and cli say what happened, as Events.
//
// Start here, then score.h (the formula), events.h (what counts how much), book.h (the scores of a process), store.h
// (state.db), wake.h (how a command reaches running proxies), governed.h (who may not command).
// Thread: values, except Store (one thread, the keeper) and Shared (any thread, any process).
// Failure: a state that cannot be read is set aside and said; scores start again from the log or from the prior.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trust/options.h"

namespace agentmesh::trust {

enum class Dimension : uint8_t {
  kPolicyCompliance,
  kSecurityPosture,
  kOutputQuality,
  kResourceEfficiency,
  kCollaborationHealth,
};
inline constexpr size_t kDimensions = 5;
std::string_view to_string(Dimension dimension);  // "policy_compliance", …
std::optional<Dimension> dimension_of(std::string_view name);

// One piece of evidence about one subject. Weights and values in thousandths, as a record writes them.
struct Event {
  std::string subject;  // "agent:NAME", "server:NAME", "tool:SERVER/NAME"
  Dimension dimension = Dimension::kPolicyCompliance;
  int32_t weight =
      1000;  // ordinary good call 1000; severity low 1000, medium 3000, high 8000, critical 20000
  int32_t value = 1000;  // 0 … 1000; 500 and more is good credit, which saturates

  bool operator==(const Event&) const = default;
};

enum class Tier : uint8_t { kUntrusted, kProbationary, kStandard, kTrusted, kVerifiedPartner };
Tier tier_of(int score);
std::string_view to_string(Tier tier);  // "verified_partner", …

struct Score {
  int total = 800;                                              // 0 … 1000
  std::array<int, kDimensions> dimensions{80, 80, 80, 80, 80};  // 0 … 100, rounded
  uint32_t events = 0;  // seen so far; below 20 the subject is shown as "new"
  Tier tier() const { return tier_of(total); }
};

}  // namespace agentmesh::trust
