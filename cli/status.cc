#include "cli/status.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "base/shell_word.h"
#include "cli/allow.h"
#include "cli/json_object.h"
#include "cli/say.h"
#include "cli/status_facts.h"
#include "trust/definition.h"

namespace agentmesh::cli {
namespace {

constexpr int kWatchEveryMs = 1000;
constexpr std::string_view kClearScreen = "\033[H\033[2J\033[3J";

std::string shown(std::string_view text) { return trust::printable(text, 200); }

std::string size_of(uint64_t bytes) {
  if (bytes < 10'000) return fmt::format("{} bytes", bytes);
  if (bytes < 10'000'000) return fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3);
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

std::string span_of(int64_t us) {
  const int64_t seconds = std::max<int64_t>(us / 1'000'000, 0);
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7200) return fmt::format("{} min", seconds / 60);
  return fmt::format("{} h", seconds / 3600);
}

Colour colour_of(trust::Tier tier) {
  if (tier >= trust::Tier::kTrusted) return Colour::kGreen;
  if (tier == trust::Tier::kStandard) return Colour::kNone;
  return tier == trust::Tier::kProbationary ? Colour::kYellow : Colour::kRed;
}

void heading(std::string& out, std::string_view title) {
  out += coloured(title, Colour::kBold);
  out += '\n';
}

int64_t of(const Status& status, const std::string& verdict) {
  const auto found = status.decisions.find(verdict);
  return found == status.decisions.end() ? 0 : found->second;
}

void halts_text(const Status& status, std::string& out) {
  for (const trust::Halt& halt : status.halts)
    out += coloured(fmt::format("HALTED: {} by {}: {}\n",
                                halt.server.empty() ? "every server" : shown(halt.server),
                                shown(halt.by), shown(halt.why)),
                    Colour::kRed);
}

// ", wrapped in Claude Desktop and Cursor"
std::string wrapped_in(const Status::Server& server) {
  std::vector<std::string> clients;
  for (const WrappedServer& one : server.wrapped)
    if (std::find(clients.begin(), clients.end(), one.client) == clients.end())
      clients.push_back(one.client);
  return clients.empty() ? "" : fmt::format(", wrapped in {}", fmt::join(clients, ", "));
}

void servers_text(const Status& status, std::string& out) {
  heading(out, "Servers");
  if (status.servers.empty())
    out += fmt::format(
        "  none runs, none was called today, and no client's configuration {} has a wrapped one\n",
        status.unread.empty() ? "found here" : "that could be read");
  size_t width = 0;
  for (const Status::Server& server : status.servers)
    width = std::max(width, std::min<size_t>(shown(server.name).size(), 40));
  for (const Status::Server& server : status.servers) {
    const std::string running =
        !server.ran           ? "never ran yet"
        : server.running == 0 ? "not running"
        : server.running == 1
            ? coloured("running", Colour::kGreen)
            : coloured(fmt::format("running ({} proxies)", server.running), Colour::kGreen);
    out += fmt::format("  {:<{}}  {}", shown(server.name), width, running);
    if (server.ran)
      out += fmt::format(", {} request{} today", server.calls,
                         plural(static_cast<size_t>(server.calls)));
    out += fmt::format("{}\n", wrapped_in(server));
  }
  for (const std::string& why : status.unread)
    out += coloured(
        fmt::format("  {}: what it would tell of wrapped servers is not known\n", shown(why)),
        Colour::kYellow);
  out += fmt::format("  today: {} allowed, {} denied, {} asked of a person", of(status, "allow"),
                     of(status, "deny"), of(status, "asked"));
  if (const int64_t would = of(status, "would_deny") + of(status, "would_require_approval");
      would > 0)
    out += fmt::format(", {} that would have been stopped (shadow)", would);
  out += '\n';
}

void trust_text(const Status& status, std::string& out) {
  heading(out, "Trust");
  if (status.trust.empty()) out += "  nobody has a score yet: everybody starts at 800\n";
  size_t width = 0;
  for (const Status::Trust& one : status.trust)
    width = std::max(width, std::min<size_t>(shown(one.subject).size(), 48));
  for (const Status::Trust& one : status.trust) {
    std::string trend;
    if (one.trend && *one.trend != 0)
      trend = fmt::format("  {} {:+}", *one.trend > 0 ? "↑" : "↓", *one.trend);
    out += fmt::format("  {:<{}}  {:>4}  {}{}{}\n", shown(one.subject), width, one.score.total,
                       coloured(to_string(one.score.tier()), colour_of(one.score.tier())),
                       one.score.events < trust::kNewUntil ? ", new" : "", trend);
  }
}

void waiting_text(const Status& status, std::string& out) {
  if (!status.pending.empty()) heading(out, "Waiting for your answer");
  for (const trust::Ticket& ticket : status.pending)
    out += fmt::format("  {}  {} on {}, {} left: agentmesh approvals approve|deny{} {}\n",
                       coloured(ticket.id.substr(0, 8), Colour::kYellow),
                       shown(ticket.tool.empty() ? ticket.method : ticket.tool),
                       shown(ticket.server), span_of(ticket.deadline_us - status.now_us),
                       state_words(status.state_dir), ticket.id.substr(0, 8));
  if (!status.withheld.empty()) heading(out, "Withheld");
  for (const trust::Pin& pin : status.withheld)
    out += fmt::format("  {} on {}: {} (agentmesh pins list{} {})\n", shown(pin.name),
                       shown(pin.server), to_string(pin.state), state_words(status.state_dir),
                       shell_word(shown(pin.server)));
}

void exceptions_text(const Status& status, std::string& out) {
  if (!status.exceptions.empty()) heading(out, "Exceptions");
  for (const trust::Allowance& a : status.exceptions)
    out += fmt::format("  {}  {} on {}{}, {}: {} (agentmesh allow end{} {})\n",
                       coloured(a.id, Colour::kYellow), shown(a.tool), shown(a.server),
                       a.args.empty() ? "" : " with " + shown(a.args), how_long(a, status.now_us),
                       shown(a.why), state_words(status.state_dir), a.id);
}

void trouble_text(const Status& status, std::string& out) {
  if (!status.breakers.empty()) heading(out, "Circuit breakers");
  for (const trust::BreakerCopy& copy : status.breakers) {
    const bool due = copy.probe_at_us <= status.now_us;
    out += fmt::format(
        "  {}{}: {} after {} failures in a row{}\n", shown(copy.server),
        copy.tool.empty() ? "" : "/" + shown(copy.tool),
        coloured(due ? "half-open" : "open", due ? Colour::kYellow : Colour::kRed), copy.failures,
        due ? ", the next call is a try"
            : fmt::format(", the next try is in {}", span_of(copy.probe_at_us - status.now_us)));
  }
  if (!status.condition_errors.empty()) heading(out, "Conditions that could not be evaluated");
  for (const trust::ConditionError& error : status.condition_errors)
    out += fmt::format("  {}/{}: {} ({} time{})\n", shown(error.policy), shown(error.rule),
                       shown(error.message), error.count, plural(static_cast<size_t>(error.count)));
}

void log_text(const Status& status, std::string& out) {
  heading(out, "Log");
  const std::string words = state_words(status.state_dir);
  const Status::Log& log = status.log;
  if (!log.there) {
    out += "  nothing is recorded yet\n";
    return;
  }
  out += fmt::format("  {}: {} records, {} in {} file{}\n", shown(log.name), log.records,
                     size_of(log.bytes), log.segments, plural(log.segments));
  for (const std::string& name : log.set_aside)
    out += coloured(
        fmt::format("  begun after another was set aside: agentmesh audit verify{} --log {}\n",
                    words, shown(name)),
        Colour::kYellow);
  if (log.signed_records) {
    out += fmt::format("  the newest checkpoint signs {} of them, {} ago; its signature is {}\n",
                       *log.signed_records, span_of(status.now_us - log.checkpoint_us),
                       coloured("good", Colour::kGreen));
    if (log.checked_from)
      out += fmt::format(
          "  read just now: {} to {} are the records it signed{}\n", *log.checked_from,
          *log.signed_records - 1,
          *log.checked_from > 0 ? "; for older ones: agentmesh audit verify" + words : "");
  } else {
    out += coloured(log.signature_wrong ? "  the log's key has not signed its newest checkpoint\n"
                                        : "  there is no checkpoint\n",
                    Colour::kRed);
  }
  if (!log.damage.empty())
    out +=
        coloured(fmt::format("  DAMAGED: {}: agentmesh audit verify{}\n", shown(log.damage), words),
                 Colour::kRed);
  if (!log.cannot_sign.empty())
    out += coloured(
        fmt::format("  NOTHING CAN BE SIGNED: {}\n", trust::printable(log.cannot_sign, 1000)),
        Colour::kRed);
}

}  // namespace

std::string status_text(const Status& status) {
  std::string out;
  halts_text(status, out);
  servers_text(status, out);
  trust_text(status, out);
  waiting_text(status, out);
  exceptions_text(status, out);
  trouble_text(status, out);
  log_text(status, out);
  return out;
}

std::string status_json(const Status& status) {
  std::vector<std::string> servers, trusted, pending, withheld, breakers, halts, exceptions, errors;
  for (const Status::Server& server : status.servers) {
    std::vector<std::string> wrapped;
    for (const WrappedServer& one : server.wrapped)
      wrapped.push_back(JsonObject()
                            .text("client", one.client)
                            .text("file", one.file)
                            .integer("line", static_cast<int64_t>(one.line))
                            .done());
    servers.push_back(JsonObject()
                          .text("server", server.name)
                          .integer("running", server.running)
                          .integer("today", server.calls)
                          .boolean("ran", server.ran)
                          .raw("wrapped", json_array(wrapped))
                          .done());
  }
  for (const Status::Trust& one : status.trust) {
    JsonObject object;
    object.text("subject", one.subject)
        .integer("score", one.score.total)
        .text("tier", to_string(one.score.tier()))
        .integer("events", one.score.events);
    if (one.trend) object.integer("trend", *one.trend);
    trusted.push_back(object.done());
  }
  for (const trust::Ticket& ticket : status.pending)
    pending.push_back(
        JsonObject()
            .text("id", ticket.id)
            .text("kind", ticket.kind == trust::TicketKind::kDialog ? "dialog" : "ticket")
            .text_if("agent", ticket.agent)
            .text("server", ticket.server)
            .text_if("tool", ticket.tool)
            .text("method", ticket.method)
            .text("rule", ticket.rule)
            .text("deadline", rfc3339(ticket.deadline_us))
            .done());
  for (const trust::Pin& pin : status.withheld)
    withheld.push_back(JsonObject()
                           .text("server", pin.server)
                           .text("kind", to_string(pin.kind))
                           .text("name", pin.name)
                           .text("state", to_string(pin.state))
                           .done());
  for (const trust::BreakerCopy& copy : status.breakers)
    breakers.push_back(JsonObject()
                           .text("server", copy.server)
                           .text_if("tool", copy.tool)
                           .text("state", copy.probe_at_us <= status.now_us ? "half-open" : "open")
                           .integer("failures", copy.failures)
                           .text("next_try", rfc3339(copy.probe_at_us))
                           .integer("pid", copy.pid)
                           .done());
  for (const trust::Halt& halt : status.halts)
    halts.push_back(JsonObject()
                        .text("server", halt.server.empty() ? "*" : halt.server)
                        .text("why", halt.why)
                        .text("by", halt.by)
                        .text("since", rfc3339(halt.since_us))
                        .done());
  for (const trust::Allowance& a : status.exceptions) exceptions.push_back(allowance_json(a));
  for (const trust::ConditionError& error : status.condition_errors)
    errors.push_back(JsonObject()
                         .text("policy", error.policy)
                         .text("rule", error.rule)
                         .text("message", error.message)
                         .integer("count", error.count)
                         .text("last", rfc3339(error.at_us))
                         .done());
  std::vector<std::string> unread;
  for (const std::string& why : status.unread) json::append_string(unread.emplace_back(), why);
  JsonObject today;
  for (const char* verdict : {"allow", "deny", "would_deny", "would_require_approval", "asked"})
    today.integer(verdict, of(status, verdict));
  JsonObject log;
  log.text("name", status.log.name)
      .integer("records", static_cast<int64_t>(status.log.records))
      .integer("bytes", static_cast<int64_t>(status.log.bytes))
      .integer("segments", static_cast<int64_t>(status.log.segments));
  if (status.log.signed_records)
    log.raw("checkpoint", JsonObject()
                              .integer("size", static_cast<int64_t>(*status.log.signed_records))
                              .text("at", rfc3339(status.log.checkpoint_us))
                              .done());
  log.boolean("signature_wrong", status.log.signature_wrong);
  if (status.log.checked_from && status.log.signed_records)
    log.raw("checked", JsonObject()
                           .integer("first", static_cast<int64_t>(*status.log.checked_from))
                           .integer("last", static_cast<int64_t>(*status.log.signed_records) - 1)
                           .done());
  log.text_if("damage", status.log.damage);
  log.text_if("cannot_sign", status.log.cannot_sign);
  std::vector<std::string> aside;
  for (const std::string& name : status.log.set_aside)
    json::append_string(aside.emplace_back(), name);
  if (!aside.empty()) log.raw("set_aside", json_array(aside));
  return JsonObject()
      .text("at", rfc3339(status.now_us))
      .text("state_dir", status.state_dir)
      .raw("servers", json_array(servers))
      .raw("unread", json_array(unread))
      .raw("today", today.done())
      .raw("trust", json_array(trusted))
      .raw("approvals", json_array(pending))
      .raw("withheld", json_array(withheld))
      .raw("breakers", json_array(breakers))
      .raw("halts", json_array(halts))
      .raw("exceptions", json_array(exceptions))
      .raw("condition_errors", json_array(errors))
      .raw("log", log.done())
      .done();
}

int run_status(StatusOptions& options, const Here& here) {
  StatusReader reader(here);
  const bool screen = ::isatty(STDOUT_FILENO) == 1;
  for (;;) {
    const auto status = reader.look();
    if (!status) {
      complain(status.error().what);
      return kUsage;
    }
    std::string out = options.json ? status_json(*status) + "\n" : status_text(*status);
    if (options.watch && screen && !options.json) out.insert(0, kClearScreen);
    print(out);
    if (!options.watch) return kOk;
    if (std::fflush(stdout) != 0) return kOk;  // nobody reads any more
    (void)::poll(nullptr, 0, kWatchEveryMs);
  }
}

}  // namespace agentmesh::cli
