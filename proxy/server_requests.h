// ServerRequests: what becomes of a governed request of the server once it is judged: it goes on to the client, is refused, or
// waits while the client's dialog asks a person whether it may.
//
// It fills a Turn and sends nothing; who waits is approvals.h's to keep. Thread: one.

#pragma once

#include <string_view>

#include "base/clock.h"
#include "proxy/approvals.h"
#include "proxy/calls.h"
#include "proxy/message.h"
#include "proxy/options.h"
#include "proxy/pipeline.h"
#include "proxy/session.h"
#include "proxy/turn.h"

namespace agentmesh::proxy {

class ServerRequests {
 public:
  ServerRequests(const Options& options, Session& session, Calls& calls, Pipeline& pipeline,
                 const Clock& clock);

  // A request that has just come: judged, and what that makes of it.
  Step judged(const Message& message, std::string_view bytes, Turn& turn);

  // A held one whose waiting is over, in a turn of either direction.
  struct Ending {
    bool dialog_open = false;  // the client still shows it: it is told to stop
    bool wants_answer = true;  // false: whoever asked has cancelled the request
    bool client_left = false;
    // Whether it may still go on, should nothing hold it back.
    bool lives() const { return wants_answer && !client_left; }
  };
  void settle(Approvals::Settled settled, Ending ending, Turn& turn);

 private:
  Step ask_client(const Message& message, std::string_view bytes, Judgement judgement, Turn& turn);
  Step carry_on(const Message& message, std::string_view bytes, Judgement judgement, Turn& turn);
  std::unique_ptr<AnswerPlan> denial_of(const Message& message, const Judgement& judgement) const;

  const Options& options_;
  Session& session_;
  Calls& calls_;
  Pipeline& pipeline_;
  const Clock& clock_;
  MessageReader held_reader_;
};

// The line that closes a dialog of ours.
Step withdraw_dialog(const Held& held);

}  // namespace agentmesh::proxy
