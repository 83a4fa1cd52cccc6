// RecordWriter: records that no turn waits for (session.start, policy.load, a breaker that opened), given to the log; and evidence
// taken back whose record could not be written.
//
// Thread: the io thread. Failure: what cannot be written is said on stderr, and what it says about trust does not count; of the
// last records that is said when the log has been closed, for nobody runs what is posted then.

#pragma once

#include <mutex>
#include <optional>
#include <span>
#include <string>
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
  // The log was closed behind the session's end: says what could not be written of what was queued.
  void log_closed() { say_failed(); }
  // A line of the log's own for stderr. Any thread.
  void say_of_log(std::string text);
  // The log was set aside and another begun, which knows nothing of this session yet: what opened it is written again.
  void introduce_again();
  // These records could not be written, and neither counts what they say about trust.
  void forget_evidence(std::span<const audit::Record> records);

 private:
  struct Failed {
    Error error;
    std::vector<trust::Event> events;
    bool end = false;  // session.end is among them
  };
  void failed(const Failed& what);
  void say_failed();
  void forget(const std::vector<trust::Event>& events);

  audit::Log& log_;
  Standing& standing_;
  Wire& wire_;
  const Clock& clock_;
  std::optional<audit::SessionStart> start_;
  std::optional<audit::PolicyLoad> policy_;  // the last one that was not refused
  std::mutex late_mutex_;
  std::vector<Failed> late_;       // what the log's own thread found; guarded by late_mutex_
  std::vector<std::string> said_;  // likewise
};

}  // namespace agentmesh::proxy
