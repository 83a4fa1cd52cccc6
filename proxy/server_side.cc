#include "proxy/server_side.h"

#include <algorithm>
#include <utility>

#include "policy/mask.h"
#include "proxy/answer.h"
#include "proxy/recording.h"
#include "proxy/wording.h"

namespace agentmesh::proxy {
namespace {

constexpr std::string_view kOurIds = "sagentmesh:";  // keys of the ids that our own requests have
constexpr std::string_view kNoId = "error";  // in the record of an error that answers nothing
constexpr size_t kJunkShown = 512;           // bytes of one diverted line
constexpr size_t kJunkScanned = 8192;        // and of what of it is looked at for secrets
constexpr size_t kJunkShownPerTurn = 8192;   // and of all of one read

// The beginning of a diverted line. Masked before it is cut, so that no half of a secret stands there.
std::string shown_of_junk(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  const std::string_view seen = line.substr(0, kJunkScanned);
  std::string shown = policy::without_secrets(seen);
  bool cut = shown.size() > kJunkShown;
  if (seen.size() < line.size()) {
    // What is masked may have made room for the end of what was seen, where a secret may go on unseen.
    shown.resize(shown.size() - std::min(shown.size(), kJunkShown));
    cut = true;
  }
  shown.resize(std::min(shown.size(), kJunkShown));
  return cut ? shown + " …\n" : shown + '\n';
}

}  // namespace

ServerSide::ServerSide(const Options& options, Session& session, Calls& calls, Pipeline& pipeline,
                       Results& results, Listing& listing, Offers& offers, const Clock& clock)
    : Side(Direction::kServerToClient, options, session, calls, pipeline, results),
      listing_(listing),
      offers_(offers),
      clock_(clock),
      requests_(options, session, calls, pipeline, clock) {}

void ServerSide::junk(std::string_view bytes) {
  ++junk_lines_;
  junk_bytes_ += bytes.size();
  if (junk_text_.size() >= kJunkShownPerTurn) return;
  junk_text_ += shown_of_junk(bytes);
}

std::string ServerSide::end_turn(Turn& turn) {
  if (junk_lines_ == 0) return "";
  ReadFault fault{Direction::kServerToClient,
                  "read.junk",
                  "text on the server's stdout that is no message",
                  junk_bytes_,
                  junk_lines_,
                  {},
                  {},
                  {}};
  audit::Decision record = read_record(fault, session_, options_.shadow);
  record.events = events_of(pipeline_.evidence_of_junk());
  Step step;
  step.decision = turn.add(std::move(record));
  turn.steps.push_back(std::move(step));
  junk_lines_ = 0;
  junk_bytes_ = 0;
  return std::exchange(junk_text_, {});
}

Step ServerSide::refused_batch(const Batch& batch, std::string_view bytes, Turn& turn) {
  const std::string_view reason = session_.batches_allowed()
                                      ? "a JSON array that holds something else than objects"
                                      : "a JSON array where this session has no batches";
  Step step;
  for (const std::string_view member : batch.members)
    instead_of_member(read_member(member), reason, turn);
  ReadFault fault{Direction::kServerToClient, "read.R15", reason, bytes.size(), 1, {}, {}, {}};
  bool charged = false;
  step.decision = record_of(fault, charged, turn);
  return step;
}

Step ServerSide::refused(const Refusal& refusal, std::string_view bytes, Turn& turn) {
  if (refusal.was_request || refusal.was_answer || refusal.id)
    return Side::refused(refusal, bytes, turn);
  junk(bytes);
  return {};
}

Step ServerSide::instead(const Id& id, std::string_view reason, Turn& turn, bool oversized) {
  std::string key;
  bool twin = false;
  Pending* pending = calls_.answered(Direction::kClientToServer, id, key, twin);
  if (pending == nullptr) return {};
  Step step;
  // kResult with a finished text: it goes on to the client in place of the line.
  step.what = Step::What::kForward;
  Call* call = calls_.at(pending->context);
  const std::string_view raw = twin && call != nullptr ? std::string_view(call->id_raw) : id.raw;
  step.text = plain_error(raw, -32603, unreadable_text(reason));
  if (call != nullptr) {
    if (results_.first_outcome(*call))
      step.outcome = turn.add(results_.outcomes().unreadable(*call, oversized));
    calls_.close(pending->context);
  }
  calls_.of(Direction::kClientToServer).erase(key);
  return step;
}

Step ServerSide::request(const Message& message, std::string_view bytes, Turn& turn) {
  Outstanding& table = calls_.of(Direction::kServerToClient);
  if (message.id->key.starts_with(kOurIds)) {
    Step step = dropped("read.reserved-id", "ids that begin with agentmesh: are ours", message,
                        bytes, turn);
    step.what = Step::What::kAnswer;
    step.text = plain_error(message.id->raw, -32600,
                            refusal_text("ids that begin with agentmesh: are reserved"));
    return step;
  }
  if (auto refusal = no_place_for(message, bytes, turn)) return std::move(*refusal);
  calls_.forget_answered(Direction::kServerToClient, message.id->key);
  Pending pending;
  pending.method = message.method;
  pending.forwarded_us = clock_.mono_us();
  const bool known = message.governed != nullptr && message.governed->from_server &&
                     !message.governed->notification;
  if (!(known && message.governed->decided) && (known || !pipeline_.denies_unknown_methods())) {
    (void)table.add(message.id->key,
                    std::move(pending));  // neither doubled nor full: looked at above
    Step step = forward(bytes);
    step.id_key = message.id->key;
    return step;
  }
  return requests_.judged(message, bytes, turn);
}

Step ServerSide::answer(const Message& message, std::string_view bytes, Turn& turn) {
  // The server could not read an id. A client may show what it says of that, so it is read like any other error.
  if (!message.id) return results_.of_words(message, bytes, kNoId, turn);
  std::string key;
  bool twin = false;
  Pending* pending = calls_.answered(Direction::kClientToServer, *message.id, key, twin);
  if (pending == nullptr)
    return dropped("read.unmatched", "an answer that nothing waits for", message, bytes, turn);

  Step step;
  if (Call* call = calls_.at(pending->context)) {
    call->cancelled = pending->cancelled;
    step = results_.read(message, bytes, *call, twin, turn);
    step.call = 0;
    calls_.close(pending->context);
  } else {
    step = ungoverned_answer(message, bytes, *pending, turn);
  }
  calls_.of(Direction::kClientToServer).erase(key);
  return step;
}

Step ServerSide::ungoverned_answer(const Message& message, std::string_view bytes,
                                   const Pending& pending, Turn& turn) {
  Step asked;
  if (Questions::any(message)) {
    Call asker;  // no decision, so no outcome
    asker.method = pending.method;
    asker.id_raw = message.id->raw;
    asker.modern = pending.modern;
    asked = results_.asking(message, bytes, asker, turn);
    if (asked.what == Step::What::kPlanned) return asked;
  }
  Step step = forward(bytes);
  if (message.kind == MessageKind::kResult) {
    if (pending.method == "initialize") {
      session_.server_introduced(message.result);
      offers_.introduced(message.result, turn);
    }
    if (pending.method == "prompts/list" || pending.method == "resources/templates/list")
      offers_.listed(pending.method, message.result, pending.first_page, turn);
    if (pending.method == "tools/list")
      step = listing_.page(message, bytes, pending.first_page, turn);
    if (pending.method == "tasks/list" || pending.method == "tasks/cancel" ||
        pending.method == "tasks/update" || pending.method == "completion/complete" ||
        pending.method == "resources/list")
      step = results_.of_words(message, bytes, pending.method, turn);
  }
  if (asked.answer) {
    step.fail_closed = asked.fail_closed;
    if (!step.answer) step.answer = std::move(asked.answer);
  }
  return step;
}

void ServerSide::forged(const Message& message, Turn& turn) {
  std::string_view method = message.method;
  if (message.kind == MessageKind::kResult || message.kind == MessageKind::kError) {
    std::string key;
    bool twin = false;
    const Pending* asked =
        message.id ? calls_.answered(Direction::kClientToServer, *message.id, key, twin) : nullptr;
    // It goes nowhere, or is the answer to a governed call: its outcome says so.
    if (asked == nullptr || calls_.at(asked->context) != nullptr) return;
    method = asked->method;
  }
  Step step;
  step.decision = turn.add(results_.forgery(message, method));
  turn.steps.push_back(std::move(step));
}

Step ServerSide::notification(const Message& message, std::string_view bytes, Turn& turn) {
  if (message.method == "notifications/tools/list_changed") listing_.stale();
  offers_.list_changed(message.method);
  if (message.method == "notifications/progress")
    calls_.progressed(message.member("progressToken"), message.member("progress"));
  if (message.method == "notifications/cancelled") {
    if (const auto id = id_of(message.member("requestId"))) {
      if (id->key.starts_with(kOurIds)) return {};  // a dialog of ours is not the server's to close
      if (auto settled = pipeline_.approvals().cancelled(Direction::kServerToClient, id->key)) {
        requests_.settle(std::move(*settled), {true, false}, turn);
        return {};
      }
      if (Pending* pending = calls_.of(Direction::kServerToClient).find(id->key))
        pending->cancelled = true;
      // In the modern era a server ends a subscription of the client so; nothing else of the client's is its to cancel.
      Outstanding& from_client = calls_.of(Direction::kClientToServer);
      if (const Pending* pending = from_client.find(id->key);
          pending != nullptr && pending->modern && pending->method == "subscriptions/listen") {
        Step step = forward(bytes);
        step.outcome = end_subscription(*pending, turn);
        from_client.erase(id->key);
        return step;
      }
      if (never_left(*id)) return {};
      Step step = forward(bytes);
      step.cancels = id->key;
      return step;
    }
  }
  // Words that nobody asked for reach a person or a model like those of a result.
  return results_.of_words(message, bytes, message.method, turn);
}

int32_t ServerSide::end_subscription(const Pending& pending, Turn& turn) {
  Call* call = calls_.at(pending.context);
  if (call == nullptr) return -1;
  call->cancelled = true;
  const int32_t outcome = turn.add(results_.outcomes().lost(*call));
  calls_.close(pending.context);
  return outcome;
}

}  // namespace agentmesh::proxy
