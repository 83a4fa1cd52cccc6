// ClientSide: what a client's lines become. Requests are judged, answers are matched to what the server asked, cancellations
// follow their requests; everything else is passed on as it came.
//
// It fills a Turn and sends nothing. Thread: one. Failure: a line that cannot be read in one way, or is matched to nothing,
// goes no further and is recorded.

#pragma once

#include <functional>
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
#include "proxy/session.h"
#include "proxy/turn.h"

namespace agentmesh::proxy {

class ClientSide {
 public:
  ClientSide(const Options& options, Session& session, Calls& calls, Pipeline& pipeline,
             Results& results, const Clock& clock);

  void read(const Line& line, Turn& turn);
  // Held calls that were answered elsewhere, or too late, and the progress that is due for the others.
  void attend(Turn& turn);
  // The client has gone: every held call is denied.
  void give_up_held(Turn& turn);

 private:
  Step read_one(const Reading& reading, std::string_view bytes, Turn& turn);
  bool introduces(const Batch& batch);  // an initialize is among its members
  Step batch(const Batch& batch, std::string_view bytes, Turn& turn);
  Step refused_batch(const Batch& batch, Turn& turn);
  Step request(const Message& message, std::string_view bytes, Turn& turn);
  Step governed_request(const Message& message, std::string_view bytes, Turn& turn);
  // What a judgement makes of a request: forwarded, denied, held or asked about.
  Step carry_on(const Message& message, std::string_view bytes, Judgement judgement, Turn& turn);
  Step ask_client(const Message& message, std::string_view bytes, Judgement judgement, Turn& turn);
  std::unique_ptr<AnswerPlan> denial_of(const Message& message, const Judgement& judgement) const;
  // A held call whose waiting is over.
  struct Ending {
    bool dialog_open = false;  // the client still shows it: it is told to stop
    bool wants_answer = true;  // false: the client cancelled the call
  };
  void settle_held(Approvals::Settled settled, Ending ending, Turn& turn);
  // The client's answer to a dialog of ours; false if it is none.
  bool dialog_answered(const Id& id, json::View result, Turn& turn, bool& found);
  Step answer(const Message& message, std::string_view bytes, Turn& turn);
  Step notification(const Message& message, std::string_view bytes, Turn& turn);
  Step refused(const Refusal& refusal, std::string_view bytes, Turn& turn);
  // The server's request `id` will get no answer from the client that we can pass on: one of ours instead.
  Step instead(const Id& id, std::string_view reason, Turn& turn);
  Step dropped(std::string_view rule, std::string_view reason, const Message& message,
               std::string_view bytes, Turn& turn);
  std::string_view method_answered(const Id& id);

  const Options& options_;
  Session& session_;
  Calls& calls_;
  Pipeline& pipeline_;
  Results& results_;
  const Clock& clock_;
  MessageReader reader_;
  MessageReader member_reader_;
  MessageReader held_reader_;
  std::function<std::string_view(const Id&)> result_of_;
};

}  // namespace agentmesh::proxy
