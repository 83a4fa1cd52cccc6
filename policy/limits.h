// Rates as people write them in a policy: "10/minute", "100/1m", "5/24h". Spans of time: rules.h.
//
// Pure functions, any thread. Counting is not done here: a matched limit becomes a Charge, which the proxy's ledger counts.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/rules.h"

namespace agentmesh::policy {

struct Rate {
  uint32_t calls = 0;     // 1 … 100 000
  int64_t window_us = 0;  // 1 s … 24 h, or a day

  bool operator==(const Rate&) const = default;
};

// Reads COUNT "/" UNIT, UNIT one of second, minute, hour, day, or a count with s, m, h up to 24h; no spaces, no signs.
// Errors name the text and what was expected; the caller adds file, line and key.
Result<Rate> parse_rate(std::string_view text);

// Names one ring of stamps: a JSON array of the policy's and rule's names and those subjects that `by` counts apart
// (empty: agent and server). Two different rings never share a key, whatever the names hold.
std::string charge_key(std::string_view policy, std::string_view rule,
                       const std::vector<Subject>& by, std::string_view agent,
                       std::string_view server, std::string_view tool);

}  // namespace agentmesh::policy
