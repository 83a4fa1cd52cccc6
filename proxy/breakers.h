// Breakers: the circuit breakers of one session, one for the server and one for each tool that fails (trust/breaker.h).
//
// A call is refused at once while one of its two is open. Failures are transport or internal ones: no answer before the
// deadline (which only counts: it neither answers nor ends the call), JSON-RPC -32603, an answer that cannot be read. Off
// where the policy only looks (permissive, shadow).
// Order: refuses() while a call is judged; let_pass() when it goes on; then one of answered(), failed() or abandoned().
// Thread: one (the io thread). Memory: tools that failed and have not answered since, at most kMaxTools; those beyond share the
// server's breaker alone. Cost: nothing to speak of while nothing fails.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "proxy/calls.h"
#include "proxy/options.h"
#include "trust/breaker.h"
#include "trust/store.h"

namespace agentmesh::proxy {

class Breakers {
 public:
  Breakers(const Options& options, const Clock& clock);

  bool on() const { return on_; }
  int64_t deadline_us() const { return deadline_us_; }

  // Why this call is not tried now; nothing if it may go.
  struct Refusal {
    std::string subject;  // "the server 'files'", "its tool 'read'"
    uint32_t failures = 0;
    int64_t probe_in_us = 0;  // 0: the probe is on its way
  };
  std::optional<Refusal> refuses(std::string_view tool) const;
  // It goes on. True if it is a probe of a half-open breaker (Call::probe).
  bool let_pass(std::string_view tool);

  void answered(const Call& call);
  void failed(const Call& call);
  // It says nothing about the server: cancelled, or never sent.
  void abandoned(const Call& call);

  // What opened or closed since the last call.
  struct Changed {
    std::string tool;  // "" for the server
    bool open = false;
    uint32_t failures = 0;
    int64_t wait_us = 0;
  };
  std::vector<Changed> take_changes() { return std::exchange(changes_, {}); }
  // As state.db keeps them for `status`: all that are not closed and unblemished.
  std::vector<trust::BreakerCopy> copies(int64_t pid) const;

 private:
  template <class Act>
  void settle(const Call& call, Act act);
  trust::BreakerCopy copy_of(const std::string& tool, const trust::Breaker& breaker,
                             int64_t pid) const;

  const Clock& clock_;
  std::string server_;
  trust::Breaker::Settings settings_;
  int64_t deadline_us_;
  bool on_;
  trust::Breaker of_server_;
  std::unordered_map<std::string, trust::Breaker> of_tools_;
  std::vector<Changed> changes_;
};

}  // namespace agentmesh::proxy
