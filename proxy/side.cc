#include "proxy/side.h"

#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "proxy/answer.h"
#include "proxy/forgery.h"
#include "proxy/recording.h"
#include "proxy/wording.h"

namespace agentmesh::proxy {

Side::Side(Direction direction, const Options& options, Session& session, Calls& calls,
           Pipeline& pipeline, Results& results)
    : options_(options),
      session_(session),
      calls_(calls),
      pipeline_(pipeline),
      results_(results),
      result_of_([this](const Id& id) { return method_answered(id); }),
      direction_(direction),
      reader_(direction),
      member_reader_(direction) {}

std::string_view Side::method_answered(const Id& id) {
  std::string key;
  bool twin = false;
  const Pending* pending = calls_.answered(opposite(direction_), id, key, twin);
  return pending == nullptr ? std::string_view() : std::string_view(pending->method);
}

void Side::read(const Line& line, Turn& turn) {
  switch (line.kind) {
    case Line::Kind::kUnterminated: {
      const ReadFault fault{
          direction_, "read.unterminated", "the stream ended inside a line", line.size, 1, {}, {},
          {}};
      Step step;
      step.decision = turn.add(read_record(fault, session_, options_.shadow));
      turn.steps.push_back(std::move(step));
      return;
    }
    case Line::Kind::kOversize: turn.steps.push_back(oversize(line, turn)); return;
    default: break;
  }
  const Reading reading = reader_.read(line.bytes, result_of_);
  if (std::holds_alternative<Blank>(reading)) return;
  turn.steps.push_back(read_one(reading, line.bytes, turn));
}

Step Side::read_one(const Reading& reading, std::string_view bytes, Turn& turn) {
  if (const auto* refusal = std::get_if<Refusal>(&reading)) return refused(*refusal, bytes, turn);
  if (const auto* several = std::get_if<Batch>(&reading)) {
    if (!batch_may_pass(*several)) return refused_batch(*several, bytes, turn);
    Step step;
    step.what = Step::What::kBatch;
    step.bytes = bytes;
    for (const std::string_view member : several->members)
      step.members.push_back(read_one(read_member(member), member, turn));
    return step;
  }
  const auto* message = std::get_if<Message>(&reading);
  if (message == nullptr) return {};
  if (direction_ == Direction::kServerToClient)
    if (std::string clean = without_our_names(*message, bytes); !clean.empty()) {
      const std::string_view kept = turn.kept.emplace_back(std::move(clean));
      Reading again = read_member(kept);
      auto* cleaned = std::get_if<Message>(&again);
      if (const auto* refusal = std::get_if<Refusal>(&again)) return refused(*refusal, kept, turn);
      if (cleaned == nullptr) return {};
      cleaned->forged = true;
      forged(*cleaned, turn);
      return read_message(*cleaned, kept, turn);
    }
  return read_message(*message, bytes, turn);
}

Step Side::read_message(const Message& message, std::string_view bytes, Turn& turn) {
  switch (message.kind) {
    case MessageKind::kRequest: return request(message, bytes, turn);
    case MessageKind::kNotification: return notification(message, bytes, turn);
    case MessageKind::kResult:
    case MessageKind::kError: return answer(message, bytes, turn);
  }
  return {};
}

bool Side::batch_may_pass(const Batch& batch) {
  return session_.batches_allowed() && batch.only_objects;
}

Step Side::refusal_of(const Id& id, int code, std::string_view reason) {
  if (calls_.of(direction_).find(id.key) != nullptr) return {};
  calls_.remember_answered(direction_, id.key);
  return answered(plain_error(id.raw, code, refusal_text(reason)));
}

void Side::instead_of_member(const Reading& member, std::string_view reason, Turn& turn) {
  std::optional<Id> id;
  if (const auto* refusal = std::get_if<Refusal>(&member)) {
    if (refusal->was_answer) id = refusal->id;
  } else if (const auto* message = std::get_if<Message>(&member)) {
    if (message->kind == MessageKind::kResult || message->kind == MessageKind::kError)
      id = message->id;
  }
  // Each on a line of its own: nobody who waits may hang.
  if (id) turn.steps.push_back(instead(*id, reason, turn, false));
}

Step Side::oversize(const Line& line, Turn& turn) {
  constexpr std::string_view kReason = "the line is longer than max_message_bytes";
  Step step;
  if (const auto id = line.id.empty() ? std::nullopt : id_of(json::View(line.id))) {
    if (line.has_answer && !line.has_method)
      step = instead(*id, kReason, turn, true);
    else if (line.has_method)
      step = refusal_of(*id, -32600, kReason);
  }
  const ReadFault fault{direction_, "read.oversize", kReason, line.size, 1, {}, line.id, {}};
  turn.remarks += fmt::format("agentmesh: a line of the {} was discarded: {} ({} of {} bytes)\n",
                              direction_ == Direction::kClientToServer ? "client" : "server",
                              kReason, line.size, options_.max_message_bytes);
  step.decision = turn.add(read_record(fault, session_, options_.shadow));
  return step;
}

Step Side::refused(const Refusal& refusal, std::string_view bytes, Turn& turn) {
  Step step;
  if (refusal.id && refusal.was_answer)
    step = instead(*refusal.id, refusal.reason, turn, false);
  else if (refusal.id)
    step =
        refusal_of(*refusal.id, refusal.code, fmt::format("{} ({})", refusal.reason, refusal.rule));
  const ReadFault fault{direction_,
                        refusal.rule,
                        refusal.reason,
                        bytes.size(),
                        1,
                        refusal.method,
                        refusal.id ? refusal.id->raw : std::string_view(),
                        {}};
  bool charged = false;
  step.decision = record_of(fault, charged, turn);
  return step;
}

int32_t Side::record_of(const ReadFault& fault, bool& charged, Turn& turn) {
  audit::Decision record = read_record(fault, session_, options_.shadow);
  if (!std::exchange(charged, true))
    record.events = events_of(pipeline_.evidence_of_bad_line(direction_));
  return turn.add(std::move(record));
}

Step Side::dropped(std::string_view rule, std::string_view reason, const Message& message,
                   std::string_view bytes, Turn& turn) {
  const ReadFault fault{direction_,
                        rule,
                        reason,
                        bytes.size(),
                        1,
                        message.method,
                        message.id ? message.id->raw : std::string_view(),
                        {}};
  Step step;
  step.decision = turn.add(read_record(fault, session_, options_.shadow));
  return step;
}

bool Side::never_left(const Id& cancelled) {
  if (calls_.was_answered_here(direction_, cancelled.key)) return true;
  Outstanding& table = calls_.of(direction_);
  const std::string twin = cancelled.twin();
  if (twin.empty() || table.find(cancelled.key) != nullptr) return false;
  const Pending* held = table.find(twin);
  return held != nullptr ? !held->sent && pipeline_.approvals().holds(direction_, twin)
                         : calls_.was_answered_here(direction_, twin);
}

std::optional<Step> Side::no_place_for(const Message& request, std::string_view bytes, Turn& turn) {
  Outstanding& table = calls_.of(direction_);
  if (const Pending* there = table.find(request.id->key); there != nullptr) {
    constexpr std::string_view kReason = "a request with this id is still outstanding";
    Step step = dropped("read.R16", kReason, request, bytes, turn);
    // Nobody waits for the answer of what was cancelled, so one of ours cannot be taken for it.
    if (there->cancelled) {
      step.what = Step::What::kAnswer;
      step.text = plain_error(request.id->raw, -32600, refusal_text(kReason));
    }
    return step;
  }
  if (table.full()) results_.outcomes().drop_cancelled(calls_, direction_, turn);
  if (!table.full()) return std::nullopt;
  Step step =
      dropped("read.outstanding", "too many requests are outstanding", request, bytes, turn);
  const int32_t decision = step.decision;
  step = refusal_of(*request.id, -32603, "too many requests are outstanding (max_outstanding)");
  step.decision = decision;
  return step;
}

}  // namespace agentmesh::proxy
