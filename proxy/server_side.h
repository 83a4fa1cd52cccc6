// ServerSide: what a server's lines become. Answers are matched to their requests, and the governed ones are read, scanned
// and marked; requests of the server are judged like the client's; what is no message goes to stderr.
//
// It fills a Turn and sends nothing. Thread: one. Failure: an answer that cannot be read in one way is withheld, and its
// request answered, so that nobody hangs.

#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "proxy/calls.h"
#include "proxy/framing.h"
#include "proxy/listing.h"
#include "proxy/message.h"
#include "proxy/offers.h"
#include "proxy/options.h"
#include "proxy/pipeline.h"
#include "proxy/results.h"
#include "proxy/server_requests.h"
#include "proxy/session.h"
#include "proxy/side.h"
#include "proxy/turn.h"

namespace agentmesh::proxy {

class ServerSide final : public Side {
 public:
  ServerSide(const Options& options, Session& session, Calls& calls, Pipeline& pipeline,
             Results& results, Listing& listing, Offers& offers, const Clock& clock);

  // At the end of a turn: what was diverted in it is recorded once. Returns the text for stderr, "" for none.
  std::string end_turn(Turn& turn);

 private:
  Step request(const Message& message, std::string_view bytes, Turn& turn) override;
  Step notification(const Message& message, std::string_view bytes, Turn& turn) override;
  Step answer(const Message& message, std::string_view bytes, Turn& turn) override;
  void forged(const Message& message, Turn& turn) override;
  Step refused_batch(const Batch& batch, std::string_view bytes, Turn& turn) override;
  Step refused(const Refusal& refusal, std::string_view bytes, Turn& turn) override;
  Step instead(const Id& id, std::string_view reason, Turn& turn, bool oversized) override;
  Step ungoverned_answer(const Message& message, std::string_view bytes, const Pending& pending,
                         Turn& turn);
  int32_t end_subscription(const Pending& pending,
                           Turn& turn);  // gives its outcome's place in the turn
  void junk(std::string_view bytes);

  Listing& listing_;
  Offers& offers_;
  const Clock& clock_;
  ServerRequests requests_;
  int64_t junk_lines_ = 0;
  uint64_t junk_bytes_ = 0;
  std::string junk_text_;
};

}  // namespace agentmesh::proxy
