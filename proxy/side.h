// Side: what both sides of a session do alike with a line: which kind of message it is, and what becomes of one that is none,
// or is one that may not go on: cut off, too long, readable in two ways, an array, a doubled id, one request too many.
//
// ClientSide and ServerSide say what becomes of requests, notifications and answers.
// It fills a Turn and sends nothing. Thread: one.

#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "proxy/calls.h"
#include "proxy/framing.h"
#include "proxy/message.h"
#include "proxy/options.h"
#include "proxy/pipeline.h"
#include "proxy/recording.h"
#include "proxy/results.h"
#include "proxy/session.h"
#include "proxy/turn.h"

namespace agentmesh::proxy {

class Side {
 public:
  Side(const Side&) = delete;
  Side& operator=(const Side&) = delete;

  void read(const Line& line, Turn& turn);

 protected:
  Side(Direction direction, const Options& options, Session& session, Calls& calls,
       Pipeline& pipeline, Results& results);
  ~Side() = default;

  virtual Step request(const Message& message, std::string_view bytes, Turn& turn) = 0;
  virtual Step notification(const Message& message, std::string_view bytes, Turn& turn) = 0;
  virtual Step answer(const Message& message, std::string_view bytes, Turn& turn) = 0;
  // The line that `message` was read from is another one than came: names of ours were taken out of it (forgery.h).
  virtual void forged(const Message& message, Turn& turn) {
    (void)message;
    (void)turn;
  }
  // An array that this session cannot have.
  virtual Step refused_batch(const Batch& batch, std::string_view bytes, Turn& turn) = 0;
  virtual bool batch_may_pass(const Batch& batch);
  // The other side's request `id` will get no answer from here that we can pass on: one of ours instead. `oversized`: because
  // it is longer than any line may be.
  virtual Step instead(const Id& id, std::string_view reason, Turn& turn, bool oversized) = 0;
  virtual Step refused(const Refusal& refusal, std::string_view bytes, Turn& turn);

  // What stands where a result or an error was found that goes no further, in an array that this session cannot have: one
  // line for each request that waits for it. Nothing if `member` is no answer.
  void instead_of_member(const Reading& member, std::string_view reason, Turn& turn);

  // A message that goes no further, for `reason`: a record, and nothing else.
  Step dropped(std::string_view rule, std::string_view reason, const Message& message,
               std::string_view bytes, Turn& turn);
  // What becomes of a request whose id is taken (R16), or for which there is no room; nothing if it may go on.
  std::optional<Step> no_place_for(const Message& request, std::string_view bytes, Turn& turn);
  // Whether the request that a cancellation names was answered here, or waits here for a person: the other side has not seen
  // it. So where no request has this id, but one has its twin: a reader that takes "7" for 7 would cancel that.
  bool never_left(const Id& cancelled);
  // An error for a request of this side; nothing where its id belongs to one that is outstanding (R16).
  Step refusal_of(const Id& id, int code, std::string_view reason);
  // The record of what is refused in a line; a line is evidence once (`charged`), whatever it holds.
  int32_t record_of(const ReadFault& fault, bool& charged, Turn& turn);
  // A member of a batch.
  Reading read_member(std::string_view text) {
    return member_reader_.read_member(text, result_of_);
  }

  const Options& options_;
  Session& session_;
  Calls& calls_;
  Pipeline& pipeline_;
  Results& results_;
  std::function<std::string_view(const Id&)> result_of_;

 private:
  Step read_one(const Reading& reading, std::string_view bytes, Turn& turn);
  Step read_message(const Message& message, std::string_view bytes, Turn& turn);
  Step oversize(const Line& line, Turn& turn);
  std::string_view method_answered(const Id& id);

  Direction direction_;
  MessageReader reader_;
  MessageReader member_reader_;
};

}  // namespace agentmesh::proxy
