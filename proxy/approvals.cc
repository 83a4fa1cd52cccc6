#include "proxy/approvals.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "proxy/approval_dialog.h"
#include "proxy/approvals_impl.h"
#include "proxy/public_text.h"
#include "proxy/wording.h"

namespace agentmesh::proxy {
namespace {

constexpr int64_t kTicketLife = 600'000'000;  // policy.md, Approvals: ten minutes
constexpr size_t kTicketBrief = 380;          // what a ticket shows of the arguments
constexpr size_t kTicketBriefHolds = 511;     // trust/shared.h, Ticket
constexpr size_t kSaidOfACut = 64;            // approval_dialog.h, brief_of
constexpr size_t kMaxHeld = 64;
constexpr size_t kMaxHeldBytes = 32U << 20;
constexpr size_t kMaxOpenStates = 256;

// The client's dialog counts where no group is named, or `user` is one of them.
bool user_may_answer(const policy::Verdict& verdict) {
  const auto& groups = verdict.approvers;
  return groups.empty() || std::find(groups.begin(), groups.end(), "user") != groups.end();
}

bool input_required_is_allowed(const Message& request) {
  return request.method == "tools/call" || request.method == "resources/read" ||
         request.method == "prompts/get";
}

// What a ticket says of a call: its arguments, and what else it has, which shortens them where it is long.
std::string ticket_brief(const Message& request, const policy::Facts& facts) {
  std::string beside = beside_of(request);
  if (!beside.empty()) beside = "(beside its arguments it has, not shown here: " + beside + ")";
  const size_t room = kTicketBriefHolds - kSaidOfACut - beside.size();
  std::string brief = brief_of(arguments_of(request), facts, std::min(kTicketBrief, room));
  if (!brief.empty() && !beside.empty()) brief += ' ';
  return brief + beside;
}

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

void Approvals::refuse(Judgement& judgement, std::string reason) {
  judgement.effect = Judgement::Effect::kDeny;
  judgement.stage = "approval";
  judgement.decision = "deny";
  judgement.reason = std::move(reason);
  judgement.way_out = "ask again, and a person is asked again";
}

bool Approvals::use_ticket(const Hash& digest, const Message& request, Judgement& judgement) {
  const auto granted = shared_.use(digest, session_.agent(), session_.server(), clock_.wall_us());
  if (!granted) return false;
  // The rule may have changed since: a yes of people it does not ask any more is none.
  const bool holds = granted->approvers == approvers_of(judgement.verdict);
  if (holds) let_through(judgement, granted->id, digest);
  audit::Approval used;
  used.ask = granted->id;
  used.state = holds ? "used" : "expired";
  used.tool = public_name(tool_of(request));
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

void Approvals::settle(const Message& request, Direction direction, bool may_ask_client,
                       Judgement& judgement) {
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
  ticket.of_server = direction == Direction::kServerToClient;
  ticket.id = random_hex(random_, 8);
  ticket.digest = digest;
  ticket.agent = session_.agent();
  ticket.server = session_.server();
  ticket.tool = public_name(tool_of(request));
  ticket.method = public_name(request.method);
  ticket.rule = judgement.rule;
  ticket.brief = ticket_brief(request, judgement.verdict.facts);
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
    judgement.way_out = ticket_way_out(asked->id, judgement.verdict);
    if (asked->asked_us != now) return;  // asked before, still open: recorded then
  }
  audit::Approval record;
  record.ask = asked->id;
  record.state = "asked";
  record.tool = ticket.tool;
  if (args.present()) record.args = audit::Payload{args.raw(), {}};
  judgement.before.emplace_back(std::move(record));
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

}  // namespace agentmesh::proxy
