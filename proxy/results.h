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
  Results(const Options& options, Session& session, Pipeline& pipeline, Standing& standing, const Clock& clock);

  // The answer `message` (result or error) to `call`. `twin`: its id came as the other type.
  Step read(const Message& message, std::string_view bytes, const Call& call, bool twin, Turn& turn);

  // The outcome of a call whose answer could not be read, or that was still open when the session ended.
  audit::Outcome unreadable(const Call& call);
  audit::Outcome lost(const Call& call);

 private:
  Step task_handle(const Message& message, std::string_view bytes, const Call& call);
  audit::Outcome outcome(const Call& call, std::string_view status) const;

  const Options& options_;
  Session& session_;
  Pipeline& pipeline_;
  Standing& standing_;
  const Clock& clock_;
  std::unordered_map<std::string, Call> tasks_;  // by task id
};

}  // namespace agentmesh::proxy
