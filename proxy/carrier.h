// Carrier: carries out the steps of a turn once its records are placed: bytes go on, answers go back, marks get the numbers of
// their records. A governed request whose decision could not be written is denied here (audit.on_error).
//
// Thread: the io thread. Cost: nothing is copied of what goes on as it came.

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "audit/log.h"
#include "audit/tail_end.h"
#include "proxy/breaker_watch.h"
#include "proxy/call_timeouts.h"
#include "proxy/calls.h"
#include "proxy/options.h"
#include "proxy/pipeline.h"
#include "proxy/relay.h"
#include "proxy/turn.h"

namespace agentmesh::proxy {

class Carrier {
 public:
  Carrier(const Options& options, Session& session, Calls& calls, Pipeline& pipeline,
          CallTimeouts& timeouts, BreakerWatch& breakers, Wire& wire)
      : options_(options),
        session_(session),
        calls_(calls),
        pipeline_(pipeline),
        timeouts_(timeouts),
        breakers_(breakers),
        wire_(wire) {}

  // In order; `places` are those of the turn's records, or why they were not written.
  void carry_out(Turn& turn, const audit::Appended& places);
  // The session is over: what went unrecorded since the log was last written, if anything did.
  void finish();

 private:
  // Returns what goes on in the turn's own direction ("" for nothing).
  std::string_view carry_out(Step& step, Direction direction, const audit::Appended& places);
  std::string_view carry_out_batch(Step& step, Direction direction, const audit::Appended& places);
  // Without its record nothing goes on: not in shadow mode, and only if `audit.on_error` says so. A damaged log is another
  // matter: nothing is forwarded that no log tells of.
  bool must_be_recorded(const Error& why) const {
    return !options_.shadow &&
           (why.errno_value == audit::kDamaged || options_.audit.on_error == audit::OnError::kDeny);
  }
  // A governed request whose decision could not be written.
  void unrecorded(Step& step, Direction direction, const Error& why);
  // Answers with `plan` that nothing goes on without its record.
  void deny_unrecorded(AnswerPlan& plan, const Error& why);
  // One that goes on all the same: said once, until the log is written again.
  void passed_unrecorded(const Error& why);
  // One that is denied for it: likewise said once.
  void tell_denied(const Error& why);
  // Records that nothing was denied for: outcomes of answers that go on all the same, denials by policy. Likewise.
  void lost(std::span<const audit::Record> records, const Error& why);
  // What went unrecorded since, with `now` in front, and forgotten then. False if nothing did.
  bool tell_unrecorded(std::string_view now);
  // The record that a person is asked could not be written. False: it was over before anybody was.
  bool unasked(Step& step);
  void answer(const AnswerPlan& plan);
  static void place(Mark& mark, const Step& step, const audit::Appended& places);
  void send(Direction direction, std::string_view bytes);

  const Options& options_;
  Session& session_;
  Calls& calls_;
  Pipeline& pipeline_;
  CallTimeouts& timeouts_;
  BreakerWatch& breakers_;
  Wire& wire_;
  MarkTexts mark_texts_;
  // Since the log was last written:
  size_t unrecorded_ = 0;     // calls that went on without a record
  size_t lost_outcomes_ = 0;  // of calls whether or not they were recorded
  size_t lost_others_ = 0;
  bool denying_ = false;  // calls are denied for want of a record, and that was said
};

}  // namespace agentmesh::proxy
