#include <fmt/format.h>

#include "audit/describe.h"
#include "audit/report.h"
#include "base/clock.h"
#include "base/json.h"

namespace agentmesh::audit {

namespace {

// Members and elements in the order they are given.
class Json {
 public:
  explicit Json(std::string& out) : out_(out) {}
  Json& key(std::string_view name) {
    comma();
    json::append_string(out_, name);
    out_ += ':';
    first_ = true;
    return *this;
  }
  Json& text(std::string_view value) {
    comma();
    json::append_string(out_, value);
    return *this;
  }
  Json& number(uint64_t value) { return raw(std::to_string(value)); }
  Json& raw(std::string_view value) {
    comma();
    out_ += value;
    return *this;
  }
  Json& open(char bracket) {
    comma();
    out_ += bracket;
    first_ = true;
    return *this;
  }
  Json& close(char bracket) {
    out_ += bracket;
    first_ = false;
    return *this;
  }
  Json& member(std::string_view name, std::string_view value) { return key(name).text(value); }
  Json& member(std::string_view name, uint64_t value) { return key(name).number(value); }
  Json& member(std::string_view name, const std::optional<uint64_t>& value) {
    return value ? member(name, *value) : *this;
  }

 private:
  void comma() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  std::string& out_;
  bool first_ = true;
};

void moment(Json& o, std::string_view name, const std::optional<int64_t>& ts) {
  if (ts && *ts != 0) o.member(name, rfc3339(*ts));
}

void counts(Json& o, std::string_view name, const std::string& what,
            const std::map<std::string, Counts>& all) {
  o.key(name).open('[');
  for (const auto& [key, each] : all)
    o.open('{')
        .member(what, key)
        .member("allowed", each.allowed)
        .member("denied", each.denied)
        .member("shadow", each.shadow)
        .close('}');
  o.close(']');
}

void numbers(Json& o, std::string_view name, const std::map<std::string, uint64_t>& all) {
  o.key(name).open('{');
  for (const auto& [key, count] : all) o.member(key, count);
  o.close('}');
}

void happened(Json& o, std::string_view name, const std::vector<Happened>& all) {
  o.key(name).open('[');
  for (const Happened& each : all)
    o.open('{')
        .member("seq", each.seq)
        .member("time", rfc3339(each.ts))
        .member("what", each.what)
        .close('}');
  o.close(']');
}

}  // namespace

std::string report_json(const Report& r, const std::string& dir) {
  std::string out;
  Json o(out);
  o.open('{').member("v", uint64_t{1}).member("log", r.verdict.log).member("dir", dir);
  o.key("period").open('{');
  moment(o, "since", r.since);
  moment(o, "until", r.until);
  moment(o, "first", r.first_ts);
  moment(o, "last", r.last_ts);
  moment(o, "log_begins", r.log_begins);
  o.member("records", r.records).close('}');
  o.key("integrity")
      .open('{')
      .member("result", result_name(r.verdict.exit))
      .key("exit")
      .raw(std::to_string(r.verdict.exit))
      .member("level", level_name(r.verdict.level))
      .member("size", r.verdict.size)
      .member("checkpoints", r.verdict.checkpoints)
      .member("unsigned", r.verdict.unsigned_records)
      .member("says", foundation(r.verdict))
      .key("problems")
      .open('[');
  for (const Problem& problem : r.verdict.problems)
    o.open('{')
        .member("class", class_name(problem.kind))
        .member("code", problem.code)
        .member("message", problem.message)
        .member("seq", problem.seq)
        .close('}');
  o.close(']').close('}');

  const auto type = [&](const char* name) {
    const auto at = r.types.find(name);
    return at == r.types.end() ? 0 : at->second.count;
  };
  o.key("totals")
      .open('{')
      .member("sessions", type("session.start"))
      .member("calls", r.calls.all())
      .member("allowed", r.calls.allowed)
      .member("denied", r.calls.denied)
      .member("shadow", r.calls.shadow)
      .member("refused_lines", r.refused_lines)
      .member("redacted", r.redacted)
      .member("without_outcome", r.without_outcome)
      .member("records_lost", r.records_lost)
      .close('}');
  counts(o, "by_server", "server", r.by_server);
  counts(o, "by_agent", "agent", r.by_agent);
  counts(o, "by_tool", "tool", r.by_tool);
  counts(o, "by_rule", "rule", r.by_rule);
  counts(o, "by_day", "day", r.by_day);
  o.key("by_tag").open('[');
  for (const auto& [tag, each] : r.by_tag)
    o.open('{')
        .member("tag", tag)
        .member("allowed", each.calls.allowed)
        .member("denied", each.calls.denied)
        .member("shadow", each.calls.shadow)
        .member("results", each.results)
        .close('}');
  o.close(']');
  numbers(o, "denials_by_stage", r.by_stage);
  o.key("findings").open('[');
  for (const auto& [id, found] : r.findings)
    o.open('{')
        .member("id", id)
        .member("severity", found.severity)
        .member("count", found.count)
        .close('}');
  o.close(']');
  numbers(o, "outcomes", r.outcomes);
  numbers(o, "approvals", r.approvals);
  o.key("us")
      .open('{')
      .member("p50", r.us_p50)
      .member("p90", r.us_p90)
      .member("p99", r.us_p99)
      .close('}');
  happened(o, "tools_changed", r.tools_changed);
  happened(o, "trust_changes", r.trust_changes);
  happened(o, "policies", r.policies);
  happened(o, "operators", r.operators);
  happened(o, "upkeep", r.upkeep);
  o.member("not_listed", r.happened_more);
  o.key("types").open('{');
  for (const auto& [name, seen] : r.types) o.member(name, seen.count);
  o.close('}');
  o.key("controls").open('[');
  for (const Control& control : controls_of(r)) {
    o.open('{')
        .member("framework", control.framework)
        .member("control", control.control)
        .member("about", control.about)
        .member("state", evidence_name(control.state))
        .member("text", control.checked ? "checked" : "check the text")
        .key("records")
        .open('[');
    for (const auto& [kind, seen] : control.records) {
      o.open('{').member("kind", kind).member("count", seen.count);
      if (seen.count > 0) o.member("first", seen.first).member("last", seen.last);
      o.close('}');
    }
    o.close(']');
    if (!control.missing.empty()) o.member("missing", control.missing);
    o.close('}');
  }
  o.close(']').close('}');
  return out + "\n";
}

std::string report_text(const Report& r) {
  std::string out = foundation(r.verdict) + "\n";
  for (const Problem& problem : r.verdict.problems)
    out += fmt::format("  {}: {}\n", problem.code, problem.message);
  if (r.records == 0) return out + "There are no records in this period.\n";
  const auto sessions = r.types.find("session.start");
  out += fmt::format(
      "\n{} to {}: {} records, {} sessions\n{} calls: {} allowed, {} denied, {} of shadow mode; {} lines refused\n",
      rfc3339(r.first_ts), rfc3339(r.last_ts), r.records,
      sessions == r.types.end() ? 0 : sessions->second.count, r.calls.all(), r.calls.allowed,
      r.calls.denied, r.calls.shadow, r.refused_lines);
  const auto table = [&](const char* title, const std::map<std::string, Counts>& all) {
    if (all.empty()) return;
    out += fmt::format("\n{:<44} {:>8} {:>8} {:>8}\n", title, "allowed", "denied", "shadow");
    for (const auto& [name, each] : all)
      out += fmt::format("  {:<42} {:>8} {:>8} {:>8}\n", visible(name), each.allowed, each.denied,
                         each.shadow);
  };
  table("Server", r.by_server);
  table("Tool", r.by_tool);
  table("Rule", r.by_rule);
  if (!r.by_tag.empty())
    out += fmt::format("\n{:<44} {:>8} {:>8} {:>8} {:>8}\n", "Tag", "allowed", "denied", "shadow",
                       "results");
  for (const auto& [tag, each] : r.by_tag)
    out += fmt::format("  {:<42} {:>8} {:>8} {:>8} {:>8}\n", visible(tag), each.calls.allowed,
                       each.calls.denied, each.calls.shadow, each.results);
  if (!r.findings.empty()) out += "\nFindings\n";
  for (const auto& [id, found] : r.findings)
    out += fmt::format("  {:<42} {:>8}  {}\n", visible(id), found.count, visible(found.severity));
  const auto list = [&](const char* title, const std::map<std::string, uint64_t>& all) {
    if (all.empty()) return;
    out += fmt::format("\n{}:", title);
    for (const auto& [name, count] : all) out += fmt::format(" {} {}", count, visible(name));
    out += "\n";
  };
  list("Outcomes", r.outcomes);
  if (const std::string lost = losses(r); !lost.empty())
    out += (r.outcomes.empty() ? "\n" : "") + lost + "\n";
  list("Approvals", r.approvals);
  const auto events = [&](const char* title, const std::vector<Happened>& all) {
    if (all.empty()) return;
    out += fmt::format("\n{}\n", title);
    for (const Happened& each : all)
      out += fmt::format("  {:>8}  {}  {}\n", each.seq, rfc3339(each.ts).substr(0, 19),
                         visible(each.what));
  };
  events("Tools changed", r.tools_changed);
  events("Trust", r.trust_changes);
  events("Policies", r.policies);
  events("Operators", r.operators);
  events("The log itself", r.upkeep);
  out += "\nWhat the log can evidence, framework by framework: --html FILE or --json.\n";
  return out;
}

}  // namespace agentmesh::audit
