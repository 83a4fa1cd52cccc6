#include "proxy/governor.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "proxy/recording.h"
#include "proxy/snapshots.h"
#include "proxy/timers.h"

namespace agentmesh::proxy {
namespace {

std::string_view to_string(End end) {
  switch (end) {
    case End::kClientEof:
    case End::kClientGone: return "client_eof";
    case End::kServerExit:
    case End::kServerClosed: return "server_exit";
    case End::kSignal: return "signal";
    case End::kFailure: return "error";
  }
  return "error";
}

LogFacts log_facts(const audit::Log& log, const Options& options) {
  return {log.origin(), log.writer(), [&log]() -> const std::string& { return log.notice(); },
          options.audit.durability == audit::Durability::kQueued};
}

}  // namespace

Governor::Governor(const GovernorParts& parts)
    : options_(parts.options),
      log_(parts.log),
      keeper_(parts.keeper),
      wire_(parts.wire),
      clock_(parts.clock),
      session_(parts.options, parts.clock),
      standing_(parts.options.trust, parts.options.server, parts.clock),
      pins_(parts.options.server, parts.log.command_mac(parts.options.command)),
      calls_(parts.options.max_outstanding),
      pipeline_(parts.options, parts.policy, session_, standing_, pins_, parts.shared,
                log_facts(parts.log, parts.options), parts.random, parts.clock),
      results_(parts.options, session_, pipeline_, standing_, parts.clock),
      listing_(parts.options, session_, pipeline_, standing_, pins_, parts.clock),
      offers_(parts.options, session_, pipeline_, pins_, parts.clock),
      client_side_(parts.options, session_, calls_, pipeline_, results_, parts.clock),
      server_side_(parts.options, session_, calls_, pipeline_, results_, listing_, offers_,
                   parts.clock),
      records_(parts.log, standing_, parts.wire, parts.clock),
      timeouts_(parts.options, calls_, results_, records_, parts.wire, parts.clock),
      breaker_watch_(parts.options, calls_, pipeline_, standing_, records_, parts.keeper,
                     parts.wire, parts.clock),
      carrier_(parts.options, session_, calls_, pipeline_, timeouts_, breaker_watch_, parts.wire),
      policy_follower_(parts.options, session_, pipeline_, records_, parts.keeper, parts.wire,
                       [this] {
                         if (options_.shadow && pipeline_.approvals().anything_held()) attend();
                       }),
      store_sync_({parts.options, parts.log, session_, standing_, pins_, pipeline_,
                   policy_follower_, parts.keeper, parts.wire, parts.clock},
                  [this] { return records_under_way(); }),
      shared_facts_(parts.options, session_, pipeline_, parts.keeper, parts.wire) {
  log_notice_ = &log_.notice();
  client_turn_.direction = Direction::kClientToServer;
  server_turn_.direction = Direction::kServerToClient;
  approval_turn_.direction = Direction::kClientToServer;
}

void Governor::start(std::span<const trust::SubjectSums> sums, std::span<const trust::Pin> pins,
                     int64_t changes_upto) {
  standing_.book().load(sums);
  (void)pins_.load(pins);  // nobody has listed anything yet
  listing_.know(pins);
  store_sync_.begin(changes_upto);
}

void Governor::started_by(std::string_view command_form) {
  Turn turn;
  offers_.command(command_form, turn);
  record(std::move(turn.records));
  if (const std::string remarks = offers_.take_remarks(); !remarks.empty())
    wire_.to_stderr(remarks);
  if (offers_.take_touched()) store_sync_.flush();
}

bool Governor::restoring() {
  if (restoring_ || keeping_scores_) return true;
  if (!restore_shared_ || !pipeline_.shared_is_another()) return false;
  restoring_ = true;
  keeper_.give([this, policy = pipeline_.shared_policy()](trust::Store&) {
    wire_.post([this, made_us = restore_shared_(*policy)] {
      restoring_ = false;
      pipeline_.shared_is_back(made_us);
      read_later();
    });
  });
  return true;
}

// A side stays paused until its lines are read: their bytes are there until then.
void Governor::read_later() {
  if (const auto lines = std::exchange(client_later_, {}); !lines.empty()) client_lines(lines);
  if (const auto lines = std::exchange(server_later_, {}); !lines.empty()) server_lines(lines);
  if (std::exchange(attend_again_, false)) attend();
}

void Governor::client_lines(std::span<const Line> lines) {
  if (restoring()) {
    client_later_.assign(lines.begin(), lines.end());
    return;
  }
  client_turn_.clear();
  for (const Line& line : lines) client_side_.read(line, client_turn_);
  standing_.know_agent(session_.agent());
  settle(client_turn_);
}

void Governor::server_lines(std::span<const Line> lines) {
  if (restoring()) {
    server_later_.assign(lines.begin(), lines.end());
    return;
  }
  server_turn_.clear();
  for (const Line& line : lines) server_side_.read(line, server_turn_);
  if (const std::string diverted = server_side_.end_turn(server_turn_); !diverted.empty())
    wire_.to_stderr(diverted);
  if (const std::string remarks = listing_.take_remarks() + offers_.take_remarks();
      !remarks.empty())
    wire_.to_stderr(remarks);
  settle(server_turn_);
}

void Governor::keep_scores() {
  if (log_.seals() == seals_) return;
  seals_ = log_.seals();
  keeping_scores_ = true;  // what moves a score comes behind them
  store_sync_.flush(true);
  keeper_.give([this](trust::Store&) {
    wire_.post([this, scores = trust_snapshots(options_.state_dir)] {
      keeping_scores_ = false;
      if (scores)
        write_scores({scores->begin(), scores->end()});
      else
        wire_.to_stderr(fmt::format("agentmesh: scores do not follow from the new log: {}\n",
                                    scores.error().what));
      read_later();
    });
  });
}

void Governor::write_scores(const std::vector<audit::Record>& scores) {
  const auto again = [this] { seals_ = 0; };  // with the next turn
  const auto settled = log_.append(scores, false, [this, again](const audit::Appended& places) {
    if (!places) wire_.post(again);
  });
  if (settled && !*settled) again();
}

void Governor::settle(Turn& turn) {
  for (audit::TrustChange& change : standing_.take_changes()) {
    wire_.to_stderr(fmt::format("agentmesh: trust of {} is now {} ({})\n",
                                trust::printable(change.subject, 512), change.to, change.tier));
    turn.add(std::move(change));
  }
  if (!turn.remarks.empty()) wire_.to_stderr(std::exchange(turn.remarks, {}));
  breaker_watch_.tell(turn.records);
  if (turn.records.empty()) {
    carry_out(turn, audit::Appended(std::vector<audit::Place>{}));
    return;
  }
  for (Step& step : turn.steps) number(step);
  auto settled = log_.append(
      turn.records, turn.durable,
      [this, &turn](audit::Appended places) {
        wire_.post([this, &turn, places = std::move(places)] {
          turn.waiting = false;
          carry_out(turn, places);
        });
      },
      alone(turn) ? audit::Log::Spare::kThread : audit::Log::Spare::kNothing);
  if (settled) {
    carry_out(turn, *settled);
  } else {
    turn.waiting = true;
  }
}

// One line, and nothing under way but the call that it is about: nobody has to wait if we do.
bool Governor::alone(const Turn& turn) {
  const size_t own = turn.direction == Direction::kClientToServer ? 1 : 0;
  return turn.steps.size() <= 1 && !records_under_way() && !pipeline_.approvals().anything_held() &&
         calls_.of(Direction::kClientToServer).size() <= own &&
         calls_.of(Direction::kServerToClient).size() == 0;
}

// A call's outcome refers to its decision by wseq, which is known before the record is written, and also if it never is.
void Governor::number(Step& step) {
  for (Step& member : step.members) number(member);
  if (step.decision < 0) return;
  if (Call* call = calls_.at(step.call))
    call->wseq = log_.next_wseq() + static_cast<uint64_t>(step.decision);
}

void Governor::carry_out(Turn& turn, const audit::Appended& places) {
  if (!places) records_.forget_evidence(turn.records);
  carrier_.carry_out(turn, places);
  if (&log_.notice() != log_notice_) tell_of_log();
  shared_facts_.changed();
  const bool offered = offers_.take_touched();
  if (listing_.take_touched() || offered)
    store_sync_.flush();  // a person may look at the pins next
  else if (standing_.book().dirty() || pipeline_.has_condition_errors())
    store_sync_.soon();
  keep_scores();
  if (approvals_watched_ || pipeline_.approvals().waiting()) watch_approvals();
  if (std::exchange(attend_again_, false)) attend();  // the last thing done: it may use this turn
}

void Governor::tell_of_log() {
  log_notice_ = &log_.notice();
  wire_.to_stderr(fmt::format("agentmesh: {}\n", *log_notice_));
  records_.introduce_again();
}

void Governor::watch_approvals() {
  const std::optional<int64_t> due = pipeline_.approvals().next_due_us();
  approvals_watched_ = due.has_value();
  if (due)
    wire_.after(kApprovalSlot, std::max<int64_t>(0, *due - clock_.mono_us()), [this] { attend(); });
  else
    wire_.after(kApprovalSlot, -1, {});
}

void Governor::attend() {
  if (approval_turn_.waiting || restoring()) {
    attend_again_ = true;
    return;
  }
  approval_turn_.clear();
  if (client_gone_) client_side_.give_up_held(approval_turn_);
  client_side_.attend(approval_turn_);
  settle(approval_turn_);
}

void Governor::client_eof() {
  client_gone_ = true;
  if (pipeline_.approvals().anything_held()) attend();
}

void Governor::woken() {
  shared_facts_.exchange();
  if (pipeline_.approvals().anything_held()) attend();
  store_sync_.woken();
}

void Governor::refused(Direction direction, std::string_view bytes) {
  ReadFault fault{direction,
                  "read.refused-by-peer",
                  "the receiving side takes nothing any more",
                  bytes.size(),
                  1,
                  {},
                  {},
                  {}};
  record({read_record(fault, session_, options_.shadow)});
}

int64_t Governor::lose_calls(std::vector<audit::Record>& records) {
  int64_t lost = 0;
  const auto lose = [&](const Call& call) {
    records.emplace_back(results_.outcomes().lost(call));
    if (!call.cancelled) ++lost;  // what was cancelled is owed no answer
  };
  calls_.each_open([&](const Call& call) {
    if (results_.first_outcome(call)) lose(call);
  });
  results_.each_unfetched_task(lose);
  return lost;
}

void Governor::finish(End end, int exit_status) {
  std::vector<audit::Record> last;
  Turn held;
  client_side_.give_up_held(held);
  std::move(held.records.begin(), held.records.end(), std::back_inserter(last));
  for (audit::Record& record : pipeline_.approvals().forgotten_states(true))
    last.emplace_back(std::move(record));
  const int64_t lost = lose_calls(last);
  audit::SessionEnd record;
  record.events = events_of(standing_.ended(end, exit_status, session_, pins_.stable()));
  for (audit::TrustChange& change : standing_.take_changes()) last.emplace_back(std::move(change));
  record.reason = to_string(end);
  record.exit = exit_status;
  record.calls = session_.facts().calls;
  record.denied = session_.facts().denied;
  record.lost = lost;
  record.client_name = session_.client_name();
  record.client_version = session_.client_version();
  record.protocol = session_.protocol();
  last.emplace_back(std::move(record));
  records_.write(std::move(last));  // some of it points into lines that were held
  carrier_.finish();
  store_sync_.end(breaker_watch_.kept());
}

}  // namespace agentmesh::proxy
