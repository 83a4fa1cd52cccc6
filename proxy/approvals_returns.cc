// Calls that are asked about between two requests, in 2026-07-28 (approvals.h).

#include <string>
#include <utility>

#include "proxy/approval_dialog.h"
#include "proxy/approvals.h"
#include "proxy/approvals_impl.h"

namespace agentmesh::proxy {
namespace {

constexpr size_t kMaxContinuing = 256;
constexpr size_t kAskLetters = 16;

}  // namespace

std::string Approvals::bound_to(const Message& request, const Hash& digest) const {
  std::string bound;
  for (const std::string& word :
       {session_.server(), session_.client_name_of(request), request.method, tool_of(request)}) {
    bound += word;
    bound += '\0';
  }
  bound += bytes_of(digest);
  return bound;
}

std::string Approvals::input_required_line(const Message& request, const Judgement& judgement) {
  const int64_t now = clock_.mono_us();
  OpenState open;
  open.tool = tool_of(request);
  open.approvers = approvers_of(judgement.verdict);
  open.asked_us = now;
  open.deadline_us = now + judgement.verdict.approval_timeout_us;
  const std::string params =
      dialog_params(question_text({session_.agent(), session_.server(), open.tool, request.method,
                                   arguments_of(request), beside_of(request), &judgement,
                                   judgement.verdict.approval_timeout_us}),
                    true);
  const std::string state =
      state_.seal(judgement.ask, open.deadline_us, bound_to(request, digest_of(request)));
  open_states_.emplace(judgement.ask, std::move(open));
  return input_required(request.id->raw, params, state);
}

bool Approvals::comes_back(const Message& request) {
  if (const json::View state = request.member("requestState"); state.is_string()) {
    std::string scratch;
    if (ApprovalState::claims(state.string(scratch))) return true;
  }
  const json::View responses = request.member("inputResponses");
  return responses.is_object() && responses.find(kApprovalKey).present();
}

void Approvals::settle_return(const Message& request, Judgement& judgement) {
  const Hash digest = digest_of(request);
  const std::string state = request.member("requestState").string();
  const auto ask = state_.open(state, clock_.mono_us(), bound_to(request, digest));
  if (!ask) {
    refuse(judgement,
           "its requestState is not one that was given for exactly this call, or it is too old");
    return;
  }
  const auto found = open_states_.find(*ask);
  if (found == open_states_.end()) {
    refuse(judgement, "its requestState was used already, and an approval covers one call");
    return;
  }
  judgement.ask = *ask;
  const DialogAnswer said = dialog_answer(request.member("inputResponses").find(kApprovalKey));
  auto answer = place_answer(*ask, Direction::kClientToServer, found->second.tool,
                             found->second.asked_us, said);
  if (!answer) {  // nothing came of it: the question stays open, and the same retry is good once more
    refuse(judgement, "its answer could not be put down just now");
    judgement.way_out = "send the same retry again";
    return;
  }
  const OpenState open = std::move(found->second);
  open_states_.erase(found);
  if (answer->record) judgement.before.emplace_back(std::move(*answer->record));
  if (!answer->granted) {
    refuse(judgement, std::move(answer->reason));
  } else if (said ==
             DialogAnswer::kNo) {  // a yes from elsewhere does not outvote a no in the same call
    refuse(judgement, reason_of(said));
  } else if (!covers(judgement.verdict, answer->by, open.approvers)) {
    refuse(judgement, "the rules changed while it waited, and want somebody else's yes now");
  } else {
    let_through(judgement, *ask, digest);
    judgement.returned = true;
  }
}

void Approvals::note_return(const Message& request, Judgement& judgement) {
  Judgement enforced;
  settle_return(request, enforced);
  judgement.ask = enforced.ask;
  judgement.before = std::move(enforced.before);
  judgement.returned = true;
}

void Approvals::server_asked(const std::string& approved, std::string_view request_state) {
  if (approved.size() <= kAskLetters || request_state.empty()) return;
  std::string key = continuing_key(std::string_view(approved).substr(kAskLetters), request_state);
  if (continuing_.emplace(key, approved.substr(0, kAskLetters)).second)
    continuing_order_.push_back(std::move(key));
  if (continuing_order_.size() <= kMaxContinuing) return;
  continuing_.erase(continuing_order_.front());
  continuing_order_.pop_front();
}

std::vector<audit::Record> Approvals::forgotten_states(bool all) {
  std::vector<audit::Record> records;
  const int64_t now = clock_.mono_us();
  for (auto it = open_states_.begin(); it != open_states_.end();) {
    if (!all && now <= it->second.deadline_us) {
      ++it;
      continue;
    }
    const bool late = now > it->second.deadline_us;
    Answered answer =
        nobody(it->first, it->second.tool, late ? "expired" : "cancelled", it->second.asked_us,
               late ? trust::TicketState::kExpired : trust::TicketState::kCancelled, "");
    records.emplace_back(std::move(*answer.record));
    it = open_states_.erase(it);
  }
  return records;
}

}  // namespace agentmesh::proxy
