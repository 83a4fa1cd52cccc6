#include "proxy/approvals.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "proxy/approval_dialog.h"
#include "proxy/recording.h"
#include "proxy/wording.h"

namespace agentmesh::proxy {
namespace {

constexpr int64_t kTicketLife = 600'000'000;  // policy.md, Approvals: ten minutes
constexpr size_t kTicketBrief = 380;          // what a ticket holds of the arguments
constexpr size_t kMaxHeld = 64;
constexpr size_t kMaxHeldBytes = 32 * 1024 * 1024;
constexpr size_t kMaxOpenStates = 256;
constexpr size_t kMaxContinuing = 256;
constexpr int64_t kAskAgainUs = 100'000;  // while another answer is being written
constexpr int64_t kLongestProgressPause = 10'000'000;
constexpr int64_t kShortestProgressPause = 200'000;

// The client's dialog counts where no group is named, or `user` is one of them.
bool user_may_answer(const policy::Verdict& verdict) {
  const auto& groups = verdict.approvers;
  return groups.empty() || std::find(groups.begin(), groups.end(), "user") != groups.end();
}

bool input_required_is_allowed(const Message& request) {
  return request.method == "tools/call" || request.method == "resources/read" ||
         request.method == "prompts/get";
}

std::string_view bytes_of(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

// What tells the retry of one call that the server asked about: both are as long as their sender likes.
std::string continuing_key(std::string_view digest, std::string_view request_state) {
  const Hash hash = sha256(std::string(digest) + std::string(request_state));
  return std::string(bytes_of(hash));
}

json::View arguments_of(const Message& request) {
  return request.method == "tools/call" ? request.member("arguments") : request.params;
}

std::string tool_of(const Message& request) {
  return request.method == "tools/call" ? request.member("name").string() : std::string();
}

void let_through(Judgement& judgement, const std::string& ask, const Hash& digest) {
  judgement.effect = Judgement::Effect::kForward;
  judgement.stage = "";
  judgement.decision = "allow";
  judgement.ask = ask;
  judgement.approved = ask;
  judgement.approved += bytes_of(digest);
}

int64_t progress_pause(const Held& held) {
  return std::clamp((held.deadline_us - held.asked_us) / 5, kShortestProgressPause,
                    kLongestProgressPause);
}

constexpr size_t kAskLetters = 16;

}  // namespace

Approvals::Approvals(Session& session, Standing& standing, trust::Shared& shared, Random& random,
                     const Clock& clock)
    : session_(session),
      standing_(standing),
      shared_(shared),
      random_(random),
      clock_(clock),
      state_(random) {}

// What an approval covers: who, what, and the same bytes of params without _meta, inputResponses and requestState.
Hash Approvals::digest_of(const Message& request) const {
  std::string text;
  for (const std::string_view word :
       {std::string_view(session_.agent()), std::string_view(session_.server()),
        std::string_view(request.method)}) {
    text += word;
    text += '\0';
  }
  for (const json::View::Member& member : request.params.members()) {
    const std::string key = member.key.string();
    if (key == "_meta" || key == "inputResponses" || key == "requestState") continue;
    text += member.key.raw();
    text += ':';
    text += member.value.raw();
    text += ',';
  }
  return sha256(text);
}

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

void Approvals::refuse(Judgement& judgement, std::string reason) {
  judgement.effect = Judgement::Effect::kDeny;
  judgement.stage = "approval";
  judgement.decision = "deny";
  judgement.reason = std::move(reason);
  judgement.way_out = "ask again, and a person is asked again";
}

// ---- asking ------------------------------------------------------------------------------------------------------------

bool Approvals::use_ticket(const Hash& digest, const Message& request, Judgement& judgement) {
  const auto granted = shared_.use(digest, session_.agent(), session_.server(), clock_.wall_us());
  if (!granted) return false;
  // The rule may have changed since: a yes of people it does not ask any more is none.
  const bool holds = granted->approvers == approvers_of(judgement.verdict);
  if (holds) let_through(judgement, granted->id, digest);
  audit::Approval used;
  used.ask = granted->id;
  used.state = holds ? "used" : "expired";
  used.tool = tool_of(request);
  used.by = granted->by;
  judgement.before.emplace_back(std::move(used));
  return holds;
}

Judgement::Effect Approvals::way_to_ask(const Message& request,
                                        const policy::Verdict& verdict) const {
  if (!user_may_answer(verdict)) return Judgement::Effect::kTicket;
  if (Session::is_modern(request)) {
    const bool possible = Session::offers_dialog(request) && input_required_is_allowed(request) &&
                          open_states_.size() < kMaxOpenStates;
    return possible ? Judgement::Effect::kInputRequired : Judgement::Effect::kTicket;
  }
  const bool possible = session_.offers_dialog() && dialog_works_ && held_.size() < kMaxHeld &&
                        held_bytes_ + request.text.size() <= kMaxHeldBytes;
  return possible ? Judgement::Effect::kHold : Judgement::Effect::kTicket;
}

void Approvals::settle(const Message& request, bool may_ask_client, Judgement& judgement) {
  const Hash digest = digest_of(request);
  if (use_ticket(digest, request, judgement)) return;
  // Only a state that the server gave tells its retry from another call of the same words.
  const std::string state = request.member("requestState").string();
  if (!continuing_.empty() && !state.empty()) {
    if (const auto known = continuing_.find(continuing_key(bytes_of(digest), state));
        known != continuing_.end()) {
      let_through(judgement, known->second, digest);
      continuing_.erase(known);
      return;
    }
  }
  judgement.stage = "approval";
  judgement.decision = "deny";
  const Judgement::Effect way =
      may_ask_client ? way_to_ask(request, judgement.verdict) : Judgement::Effect::kTicket;
  const int64_t now = clock_.wall_us();
  const json::View args = arguments_of(request);
  trust::Ticket ticket;
  ticket.kind =
      way == Judgement::Effect::kTicket ? trust::TicketKind::kTicket : trust::TicketKind::kDialog;
  ticket.id = random_hex(random_, 8);
  ticket.digest = digest;
  ticket.agent = session_.agent();
  ticket.server = session_.server();
  ticket.tool = tool_of(request);
  ticket.method = request.method;
  ticket.rule = judgement.rule;
  ticket.brief = brief_of(args, judgement.verdict.facts.secret, kTicketBrief);
  ticket.approvers = approvers_of(judgement.verdict);
  ticket.asked_us = now;
  ticket.deadline_us =
      now +
      (way == Judgement::Effect::kTicket ? kTicketLife : judgement.verdict.approval_timeout_us);
  const auto asked = shared_.ask(ticket, now);
  if (!asked) {
    judgement.effect = Judgement::Effect::kDeny;
    judgement.way_out =
        fmt::format("It needs a person's yes, but nobody could be asked: {}", asked.error().what);
    return;
  }
  judgement.effect = way;
  judgement.ask = asked->id;
  if (way == Judgement::Effect::kTicket) {
    judgement.way_out = ticket_way_out(asked->id, judgement.verdict.exception);
    if (asked->asked_us != now) return;  // asked before, still open: recorded then
  }
  audit::Approval record;
  record.ask = asked->id;
  record.state = "asked";
  record.tool = ticket.tool;
  if (args.present()) record.args = audit::Payload{args.raw(), {}};
  judgement.before.emplace_back(std::move(record));
}

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
                                   arguments_of(request), &judgement,
                                   judgement.verdict.approval_timeout_us, !from_client}),
                    session_.protocol() != "2025-06-18");
  held.judgement = std::move(judgement);
  held.policy = std::move(policy);
  held_bytes_ += held.line.size();
  std::string line = dialog_request(held.dialog_id, params);
  held_.push_back(std::move(held));
  return line;
}

std::string Approvals::input_required_line(const Message& request, const Judgement& judgement) {
  const int64_t now = clock_.mono_us();
  OpenState open;
  open.tool = tool_of(request);
  open.approvers = approvers_of(judgement.verdict);
  open.asked_us = now;
  open.deadline_us = now + judgement.verdict.approval_timeout_us;
  const std::string params = dialog_params(
      question_text({session_.agent(), session_.server(), open.tool, request.method,
                     arguments_of(request), &judgement, judgement.verdict.approval_timeout_us}),
      true);
  const std::string state =
      state_.seal(judgement.ask, open.deadline_us, bound_to(request, digest_of(request)));
  open_states_.emplace(judgement.ask, std::move(open));
  return input_required(request.id->raw, params, state);
}

bool Approvals::holds(const std::string& id_key) const {
  return std::any_of(held_.begin(), held_.end(), [&](const Held& held) {
    return held.id_key == id_key && held.direction == Direction::kClientToServer;
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
  return open_states_.count(ask) > 0;
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

// ---- answers -----------------------------------------------------------------------------------------------------------

audit::Approval Approvals::record_of(const std::string& ask, std::string_view tool,
                                     std::string_view state, int64_t asked_us) const {
  audit::Approval record;
  record.ask = ask;
  record.state = state;
  record.tool = tool;
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

namespace {

std::string reason_of(DialogAnswer answer) {
  switch (answer) {
    case DialogAnswer::kYes: return "";
    case DialogAnswer::kNo: return "a person said no to it in the client's dialog";
    case DialogAnswer::kDismissed: return "the client's dialog was closed without an answer";
    case DialogAnswer::kMalformed: break;
  }
  return "the client's answer was no clear yes";
}

}  // namespace

std::optional<Answered> Approvals::place_answer(const std::string& ask, std::string_view tool,
                                                int64_t asked_us, DialogAnswer said) {
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
    const std::vector<trust::Event> events =
        trust::Evidence(standing_.agent(), {}, {}).add(trust::Happened::kDeclined).take();
    (void)standing_.apply(events);
    answer.record->events = events_of(events);
  }
  return answer;
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
    auto answer = place_answer(held.judgement.ask, held.tool, held.asked_us, said);
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
      auto answer = place_answer(held.judgement.ask, held.tool, held.asked_us, *held.said);
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

// ---- the modern way ----------------------------------------------------------------------------------------------------

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
  auto answer = place_answer(*ask, found->second.tool, found->second.asked_us, said);
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

std::string Approvals::approvers_of(const policy::Verdict& verdict) {
  std::string names;
  for (const std::string_view approver : verdict.approvers) {
    if (!names.empty()) names += ',';
    names += approver;
  }
  return names;
}

// Somebody at a terminal was held to the groups that the call asked for then; they have to be the same now.
bool Approvals::covers(const policy::Verdict& verdict, std::string_view by,
                       std::string_view asked_of) {
  if (verdict.action != policy::Action::kRequireApproval) return true;
  return by == "client" ? user_may_answer(verdict) : approvers_of(verdict) == asked_of;
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

// ---- time --------------------------------------------------------------------------------------------------------------

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
