// What a person said, and what stands in the shared file (approvals.h).

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "proxy/approvals.h"
#include "proxy/approvals_impl.h"
#include "proxy/public_text.h"
#include "proxy/recording.h"

namespace agentmesh::proxy {

std::string reason_of(DialogAnswer answer) {
  switch (answer) {
    case DialogAnswer::kYes: return "";
    case DialogAnswer::kNo: return "a person said no to it in the client's dialog";
    case DialogAnswer::kDismissed: return "the client's dialog was closed without an answer";
    case DialogAnswer::kMalformed: break;
  }
  return "the client's answer was no clear yes";
}

audit::Approval Approvals::record_of(const std::string& ask, std::string_view tool,
                                     std::string_view state, int64_t asked_us) const {
  audit::Approval record;
  record.ask = ask;
  record.state = state;
  record.tool = public_name(tool);
  record.us = std::max<int64_t>(0, clock_.mono_us() - asked_us);
  return record;
}

Answered Approvals::nobody(const std::string& ask, std::string_view tool, std::string_view state,
                           int64_t asked_us, trust::TicketState shared_state, std::string reason) {
  (void)shared_.close(ask, shared_state,
                      clock_.wall_us());  // it is over here, whatever stands there
  Answered answer;
  answer.reason = std::move(reason);
  answer.record = record_of(ask, tool, state, asked_us);
  return answer;
}

Approvals::Look Approvals::look_at(const std::string& ask) {
  const auto ticket = shared_.find(ask, clock_.wall_us());
  if (!ticket) {
    // With an errno it is the file that could not be had; else it was replaced, and nobody can answer there any more.
    const bool locked = ticket.error().errno_value != 0;
    return {locked ? Look::What::kUnreadable : Look::What::kGone};
  }
  Look look;
  look.answer.by = ticket->by;
  switch (ticket->state) {
    case trust::TicketState::kPending: return look;
    case trust::TicketState::kGranted: look.answer.granted = true; break;
    case trust::TicketState::kDenied:
      look.answer.reason = fmt::format("a person said no to it at a terminal ({})", ticket->by);
      break;
    default: look.what = Look::What::kGone; return look;
  }
  look.what = Look::What::kAnswered;
  return look;
}

std::optional<Answered> Approvals::place_answer(const std::string& ask, Direction direction,
                                                std::string_view tool, int64_t asked_us,
                                                DialogAnswer said) {
  const bool yes = said == DialogAnswer::kYes;
  if (!shared_.answer(ask, yes, "client", clock_.wall_us(), {})) {
    Look look = look_at(ask);
    switch (look.what) {
      case Look::What::kAnswered: return std::move(look.answer);
      case Look::What::kOpen:
      case Look::What::kUnreadable: return std::nullopt;
      case Look::What::kGone: break;
    }
    return nobody(ask, tool, "expired", asked_us, trust::TicketState::kExpired,
                  "the answer came too late");
  }
  Answered answer;
  answer.granted = yes;
  answer.by = "client";
  answer.reason = reason_of(said);
  answer.record = record_of(ask, tool, yes ? "granted" : "denied", asked_us);
  answer.record->by = "client";
  if (said == DialogAnswer::kNo) {
    // Whoever asked for it: the agent its call, the server its request.
    const bool of_agent = direction == Direction::kClientToServer;
    const std::vector<trust::Event> events =
        trust::Evidence(standing_.agent(), of_agent ? std::string() : standing_.server(), {})
            .add(of_agent ? trust::Happened::kDeclined : trust::Happened::kServerDenied)
            .take();
    (void)standing_.apply(events);
    answer.record->events = events_of(events);
  }
  return answer;
}

}  // namespace agentmesh::proxy
