#include "cli/approvals.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/clock.h"
#include "cli/approvers.h"
#include "cli/evidence.h"
#include "cli/here.h"
#include "cli/json_object.h"
#include "cli/opened.h"
#include "cli/say.h"
#include "trust/book.h"
#include "trust/definition.h"
#include "trust/events.h"
#include "trust/shared.h"
#include "trust/wake.h"

namespace agentmesh::cli {

namespace {

using trust::Ticket;
using trust::TicketState;

std::string json_of(const Ticket& ticket) {
  JsonObject object;
  object.text("id", ticket.id).text("status", to_string(ticket.state));
  object.text("kind", ticket.kind == trust::TicketKind::kDialog ? "dialog" : "ticket");
  object.text_if("agent", ticket.agent)
      .text_if("server", ticket.server)
      .text_if("tool", ticket.tool);
  object.text_if("method", ticket.method)
      .text_if("arguments", ticket.brief)
      .text_if("rule", ticket.rule);
  object.text_if("approvers", ticket.approvers).text("asked", rfc3339(ticket.asked_us));
  object.text("deadline", rfc3339(ticket.deadline_us)).text_if("by", ticket.by);
  if (ticket.answered_us != 0) object.text("answered", rfc3339(ticket.answered_us));
  return object.done();
}

// The first letters that tell this id from the others; at least four.
std::string shortest(const std::string& id, const std::vector<Ticket>& all) {
  for (size_t length = 4; length < id.size(); ++length) {
    const std::string_view begin = std::string_view(id).substr(0, length);
    const auto alike = std::count_if(
        all.begin(), all.end(), [&](const Ticket& other) { return other.id.starts_with(begin); });
    if (alike <= 1) return std::string(begin);
  }
  return id;
}

std::string left(int64_t us) {
  const int64_t seconds = std::max<int64_t>(us / 1'000'000, 0);
  return seconds >= 120 ? fmt::format("{} min", seconds / 60) : fmt::format("{} s", seconds);
}

std::string described(const Ticket& ticket, const std::string& id, const std::string& state_dir,
                      int64_t now_us) {
  const std::string what = ticket.tool.empty() ? ticket.method : ticket.tool;
  std::string out = fmt::format(
      "{}  {}  {} on {}, asked by {}\n", coloured(id, Colour::kBold), to_string(ticket.state),
      trust::printable(what, 256), trust::printable(ticket.server, 256),
      ticket.agent.empty() ? "an unnamed client" : trust::printable(ticket.agent, 256));
  if (!ticket.brief.empty())
    out += fmt::format("      with {}\n", trust::printable(ticket.brief, 600));
  if (!ticket.rule.empty())
    out += fmt::format("      rule {}\n", trust::printable(ticket.rule, 256));
  if (!ticket.approvers.empty())
    out += fmt::format("      for {}\n", trust::printable(ticket.approvers, 256));
  if (ticket.state == TicketState::kPending || ticket.state == TicketState::kGranted) {
    out += fmt::format("      {} left\n", left(ticket.deadline_us - now_us));
  }
  if (ticket.state == TicketState::kPending) {
    out += fmt::format(
        "      agentmesh approvals approve{0} {1}   or   agentmesh approvals deny{0} {1}\n",
        state_words(state_dir), id);
  }
  if (!ticket.by.empty()) out += fmt::format("      by {}\n", trust::printable(ticket.by, 64));
  return out;
}

// A no counts for whoever asked: the agent for its call, the server for its request.
std::vector<trust::Event> evidence_of_no(const Ticket& ticket) {
  return ticket.of_server
             ? trust::Evidence({}, ticket.server, {}).add(trust::Happened::kServerDenied).take()
             : trust::Evidence(ticket.agent, {}, {}).add(trust::Happened::kDeclined).take();
}

audit::Approval record_of(const Ticket& ticket) {
  audit::Approval record;
  record.ask = ticket.id;
  record.state = ticket.state == TicketState::kGranted ? "granted" : "denied";
  record.tool = ticket.tool;
  record.by = ticket.by;
  record.us = std::max<int64_t>(ticket.answered_us - ticket.asked_us, 0);
  if (ticket.state != TicketState::kDenied) return record;
  for (const trust::Event& event : evidence_of_no(ticket)) {
    record.events.push_back(
        {event.subject, std::string(to_string(event.dimension)), event.weight, event.value});
  }
  return record;
}

// What the record says about trust, put where running proxies find it. The log has it already: failing here is a notice.
void count_no(const ApprovalsAnswerOptions& options, const Ticket& ticket, Opened& opened,
              const Recorder& record) {
  const std::vector<trust::Event> events = evidence_of_no(ticket);
  if (ticket.state != TicketState::kDenied || events.empty()) return;
  if (!opened.open_store(options.state_dir)) return;
  const int64_t now = opened.clock.wall_us();
  if (auto counted = count_evidence(*opened.store, events, now, options.trust, record); !counted)
    complain(counted.error().what);
}

int give_answer(const ApprovalsAnswerOptions& options, const Recorder& record, bool grant) {
  if (refused_to_servers(options.state_dir, grant ? "approvals approve" : "approvals deny"))
    return kNo;
  Opened opened;
  if (!opened.open_shared(options.state_dir)) return kUsage;
  const int64_t now = opened.clock.wall_us();
  const auto found = opened.shared->find(options.id, now);
  if (!found) {
    complain(found.error().what);
    return kNo;
  }
  if (grant && !may_approve(found->approvers, options.groups, ::getuid())) {
    complain(fmt::format("approval {} is for {}, and {} is not one of them (groups: in {})",
                         found->id, trust::printable(found->approvers, 256), this_user(),
                         options.settings.empty() ? "agentmesh.yaml" : options.settings));
    return kNo;
  }
  const auto answered =
      opened.shared->answer(found->id, grant, this_user(), now,
                            [&](const Ticket& ticket) { return record(record_of(ticket)); });
  if (!answered) {
    complain(answered.error().what);
    return kNo;
  }
  count_no(options, *answered, opened, record);
  if (auto woken = trust::touch_wake(options.state_dir); !woken) complain(woken.error().what);
  if (options.json) {
    print(json_of(*answered) + "\n");
  } else if (!grant) {
    print(fmt::format("denied {}\n", answered->id));
  } else if (answered->kind == trust::TicketKind::kTicket) {
    print(
        fmt::format("approved {}: the same call passes once, within {}; ask again in the client\n",
                    answered->id, left(answered->deadline_us - now)));
  } else {
    print(fmt::format("approved {}\n", answered->id));
  }
  return kOk;
}

}  // namespace

int approvals_list(const ApprovalsListOptions& options) {
  if (refused_to_servers(options.state_dir, "approvals list")) return kNo;
  Opened opened;
  if (!opened.read_shared(options.state_dir)) return kUsage;
  const int64_t now = opened.clock.wall_us();
  std::vector<Ticket> tickets;
  if (opened.shared) tickets = opened.shared->tickets(now);
  if (options.json) {
    std::vector<std::string> objects;
    for (const Ticket& ticket : tickets) objects.push_back(json_of(ticket));
    print(json_array(objects) + "\n");
    return kOk;
  }
  std::string out;
  for (const Ticket& ticket : tickets) {
    const bool open =
        ticket.state == TicketState::kPending || ticket.state == TicketState::kGranted;
    if (open || options.all)
      out += described(ticket, shortest(ticket.id, tickets), options.state_dir, now);
  }
  print(out.empty() ? "nothing waits for an answer\n" : out);
  return kOk;
}

int approvals_approve(const ApprovalsAnswerOptions& options, const Recorder& record) {
  return give_answer(options, record, true);
}

int approvals_deny(const ApprovalsAnswerOptions& options, const Recorder& record) {
  return give_answer(options, record, false);
}

}  // namespace agentmesh::cli
