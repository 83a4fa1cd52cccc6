// RecordWriter: records that no turn waits for (session.start, policy.load, a breaker that opened), given to the log; and evidence
// taken back whose record could not be written.
//
// Thread: the io thread. Failure: what cannot be written is said on stderr, and what it says about trust does not count.

#pragma once

#include <span>
#include <vector>

#include "audit/log.h"
#include "base/clock.h"
#include "proxy/relay.h"
#include "proxy/standing.h"

namespace agentmesh::proxy {

class RecordWriter {
 public:
  RecordWriter(audit::Log& log, Standing& standing, Wire& wire, const Clock& clock)
      : log_(log), standing_(standing), wire_(wire), clock_(clock) {}

  void write(std::vector<audit::Record> records);
  // These records could not be written, and neither counts what they say about trust.
  void forget_evidence(std::span<const audit::Record> records);

 private:
  audit::Log& log_;
  Standing& standing_;
  Wire& wire_;
  const Clock& clock_;
};

}  // namespace agentmesh::proxy
