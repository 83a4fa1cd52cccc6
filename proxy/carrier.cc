#include "proxy/carrier.h"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/bytes.h"
#include "proxy/answer.h"
#include "proxy/wording.h"

namespace agentmesh::proxy {
namespace {

// A line that is longer is not written anew for its mark, which costs 0.8 ms a MiB, but sent as the pieces around it.
constexpr size_t kInPieces = 32U << 10;

std::string_view without_line_end(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

void Carrier::carry_out(Turn& turn, const audit::Appended& places) {
  if (places && !turn.records.empty()) {
    const bool denied = std::exchange(denying_, false);
    constexpr std::string_view kAgain = "the audit log is written again";
    if (!tell_unrecorded(kAgain) && denied) wire_.to_stderr(fmt::format("agentmesh: {}\n", kAgain));
  }
  for (Step& step : turn.steps)
    if (const std::string_view bytes = carry_out(step, turn.direction, places); !bytes.empty())
      send(turn.direction, bytes);
  if (!places) lost(turn.records, places.error());
}

std::string_view Carrier::carry_out(Step& step, Direction direction,
                                    const audit::Appended& places) {
  if (std::exchange(step.turned, false)) {
    const std::string_view bytes = carry_out(step, opposite(direction), places);
    if (!bytes.empty()) send(opposite(direction), bytes);
    return {};
  }
  // The request was denied since, for want of a record: its cancellation is not the server's to hear.
  if (!step.cancels.empty() && calls_.was_answered_here(direction, step.cancels)) return {};
  if (step.what == Step::What::kForward && step.call != 0 && step.decision >= 0) {
    // A governed request that goes on: its call learns where its decision stands.
    if (!places && must_be_recorded(places.error())) {
      unrecorded(step, direction, places.error());
      return {};
    }
    if (Call* call = calls_.at(step.call); call != nullptr && places) {
      const audit::Place& at = (*places)[static_cast<size_t>(step.decision)];
      call->wseq = at.wseq;
      call->seq = at.seq;
    }
    if (!places) passed_unrecorded(places.error());
    if (direction == Direction::kClientToServer) breakers_.forwarded();
  }
  if (!places && step.fail_closed && must_be_recorded(places.error())) {
    if (step.what == Step::What::kAsk && !unasked(step)) return {};
    deny_unrecorded(*step.answer, places.error());
    return {};
  }
  if (step.what == Step::What::kForward && !step.id_key.empty())
    if (Pending* pending = calls_.of(direction).find(step.id_key)) {
      pending->sent = true;
      if (step.call != 0 && direction == Direction::kClientToServer)
        timeouts_.forwarded(step.id_key, *pending);
    }
  switch (step.what) {
    case Step::What::kNothing: return {};
    case Step::What::kForward: return step.text.empty() ? step.bytes : std::string_view(step.text);
    case Step::What::kAnswer: send(opposite(direction), step.text); return {};
    case Step::What::kAsk:
      if (pipeline_.approvals().shown(step.ask)) send(opposite(direction), step.text);
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
                       step.bytes.size(), mark_texts_);
      }
      if (plan.splice.empty()) return step.bytes;
      // (What ends without LF is a member of a batch, which goes on inside another line.)
      if (step.bytes.size() > kInPieces && step.bytes.ends_with('\n')) {
        plan.splice.apply_in_pieces([&](std::string_view piece) { send(direction, piece); });
        return {};
      }
      plan.splice.apply_to(plan.line);
      return plan.line;
    }
    case Step::What::kBatch: return carry_out_batch(step, direction, places);
  }
  return {};
}

std::string_view Carrier::carry_out_batch(Step& step, Direction direction,
                                          const audit::Appended& places) {
  bool whole = true;
  std::string joined = "[";
  for (Step& member : step.members) {
    const std::string_view bytes = without_line_end(carry_out(member, direction, places));
    const bool as_it_came =
        bytes.size() == member.bytes.size() && bytes.data() == member.bytes.data() &&
        bytes.data() >= step.bytes.data() && bytes.data() < step.bytes.data() + step.bytes.size();
    whole = whole && as_it_came && !bytes.empty();
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

void Carrier::unrecorded(Step& step, Direction direction, const Error& why) {
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
  if (direction == Direction::kClientToServer) session_.denied_after_all();
  if (const Call* call = calls_.at(step.call)) pipeline_.breakers().abandoned(*call);
  calls_.close(step.call);
  calls_.of(direction).erase(step.id_key);
  calls_.remember_answered(direction, step.id_key);
  deny_unrecorded(plan, why);
}

void Carrier::deny_unrecorded(AnswerPlan& plan, const Error& why) {
  tell_denied(why);
  const Judgement judgement = pipeline_.unrecorded(why, plan.to);
  plan.text = denial_text(
      judgement, plan.to == Direction::kClientToServer ? std::string_view() : options_.state_words);
  plan.mark = pipeline_.mark_of_denial(judgement);
  answer(plan);
}

void Carrier::passed_unrecorded(const Error& why) {
  if (unrecorded_++ > 0) return;
  wire_.to_stderr(fmt::format("agentmesh: {}; calls go through without a record ({})\n", why.what,
                              options_.shadow ? "shadow mode" : "audit.on_error is allow"));
}

void Carrier::tell_denied(const Error& why) {
  if (std::exchange(denying_, true)) return;
  wire_.to_stderr(fmt::format(
      "agentmesh: {}; calls are denied as long as they cannot be recorded\n", why.what));
}

void Carrier::lost(std::span<const audit::Record> records, const Error& why) {
  size_t outcomes = 0;
  size_t others = 0;
  for (const audit::Record& record : records) {
    const auto* decision = std::get_if<audit::Decision>(&record);
    if (std::holds_alternative<audit::Outcome>(record))
      ++outcomes;
    else if (decision == nullptr || decision->verdict == "deny")
      ++others;  // of all other decisions the calls are told
  }
  const bool said = unrecorded_ + lost_outcomes_ + lost_others_ > 0;
  lost_outcomes_ += outcomes;
  lost_others_ += others;
  if (outcomes + others > 0 && !said)
    wire_.to_stderr(fmt::format(
        "agentmesh: {}; what becomes of calls is not recorded as long as that lasts\n", why.what));
}

bool Carrier::tell_unrecorded(std::string_view now) {
  std::string what;
  const auto add = [&](size_t& count, std::string_view one, std::string_view more) {
    if (count > 0)
      what += fmt::format("{}{} {}", what.empty() ? "" : ", ", count, count == 1 ? one : more);
    count = 0;
  };
  add(unrecorded_, "call went through without a record", "calls went through without a record");
  add(lost_outcomes_, "outcome is not recorded", "outcomes are not recorded");
  add(lost_others_, "other record is lost", "other records are lost");
  if (what.empty()) return false;
  wire_.to_stderr(fmt::format("agentmesh: {}; {}\n", now, what));
  return true;
}

void Carrier::finish() { (void)tell_unrecorded("the session is over"); }

void Carrier::answer(const AnswerPlan& plan) {
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

void Carrier::place(Mark& mark, const Step& step, const audit::Appended& places) {
  if (!places) return;
  const int32_t index = step.outcome >= 0 ? step.outcome : step.decision;
  if (index < 0 || static_cast<size_t>(index) >= places->size()) return;
  const audit::Place& at = (*places)[static_cast<size_t>(index)];
  const bool outcome = step.outcome >= 0;
  if (at.seq) {
    (outcome ? mark.outcome_seq : mark.decision_seq) = *at.seq;
    mark.leaf.clear();
    append_hex(mark.leaf, at.leaf);
  } else {
    (outcome ? mark.outcome_wseq : mark.decision_wseq) = at.wseq;
  }
}

void Carrier::send(Direction direction, std::string_view bytes) {
  if (direction == Direction::kClientToServer)
    wire_.to_server(bytes);
  else
    wire_.to_client(bytes);
}

bool Carrier::unasked(Step& step) {
  if (!pipeline_.approvals().withdraw(step.ask)) return false;
  const Direction request = opposite(step.answer->to);
  calls_.of(request).erase(step.id_key);
  calls_.remember_answered(request, step.id_key);
  return true;
}

}  // namespace agentmesh::proxy
