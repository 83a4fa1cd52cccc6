// ClientSide: what a client's lines become. Requests are judged, answers are matched to what the server asked, cancellations
// follow their requests; everything else is passed on as it came.
//
// It fills a Turn and sends nothing. Thread: one. Failure: a line that cannot be read in one way, or is matched to nothing,
// goes no further and is recorded.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "proxy/calls.h"
#include "proxy/framing.h"
#include "proxy/message.h"
#include "proxy/options.h"
#include "proxy/pipeline.h"
#include "proxy/results.h"
#include "proxy/server_requests.h"
#include "proxy/session.h"
#include "proxy/side.h"
#include "proxy/turn.h"

namespace agentmesh::proxy {

class ClientSide final : public Side {
 public:
  ClientSide(const Options& options, Session& session, Calls& calls, Pipeline& pipeline,
             Results& results, const Clock& clock);

  // Held calls that were answered elsewhere, or too late, and the progress that is due for the others.
  void attend(Turn& turn);
  // The client has gone: every held call is denied.
  void give_up_held(Turn& turn);

 private:
  Step request(const Message& message, std::string_view bytes, Turn& turn) override;
  Step notification(const Message& message, std::string_view bytes, Turn& turn) override;
  Step answer(const Message& message, std::string_view bytes, Turn& turn) override;
  bool batch_may_pass(const Batch& batch) override;
  Step refused_batch(const Batch& batch, std::string_view bytes, Turn& turn) override;
  Step instead(const Id& id, std::string_view reason, Turn& turn, bool oversized) override;
  Step governed_request(const Message& message, std::string_view bytes, Turn& turn);
  // What a judgement makes of a request: forwarded, denied, held or asked about.
  Step carry_on(const Message& message, std::string_view bytes, Judgement judgement, Turn& turn);
  Step ask_client(const Message& message, std::string_view bytes, Judgement judgement, Turn& turn);
  std::unique_ptr<AnswerPlan> denial_of(const Message& message, const Judgement& judgement) const;
  void settle_held(Approvals::Settled settled, ServerRequests::Ending ending, Turn& turn);
  // The client's answer to a dialog of ours; false if it is none.
  bool dialog_answered(const Id& id, json::View result, Turn& turn, bool& found);

  const Clock& clock_;
  MessageReader held_reader_;
  ServerRequests server_requests_;
};

}  // namespace agentmesh::proxy
