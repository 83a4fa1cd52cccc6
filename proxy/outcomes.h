// Outcomes: how a governed call ended, as its record says it, and what that means for trust and the circuit breakers.
//
// What stands in an answer, and whether it may go on, is for results.h to say.
// Thread: one.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/record.h"
#include "base/clock.h"
#include "proxy/calls.h"
#include "proxy/message.h"
#include "proxy/pipeline.h"
#include "proxy/standing.h"
#include "proxy/tasks.h"
#include "proxy/turn.h"

namespace agentmesh::proxy {

class Outcomes {
 public:
  Outcomes(Pipeline& pipeline, Standing& standing, Tasks& tasks, const Clock& clock);

  // The record of an end that just came; what else it holds is the caller's to fill in.
  audit::Outcome of(const Call& call, std::string_view status) const;
  // What the end, told as a story, does to the scores: once per call, when its record is full.
  void settle_trust(audit::Outcome& record, trust::CallStory story, const Call& call);
  // The server failed: its breaker counts it, but for a call that passed the deadline and was counted then.
  void count_failure(const Call& call);

  // A call whose answer could not be read (`oversized`: because it is longer than any line may be); one still open when the
  // session ended; one that took longer than call_timeout_ms; a request of the server that the client answered (recorded by
  // digest only), and one of which the answer does not reach it.
  audit::Outcome unreadable(const Call& call, bool oversized = false);
  audit::Outcome lost(const Call& call);
  audit::Outcome timed_out(const Call& call);
  audit::Outcome of_client_answer(const Call& call, const Message& message);
  audit::Outcome kept_from_server(const Call& call) const;

  // Gives up waiting for what the asking side cancelled: servers need not answer it, and the table is full.
  void drop_cancelled(Calls& calls, Direction direction, Turn& turn);

 private:
  // How the call went next to others: into the story, and as findings of its record.
  void note_manners(audit::Outcome& record, trust::CallStory& story, const Call& call);

  Pipeline& pipeline_;
  Standing& standing_;
  Tasks& tasks_;
  const Clock& clock_;
  std::string repeated_;  // for settle_trust: its storage is kept
};

}  // namespace agentmesh::proxy
