#include "proxy/governor.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "audit/layout.h"
#include "base/bytes.h"
#include "proxy/answer.h"
#include "proxy/recording.h"
#include "proxy/restore.h"
#include "proxy/wording.h"
#include "trust/definition.h"
#include "trust/governed.h"
#include "trust/wake.h"

namespace agentmesh::proxy {
namespace {

constexpr int kFlushSlot = 1;
constexpr int kApprovalSlot = 2;
constexpr int kReloadSlot = 3;
constexpr int64_t kReloadDelay = 30'000;  // an editor writes more than once
constexpr int kDeadlineSlot = 4;
constexpr int kOverdueSlot = 5;
constexpr int64_t kFlushDelay =
    250'000;  // how long evidence may wait in memory before the database has it

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
  return {log.origin(), log.writer(), log.notice(),
          options.audit.durability == audit::Durability::kQueued};
}

std::string_view without_line_end(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  return line;
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
      deadlines_(parts.options.call_timeout_ms),
      pipeline_(parts.options, parts.policy, session_, standing_, pins_, parts.shared,
                log_facts(parts.log, parts.options), parts.random, parts.clock),
      results_(parts.options, session_, pipeline_, standing_, parts.clock),
      listing_(parts.options, session_, pipeline_, standing_, pins_, parts.clock),
      offers_(session_, pipeline_, pins_, parts.clock),
      client_side_(parts.options, session_, calls_, pipeline_, results_, parts.clock),
      server_side_(parts.options, session_, calls_, pipeline_, results_, listing_, offers_,
                   parts.clock) {
  client_turn_.direction = Direction::kClientToServer;
  server_turn_.direction = Direction::kServerToClient;
  approval_turn_.direction = Direction::kClientToServer;
}

void Governor::start(std::span<const trust::SubjectSums> sums, std::span<const trust::Pin> pins,
                     int64_t changes_upto) {
  standing_.book().load(sums);
  (void)pins_.load(pins);  // nobody has listed anything yet
  listing_.know(pins);
  changes_upto_ = changes_upto;
  flushed_upto_ = log_.next_wseq();
}

void Governor::started_by(std::string_view command_form) {
  Turn turn;
  offers_.command(command_form, turn);
  record(std::move(turn.records));
  if (const std::string remarks = offers_.take_remarks(); !remarks.empty())
    wire_.to_stderr(remarks);
  if (offers_.take_touched()) flush();
}

void Governor::follow(PolicyInUse in_use, Reload reload) {
  watched_ = in_use.files;
  wire_.watch(watched_);
  files_changed();
  reloading_.emplace(
      std::move(reload), std::move(in_use), keeper_, wire_,
      [this](Reloading::What what, const PolicyInUse& policy) { reloaded(what, policy); });
}

void Governor::share_facts_as(std::string client) {
  client_ = std::move(client);
  share_facts();
}

// What this session has seen goes to the other proxies of its client, and theirs comes here.
void Governor::share_facts() {
  if (client_.empty() || !pipeline_.policy().shares_session()) return;
  const trust::SessionFactsRow own{session_.facts().tainted, session_.facts().private_read};
  const bool news =
      own.tainted != shared_facts_.tainted || own.private_read != shared_facts_.private_read;
  shared_facts_ = own;
  keeper_.give([this, own, news, client = client_](trust::Store& store) {
    if (news) {
      if (!store.put_session_facts(client, own)) return;  // the next change tries again
      (void)trust::touch_wake(options_.state_dir);
    }
    const auto facts = store.session_facts(client);
    if (!facts) return;
    wire_.post([this, facts = *facts] {
      if (facts.tainted) session_.taint();
      if (facts.private_read) session_.read_private();
      shared_facts_ = {session_.facts().tainted, session_.facts().private_read};
    });
  });
}

void Governor::files_changed() {
  wire_.after(kReloadSlot, kReloadDelay, [this] {
    if (reloading_) reloading_->ask(Reloading::Asked::kFile);
  });
}

void Governor::reload() {
  if (reloading_) reloading_->ask(Reloading::Asked::kSignal);
}

void Governor::reloaded(Reloading::What what, const PolicyInUse& policy) {
  audit::PolicyLoad load;
  load.source = policy.source;
  load.sha256 = policy.sha256;
  if (what == Reloading::What::kRefused) {
    load.policy = pipeline_.policy().name();
    load.error = policy.error;
    wire_.to_stderr(fmt::format(
        "agentmesh: the policy was not reloaded, the one before stays: {}\n", policy.error));
  } else {
    load.policy = policy.policy->name();
    load.rules = static_cast<int64_t>(policy.policy->rule_count());
    wire_.to_stderr(fmt::format("agentmesh: policy {} {} ({} rules, {})\n", load.policy,
                                what == Reloading::What::kSame ? "is unchanged" : "was reloaded",
                                load.rules, policy.shadow ? "shadow" : "enforced"));
  }
  if (what == Reloading::What::kTaken) {
    options_.shadow = policy.shadow;
    pipeline_.use(policy.policy);
    session_.protect(policy.protected_paths);
    if (policy.files != watched_) {
      watched_ = policy.files;
      wire_.watch(watched_);
      files_changed();  // an edit between the reading and the watching
    }
    // What the list hides is the policy's to say: the client should look again.
    if (session_.tools_list_changed_declared())
      wire_.to_client("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}\n");
  }
  record({std::move(load)});
}

void Governor::record(std::vector<audit::Record> records) {
  if (records.empty()) return;
  const auto settled = log_.append(records, false, [](const audit::Appended&) {});
  if (!settled || *settled) return;
  forget_evidence(records);
  wire_.to_stderr(
      fmt::format("agentmesh: the audit log cannot be written: {}\n", settled->error().what));
}

void Governor::forget_evidence(std::span<const audit::Record> records) {
  std::vector<trust::Event> events;
  for (const audit::Record& record : records)
    std::visit(
        [&](const auto& one) {
          if constexpr (requires { one.events.front().dim; })
            for (const audit::Event& event : one.events)
              if (const auto dimension = trust::dimension_of(event.dim))
                events.push_back({event.subject, *dimension, event.w, event.v});
        },
        record);
  if (!events.empty()) standing_.book().retract(events, clock_.wall_us());
}

void Governor::client_lines(std::span<const Line> lines) {
  client_turn_.clear();
  for (const Line& line : lines) client_side_.read(line, client_turn_);
  standing_.know_agent(session_.agent());
  settle(client_turn_);
}

void Governor::server_lines(std::span<const Line> lines) {
  server_turn_.clear();
  for (const Line& line : lines) server_side_.read(line, server_turn_);
  if (const std::string diverted = server_side_.end_turn(server_turn_); !diverted.empty())
    wire_.to_stderr(diverted);
  if (const std::string remarks = listing_.take_remarks() + offers_.take_remarks();
      !remarks.empty())
    wire_.to_stderr(remarks);
  settle(server_turn_);
}

void Governor::settle(Turn& turn) {
  for (audit::TrustChange& change : standing_.take_changes()) {
    wire_.to_stderr(fmt::format("agentmesh: trust of {} is now {} ({})\n", change.subject,
                                change.to, change.tier));
    turn.add(std::move(change));
  }
  tell_breakers(turn.records);
  if (turn.records.empty()) {
    carry_out(turn, audit::Appended(std::vector<audit::Place>{}));
    return;
  }
  for (Step& step : turn.steps) number(step);
  auto settled = log_.append(turn.records, turn.durable, [this, &turn](audit::Appended places) {
    wire_.post([this, &turn, places = std::move(places)] {
      turn.waiting = false;
      carry_out(turn, places);
    });
  });
  if (settled) {
    carry_out(turn, *settled);
  } else {
    turn.waiting = true;
  }
}

// A call's outcome refers to its decision by wseq, which is known before the record is written, and also if it never is.
void Governor::number(Step& step) {
  for (Step& member : step.members) number(member);
  if (step.decision < 0) return;
  if (Call* call = calls_.at(step.call))
    call->wseq = log_.next_wseq() + static_cast<uint64_t>(step.decision);
}

void Governor::carry_out(Turn& turn, const audit::Appended& places) {
  if (!places) forget_evidence(turn.records);
  for (Step& step : turn.steps)
    if (const std::string_view bytes = carry_out(step, turn.direction, places); !bytes.empty())
      send(turn.direction, bytes);
  if (session_.facts().tainted != shared_facts_.tainted ||
      session_.facts().private_read != shared_facts_.private_read)
    share_facts();
  const bool offered = offers_.take_touched();
  if (listing_.take_touched() || offered)
    flush();  // a person may look at the pins next
  else if (standing_.book().dirty() || pipeline_.has_condition_errors())
    flush_soon();
  if (approvals_watched_ || pipeline_.approvals().waiting()) watch_approvals();
  if (std::exchange(attend_again_, false)) attend();  // the last thing done: it may use this turn
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
  if (approval_turn_.waiting) {
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

void Governor::watch_overdue() {
  if (!pipeline_.breakers().on()) return;
  overdue_watched_ = true;
  wire_.after(kOverdueSlot, pipeline_.breakers().deadline_us(), [this] { look_for_overdue(); });
}

void Governor::look_for_overdue() {
  const int64_t now = clock_.mono_us();
  const int64_t deadline = pipeline_.breakers().deadline_us();
  std::optional<int64_t> next;
  calls_.each_of_client([&](const Pending& pending, Call& call) {
    const bool may_last = call.method == "subscriptions/listen" || call.method == "tasks/result";
    if (call.overdue || pending.cancelled || may_last) return;
    const int64_t due = call.forwarded_us + deadline;
    if (now < due) {
      next = next ? std::min(*next, due) : due;
      return;
    }
    pipeline_.breakers().failed(call);
    call.overdue = true;
    call.probe = false;
  });
  std::vector<audit::Record> records;
  tell_breakers(records);
  record(std::move(records));
  overdue_watched_ = next.has_value();
  if (next) wire_.after(kOverdueSlot, *next - now, [this] { look_for_overdue(); });
}

void Governor::tell_breakers(std::vector<audit::Record>& records) {
  const std::vector<Breakers::Changed> changes = pipeline_.breakers().take_changes();
  if (changes.empty()) return;
  for (const Breakers::Changed& change : changes) {
    audit::TrustChange record;
    record.subject = change.tool.empty() ? trust::server_subject(options_.server)
                                         : trust::tool_subject(options_.server, change.tool);
    const int score = standing_.book().score(record.subject, clock_.wall_us()).total;
    record.from = score;
    record.to = score;
    record.tier = trust::to_string(trust::tier_of(score));
    record.cause = "breaker";
    record.why = change.open
                     ? fmt::format("open after {} failures in a row; the next try is in {} s",
                                   change.failures, (change.wait_us + 999'999) / 1'000'000)
                     : "closed: it answers again";
    wire_.to_stderr(fmt::format("agentmesh: the circuit breaker of {} is {}\n",
                                trust::printable(record.subject, 512), record.why));
    records.emplace_back(std::move(record));
  }
  breakers_kept_ = true;
  keeper_.give(
      [pid = ::getpid(), copies = pipeline_.breakers().copies(::getpid())](trust::Store& store) {
        (void)store.put_breakers(pid, copies);
      });  // a copy, for `status`
}

// The record that a person is asked could not be written.
void Governor::unasked(Step& step) {
  pipeline_.approvals().withdraw(step.id_key);
  calls_.of(Direction::kClientToServer).erase(step.id_key);
  calls_.remember_answered(step.id_key);
}

std::string_view Governor::carry_out(Step& step, Direction direction,
                                     const audit::Appended& places) {
  if (step.what == Step::What::kForward && step.call != 0 && step.decision >= 0) {
    // A governed request that goes on: its call learns where its decision stands.
    const bool must_be_recorded =
        !options_.shadow && options_.audit.on_error == audit::OnError::kDeny;
    if (!places && must_be_recorded) {
      unrecorded(step, direction, places.error().what);
      return {};
    }
    if (Call* call = calls_.at(step.call); call != nullptr && places) {
      const audit::Place& at = (*places)[static_cast<size_t>(step.decision)];
      call->wseq = at.wseq;
      call->seq = at.seq;
    }
    if (!overdue_watched_ && direction == Direction::kClientToServer) watch_overdue();
  }
  if (!places && step.fail_closed && !options_.shadow &&
      options_.audit.on_error == audit::OnError::kDeny) {
    if (step.what == Step::What::kAsk) unasked(step);
    const Judgement judgement = pipeline_.unrecorded(places.error().what);
    step.answer->text = denial_text(judgement);
    step.answer->mark = pipeline_.mark_of_denial(judgement);
    answer(*step.answer);
    return {};
  }
  if (step.what == Step::What::kForward && !step.id_key.empty())
    if (Pending* pending = calls_.of(direction).find(step.id_key)) {
      pending->sent = true;
      if (deadlines_.on() && step.call != 0 && direction == Direction::kClientToServer)
        watch_deadline(step.id_key, *pending);
    }
  switch (step.what) {
    case Step::What::kNothing: return {};
    case Step::What::kForward: return step.text.empty() ? step.bytes : std::string_view(step.text);
    case Step::What::kAnswer: send(opposite(direction), step.text); return {};
    case Step::What::kAsk:
      if (pipeline_.approvals().shown(step.id_key)) send(opposite(direction), step.text);
      return {};
    case Step::What::kPlanned:
      place(step.answer->mark, step, places);
      answer(*step.answer);
      return {};
    case Step::What::kResult: {
      ResultPlan& plan = *step.result;
      if (plan.wants_mark) {
        place(plan.mark, step, places);
        (void)add_mark(plan.splice, plan.parts, plan.shape, plan.mark, options_.footer,
                       step.bytes.size());
      }
      if (plan.splice.empty()) return step.bytes;
      step.text = plan.splice.apply();
      return step.text;
    }
    case Step::What::kBatch: return carry_out_batch(step, direction, places);
  }
  return {};
}

void Governor::watch_deadline(const std::string& id_key, const Pending& pending) {
  // These last as long as they last.
  if (pending.method == "subscriptions/listen" || pending.method == "tasks/result") return;
  deadlines_.started(id_key, clock_.mono_us());
  arm_deadline();
}

void Governor::arm_deadline() {
  if (deadline_armed_) return;
  const auto left = deadlines_.left_us(clock_.mono_us());
  if (!left) return;
  deadline_armed_ = true;
  wire_.after(kDeadlineSlot, *left, [this] { expire(); });
}

void Governor::expire() {
  deadline_armed_ = false;
  Outstanding& table = calls_.of(Direction::kClientToServer);
  while (const auto due = deadlines_.take_due(clock_.mono_us())) {
    const Pending* pending = table.find(due->id_key);
    Call* call = pending == nullptr ? nullptr : calls_.at(pending->context);
    // Answered in time, and perhaps another request has the id now.
    if (call == nullptr || !pending->sent || pending->forwarded_us > due->started_us) continue;
    const std::string id_raw = call->id_raw;
    const bool cancelled = pending->cancelled;
    call->cancelled = cancelled;
    record({cancelled ? results_.lost(*call) : results_.timed_out(*call)});
    calls_.close(pending->context);
    table.erase(due->id_key);
    if (cancelled) continue;  // the client waits no longer, and the server was told
    send(Direction::kClientToServer, cancellation(id_raw, "no answer in time (call_timeout_ms)"));
    send(Direction::kServerToClient,
         plain_error(id_raw, -32603,
                     fmt::format("AgentMesh: the server did not answer within {} ms "
                                 "(call_timeout_ms); the call was cancelled, but may have had "
                                 "its effect",
                                 options_.call_timeout_ms)));
  }
  arm_deadline();
}

std::string_view Governor::carry_out_batch(Step& step, Direction direction,
                                           const audit::Appended& places) {
  bool whole = true;
  std::string joined = "[";
  for (Step& member : step.members) {
    const std::string_view bytes = without_line_end(carry_out(member, direction, places));
    if (bytes.empty() || bytes.data() != member.bytes.data() || bytes.size() != member.bytes.size())
      whole = false;
    if (bytes.empty()) continue;
    if (joined.size() > 1) joined += ',';
    joined += bytes;
  }
  if (whole) return step.bytes;
  if (joined.size() == 1) return {};
  joined += "]\n";
  step.text = std::move(joined);
  return step.text;
}

void Governor::unrecorded(Step& step, Direction direction, const std::string& why) {
  const Judgement judgement = pipeline_.unrecorded(why);
  AnswerPlan plan;
  plan.to = opposite(direction);
  if (const Call* call = calls_.at(step.call)) {
    const bool as_result = direction == Direction::kClientToServer &&
                           call->method == "tools/call" && !(call->task && !call->modern) &&
                           options_.deny_as == DenyAs::kResult;
    plan.shape = as_result ? AnswerPlan::Shape::kDeniedResult : AnswerPlan::Shape::kDeniedError;
    plan.id_raw = call->id_raw;
    plan.modern = call->modern;
  }
  plan.text = denial_text(judgement);
  plan.mark = pipeline_.mark_of_denial(judgement);
  if (const Call* call = calls_.at(step.call)) pipeline_.breakers().abandoned(*call);
  calls_.close(step.call);
  calls_.of(direction).erase(step.id_key);
  if (direction == Direction::kClientToServer) calls_.remember_answered(step.id_key);
  answer(plan);
}

void Governor::answer(AnswerPlan& plan) {
  std::string line;
  switch (plan.shape) {
    case AnswerPlan::Shape::kDeniedResult:
      line = denied_result(plan.id_raw, plan.text, plan.mark, plan.modern);
      break;
    case AnswerPlan::Shape::kDeniedError:
      line = denied_error(plan.id_raw, plan.text, plan.mark);
      break;
    case AnswerPlan::Shape::kWithheldResult:
      line = withheld_result(plan.id_raw, plan.text, plan.mark, plan.modern);
      break;
  }
  send(plan.to, line);
}

void Governor::place(Mark& mark, const Step& step, const audit::Appended& places) const {
  if (!places) return;
  const int32_t index = step.outcome >= 0 ? step.outcome : step.decision;
  if (index < 0 || static_cast<size_t>(index) >= places->size()) return;
  const audit::Place& at = (*places)[static_cast<size_t>(index)];
  const bool outcome = step.outcome >= 0;
  if (at.seq) {
    (outcome ? mark.outcome_seq : mark.decision_seq) = *at.seq;
    mark.leaf = to_hex(at.leaf);
  } else {
    (outcome ? mark.outcome_wseq : mark.decision_wseq) = at.wseq;
  }
}

void Governor::send(Direction direction, std::string_view bytes) {
  if (direction == Direction::kClientToServer)
    wire_.to_server(bytes);
  else
    wire_.to_client(bytes);
}

size_t Governor::outstanding() const { return calls_.waiting_for_server(); }

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

void Governor::flush_soon() {
  if (flush_armed_) return;
  flush_armed_ = true;
  wire_.after(kFlushSlot, kFlushDelay, [this] { flush(); });
}

trust::Flushed Governor::flush_mark() const {
  return {log_.writer(), ::getpid(), trust::own_start(), flushed_upto_, log_.next_wseq()};
}

void Governor::restore_new_store(trust::Store& store) const {
  const std::string log_dir = audit::log_directory(options_.state_dir, options_.audit.log);
  auto pins = restore_pins(store, log_dir);
  auto scores = restore_scores(store, log_dir, options_.trust);
  for (const auto* done : {&pins, &scores})
    if (!*done)
      wire_.post([this, why = done->error().what] {
        wire_.to_stderr(fmt::format("agentmesh: the trust database: {}\n", why));
      });
}

void Governor::flush() {
  flush_armed_ = false;
  // Evidence whose record is still on its way may have to be taken back: it waits, but not for ever.
  constexpr int kPutOffAtMost = 20;
  if ((client_turn_.waiting || server_turn_.waiting || approval_turn_.waiting) &&
      ++flushes_put_off_ < kPutOffAtMost)
    return flush_soon();
  flushes_put_off_ = 0;
  std::vector<trust::PinWrite> pins = pins_.take_writes();
  std::vector<trust::SubjectSums> deltas = standing_.book().take_deltas();
  std::vector<trust::ConditionError> errors = pipeline_.take_condition_errors();
  if (pins.empty() && deltas.empty() && errors.empty()) return;
  // Evidence is applied in the turn that gives its record to the log: what is before the mark is in these deltas.
  keeper_.give([this, pins = std::move(pins), deltas = std::move(deltas),
                errors = std::move(errors), mark = flush_mark(),
                failed = flush_failed_](trust::Store& store) {
    const bool counted = !deltas.empty();
    Result<std::vector<trust::SubjectSums>> totals;
    if (counted) totals = store.add(deltas, options_.trust, mark);
    if (counted) *failed = !totals;
    if (counted && totals && store.fresh()) {  // somebody took the file away while we ran
      restore_new_store(store);
      totals = store.subjects();
    }
    auto moved_on = store.save_pins(pins);
    if (!errors.empty()) (void)store.count_errors(errors);  // for `status`, nothing depends on it
    std::string trouble;
    if (!totals)
      trouble = totals.error().what;
    else if (!moved_on)
      trouble = moved_on.error().what;
    wire_.post([this, counted, upto = mark.upto, totals = std::move(totals),
                moved_on = std::move(moved_on), trouble = std::move(trouble)] {
      if (counted && totals) {
        standing_.book().settled(*totals);
        flushed_upto_ = upto;
      }
      if (counted && !totals) standing_.book().give_back();
      if (moved_on) (void)pins_.load(*moved_on);
      if (!trouble.empty())
        wire_.to_stderr(fmt::format("agentmesh: the trust database: {}\n", trouble));
      if (standing_.book().dirty()) flush_soon();
    });
  });
}

void Governor::woken() {
  share_facts();
  if (pipeline_.approvals().anything_held()) attend();
  keeper_.give([this, upto = changes_upto_](trust::Store& store) {
    auto changes = store.changes_since(upto);
    if (!changes) return;  // the next touch asks again
    wire_.post([this, changes = std::move(*changes)] {
      if (changes.upto != changes_upto_) pipeline_.use(changes.allowances);
      changes_upto_ = changes.upto;
      if (changes.reload && reloading_) reloading_->ask(Reloading::Asked::kPerson);
      standing_.book().load(changes.subjects);
      if (pins_.load(changes.pins) && session_.tools_list_changed_declared())
        wire_.to_client("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}\n");
    });
  });
}

void Governor::finish(End end, int exit_status) {
  std::vector<audit::Record> last;
  Turn held;
  client_side_.give_up_held(held);
  std::move(held.records.begin(), held.records.end(), std::back_inserter(last));
  for (audit::Record& record : pipeline_.approvals().forgotten_states(true))
    last.emplace_back(std::move(record));
  calls_.each_open([&](const Call& call) {
    if (!results_.first_outcome(call)) return;
    last.emplace_back(results_.lost(call));
    ++lost_;
  });
  results_.each_unfetched_task([&](const Call& call) {
    last.emplace_back(results_.lost(call));
    ++lost_;
  });
  for (audit::TrustChange& change : standing_.take_changes()) last.emplace_back(std::move(change));
  audit::SessionEnd record;
  record.reason = to_string(end);
  record.exit = exit_status;
  record.calls = session_.facts().calls;
  record.denied = session_.facts().denied;
  record.lost = lost_;
  record.client_name = session_.client_name();
  record.client_version = session_.client_version();
  record.protocol = session_.protocol();
  last.emplace_back(std::move(record));
  this->record(std::move(last));  // some of it points into lines that were held
  // The keeper does this in order, and nothing is posted back any more: what it cannot write, the log restores.
  flush();
  keeper_.give([this, rest = standing_.book().take_rest(), mark = flush_mark(), pid = ::getpid(),
                breakers = breakers_kept_, failed = flush_failed_](trust::Store& store) {
    if (breakers) (void)store.put_breakers(pid, {});
    if (*failed) return;  // the mark stays where it was: the log has all that came after it
    if (rest.empty() || store.add(rest, options_.trust, mark))
      (void)store.end_flushing(mark.writer);
  });
}

}  // namespace agentmesh::proxy
