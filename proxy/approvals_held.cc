// Calls and requests that wait in the client's dialog (approvals.h).

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "proxy/approval_dialog.h"
#include "proxy/approvals.h"
#include "proxy/approvals_impl.h"

namespace agentmesh::proxy {
namespace {

constexpr int64_t kAskAgainUs = 100'000;  // while another answer is being written
constexpr int64_t kLongestProgressPause = 10'000'000;
constexpr int64_t kShortestProgressPause = 200'000;

int64_t progress_pause(const Held& held) {
  return std::clamp((held.deadline_us - held.asked_us) / 5, kShortestProgressPause,
                    kLongestProgressPause);
}

}  // namespace

std::string Approvals::hold(const Message& request, Direction direction, std::string_view bytes,
                            Judgement judgement, std::shared_ptr<const policy::Policy> policy) {
  const bool from_client = direction == Direction::kClientToServer;
  Held held;
  held.direction = direction;
  held.id_key = request.id->key;
  held.tool = tool_of(request);
  held.line = bytes;
  held.dialog_id = std::string(kDialogIdPrefix) + random_hex(random_, 16);
  if (const json::View token = request.member("_meta").find("progressToken");
      from_client && (token.is_string() || token.integer()))
    held.token_raw = token.raw();
  held.asked_us = clock_.mono_us();
  held.deadline_us = held.asked_us + judgement.verdict.approval_timeout_us;
  const std::string params =
      dialog_params(question_text({session_.agent(), session_.server(), held.tool, request.method,
                                   arguments_of(request), beside_of(request), &judgement,
                                   judgement.verdict.approval_timeout_us, !from_client}),
                    session_.protocol() != "2025-06-18");
  held.judgement = std::move(judgement);
  held.policy = std::move(policy);
  held_bytes_ += held.line.size();
  std::string line = dialog_request(held.dialog_id, params);
  held_.push_back(std::move(held));
  return line;
}

bool Approvals::room_for_server() const {
  constexpr std::ptrdiff_t kMaxHeldOfServer = 8;
  return std::count_if(held_.begin(), held_.end(), [](const Held& held) {
           return held.direction == Direction::kServerToClient;
         }) < kMaxHeldOfServer;
}

bool Approvals::holds(Direction direction, const std::string& id_key) const {
  return std::any_of(held_.begin(), held_.end(), [&](const Held& held) {
    return held.id_key == id_key && held.direction == direction;
  });
}

bool Approvals::shown(const std::string& ask) {
  for (Held& held : held_) {
    if (held.judgement.ask != ask) continue;
    held.shown = true;
    held.next_progress_us =
        clock_.mono_us() + progress_pause(held);  // who answers at once needs none
    return true;
  }
  return open_states_.contains(ask);
}

bool Approvals::withdraw(const std::string& ask) {
  const auto held = std::find_if(held_.begin(), held_.end(),
                                 [&](const Held& one) { return one.judgement.ask == ask; });
  const bool open = open_states_.erase(ask) > 0;
  if (held == held_.end() && !open) return false;
  (void)shared_.close(ask, trust::TicketState::kCancelled, clock_.wall_us());
  if (held != held_.end()) (void)take(static_cast<size_t>(held - held_.begin()), {});
  return true;
}

Approvals::Settled Approvals::take(size_t index, Answered answer) {
  Settled settled{std::move(held_[index]), std::move(answer)};
  held_bytes_ -= settled.held.line.size();
  held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(index));
  return settled;
}

std::optional<Approvals::Settled> Approvals::answered(std::string_view dialog_id, json::View result,
                                                      bool& found) {
  for (size_t i = 0; i < held_.size(); ++i) {
    Held& held = held_[i];
    if (held.dialog_id != dialog_id || !held.shown || held.said) continue;
    found = true;
    DialogAnswer said = DialogAnswer::kMalformed;
    if (result.present())
      said = dialog_answer(result);
    else
      dialog_works_ = false;  // it cannot do what it declared: from now on there are tickets
    auto answer = place_answer(held.judgement.ask, held.direction, held.tool, held.asked_us, said);
    if (!answer) {
      held.said = said;
      return std::nullopt;
    }
    return take(i, std::move(*answer));
  }
  found = false;
  return std::nullopt;
}

std::optional<Approvals::Settled> Approvals::cancelled(Direction direction,
                                                       const std::string& id_key) {
  for (size_t i = 0; i < held_.size(); ++i) {
    const Held& held = held_[i];
    if (held.id_key != id_key || held.direction != direction) continue;
    const char* const who = direction == Direction::kClientToServer ? "the client" : "the server";
    return take(i, nobody(held.judgement.ask, held.tool, "cancelled", held.asked_us,
                          trust::TicketState::kCancelled, fmt::format("{} cancelled it", who)));
  }
  return std::nullopt;
}

std::optional<Approvals::Settled> Approvals::settled_elsewhere() {
  const int64_t now = clock_.mono_us();
  for (size_t i = 0; i < held_.size(); ++i) {
    Held& held = held_[i];
    if (!held.shown) continue;
    Look look = look_at(held.judgement.ask);
    if (look.what == Look::What::kAnswered) return take(i, std::move(look.answer));
    const bool in_time = now < held.deadline_us;
    held.look_again = look.what == Look::What::kUnreadable;
    if (held.look_again && in_time) continue;
    if (held.said && look.what == Look::What::kOpen && in_time) {
      auto answer =
          place_answer(held.judgement.ask, held.direction, held.tool, held.asked_us, *held.said);
      if (!answer) continue;
      return take(i, std::move(*answer));
    }
    if (look.what == Look::What::kOpen && in_time) continue;
    return take(i, nobody(held.judgement.ask, held.tool, "expired", held.asked_us,
                          trust::TicketState::kExpired,
                          fmt::format("nobody answered within {} s",
                                      (held.deadline_us - held.asked_us + 500'000) / 1'000'000)));
  }
  return std::nullopt;
}

std::optional<Approvals::Settled> Approvals::given_up() {
  if (held_.empty()) return std::nullopt;
  const Held& held = held_.front();
  return take(
      0, nobody(held.judgement.ask, held.tool, "cancelled", held.asked_us,
                trust::TicketState::kCancelled, "the client went away before it was answered"));
}

std::optional<Approvals::Settled> Approvals::let_go() {
  for (size_t i = 0; i < held_.size(); ++i) {
    const Held& held = held_[i];
    if (!held.shown) continue;
    return take(i, nobody(held.judgement.ask, held.tool, "cancelled", held.asked_us,
                          trust::TicketState::kCancelled, "shadow mode holds nothing back"));
  }
  return std::nullopt;
}

std::string Approvals::due_progress() {
  std::string lines;
  const int64_t now = clock_.mono_us();
  for (Held& held : held_) {
    if (!held.shown || held.token_raw.empty() || now < held.next_progress_us) continue;
    lines += dialog_progress(held.token_raw, ++held.progress);
    held.next_progress_us = now + progress_pause(held);
  }
  return lines;
}

std::optional<int64_t> Approvals::next_due_us() const {
  std::optional<int64_t> due;
  const auto sooner = [&due](int64_t at) { due = due ? std::min(*due, at) : at; };
  for (const Held& held : held_) {
    if (!held.shown) continue;
    sooner(held.deadline_us);
    if (!held.token_raw.empty()) sooner(held.next_progress_us);
    if (held.said || held.look_again) sooner(clock_.mono_us() + kAskAgainUs);
  }
  for (const auto& [ask, open] : open_states_) sooner(open.deadline_us + 1);
  return due;
}

}  // namespace agentmesh::proxy
