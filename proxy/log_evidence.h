// Log evidence: what a log says about trust, line by line, as the fold of trust/score.h takes it.
//
// Whoever has the log has every score: `trust replay` and `trust explain` read it so, and restore.h what state.db lost.
// Thread: any; it reads. Cost: linear in the log. Failure: a line that is no JSON, an event of an unknown dimension.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "trust/score.h"
#include "trust/trust.h"

namespace agentmesh::proxy {

// A record of the log that says something about trust. One record with several events gives several lines.
struct TrustLine {
  uint64_t seq = 0;
  int64_t ts_us = 0;
  std::string type;  // the record's: "outcome", "decision", "trust.report", …
  std::string subject;
  std::optional<trust::Event> event;
  bool reset = false;                   // trust.change with cause reset: what came before is gone
  std::optional<trust::Sums> snapshot;  // trust.snapshot: what came before is in these
  std::string writer{};                 // 16 hex digits, and its own number for the record
  uint64_t wseq = 0;
};

// Calls `each` for every such line, oldest first.
Result<void> read_evidence(const std::string& log_dir,
                           const std::function<void(const TrustLine&)>& each);

}  // namespace agentmesh::proxy
