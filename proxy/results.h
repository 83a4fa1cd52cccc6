// Results: what the answer to a governed request becomes: read for what it is, asked about, recorded, redacted or withheld,
// and marked.
//
// Which shape a result has follows the method of the *request* (protocol, section 6). Tasks: the handle goes through as
// it is, and the call it stands for is remembered until tasks/result brings what it came for.
// Thread: one. Failure: a result that cannot be judged is withheld (pipeline.h).

#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "audit/record.h"
#include "base/clock.h"
#include "proxy/calls.h"
#include "proxy/message.h"
#include "proxy/options.h"
#include "proxy/pipeline.h"
#include "proxy/session.h"
#include "proxy/standing.h"
#include "proxy/turn.h"

namespace agentmesh::proxy {

class Results {
 public:
  Results(const Options& options, Session& session, Pipeline& pipeline, Standing& standing,
          const Clock& clock);

  // The answer `message` (result or error) to `call`. `twin`: its id came as the other type.
  Step read(const Message& message, std::string_view bytes, const Call& call, bool twin,
            Turn& turn);

  // The outcome of a call whose answer could not be read; of one still open when the session ended; of a request of the
  // server that the client answered (recorded by digest only).
  audit::Outcome unreadable(const Call& call);
  audit::Outcome lost(const Call& call);
  audit::Outcome of_client_answer(const Call& call, const Message& message);

  // The call that became this task, or null.
  const Call* task(const std::string& task_id) const;
  // What a tasks/result asks for whose task this process did not see begin: scanned and marked, with no outcome.
  Call unknown_task(const Message& request, int64_t now_us) const;
  // False if the outcome of what `call` stands for is recorded already (a task's result may be fetched again).
  bool first_outcome(const Call& call) const;
  template <class Visit>
  void each_unfetched_task(Visit visit) const {
    for (const auto& [id, call] : tasks_)
      if (!call.settled) visit(call);
  }

 private:
  void count_failure(const Call& call);
  void task_settled(const Call& call);
  Step read_error(const Message& message, std::string_view bytes, const Call& call, Turn& turn);
  Step task_handle(const Message& message, std::string_view bytes, const Call& call);
  // A modern result that asks the client for input: every request in it is judged as one of the server's.
  Step input_required(const Message& message, std::string_view bytes, const Call& call, Turn& turn);
  audit::Outcome outcome(const Call& call, std::string_view status) const;
  void settle_trust(audit::Outcome& record, trust::CallStory story, const Call& call);
  // What the session now knows: content from outside came in, something private was read.
  void learn(const Call& call, const policy::Verdict& verdict);

  const Options& options_;
  Session& session_;
  Pipeline& pipeline_;
  Standing& standing_;
  const Clock& clock_;
  std::unordered_map<std::string, Call> tasks_;  // by task id
};

}  // namespace agentmesh::proxy
