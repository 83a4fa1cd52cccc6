// Questions: what an answer of the server asks of the client besides being read: the inputRequests of 2026-07-28, the pages of
// error -32042. Each is judged like a request that the server had sent by itself.
//
// Thread: one. Failure: what could be read in two ways is denied.

#pragma once

#include "proxy/calls.h"
#include "proxy/message.h"
#include "proxy/options.h"
#include "proxy/pipeline.h"
#include "proxy/session.h"
#include "proxy/turn.h"

namespace agentmesh::proxy {

// What the client gets for `call` in place of an answer that does not go on.
AnswerPlan::Shape withheld_shape(const Call& call);

class Questions {
 public:
  Questions(const Options& options, Session& session, Pipeline& pipeline);

  static bool any(const Message& message);
  // A record for each; if one is denied, `step` becomes that denial, and false is returned.
  bool judge(const Message& message, const Call& call, Step& step, Turn& turn);

 private:
  const Options& options_;
  Session& session_;
  Pipeline& pipeline_;
};

}  // namespace agentmesh::proxy
