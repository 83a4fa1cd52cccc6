#include "policy/variables.h"

#include <memory>

#include "policy/cel/json_value.h"
#include "policy/kinds.h"

namespace agentmesh::policy {

namespace {

using cel::RecordType;
using cel::Type;
using cel::Value;

using Fields = std::vector<RecordType::Field>;

std::shared_ptr<const RecordType> record_type(std::string name, Fields fields) {
  return std::make_shared<RecordType>(std::move(name), std::move(fields));
}

std::shared_ptr<const cel::Choice> kind_choice() {
  auto choice = std::make_shared<cel::Choice>();
  choice->of = "action.type";
  for (size_t i = 0; i < 9; ++i) choice->values.emplace_back(to_string(static_cast<Kind>(i)));
  // The older language knew one word for everything that talks to others.
  choice->older.push_back({"api_call", {"network", "query", "message", "export"}});
  return choice;
}

std::shared_ptr<const cel::Choice> choice_of(std::string of, std::vector<std::string> values) {
  auto choice = std::make_shared<cel::Choice>();
  choice->of = std::move(of);
  choice->values = std::move(values);
  return choice;
}

// The record types, in one place, and the environment made of them.
struct Names {
  std::shared_ptr<const RecordType> finding = record_type(
      "finding", {{"id", Type::string(), {"name", "type"}},
                  {"severity",
                   Type::choice(choice_of("severity", {"low", "medium", "high", "critical"})),
                   {"level"}},
                  {"where", Type::string(), {"path", "place"}}});
  std::shared_ptr<const RecordType> url =
      record_type("url", {{"scheme", Type::string(), {"protocol"}},
                          {"host", Type::string(), {"hostname", "domain"}},
                          {"port", Type::integer(), {}},
                          {"private", Type::boolean(), {"is_private", "internal"}}});
  std::array<std::shared_ptr<const RecordType>, kNames> records;
  cel::Environment environment;

  Names() {
    const auto tier = choice_of(
        "agent.tier", {"untrusted", "probationary", "standard", "trusted", "verified_partner"});
    const auto sql_class = choice_of(
        "sql.class", {"read_only", "write", "destructive", "ddl", "privilege", "none", "unparsed"});
    environment.declare("tool", Type::string(), {"tool_name", "toolname", "name"});
    environment.declare("server", Type::string(), {"server_name", "mcp_server"});
    environment.declare("method", Type::string(), {"request"});
    declare(Name::kAgent, "agent",
            {{"name", Type::string(), {}},
             {"trust", Type::integer(), {"score"}},
             {"tier", Type::choice(tier), {}},
             {"id", Type::string(), {"did", "identity"}}},
            {"client", "user"});
    declare(Name::kTrust, "trust",
            {{"score", Type::integer(), {"value"}},
             {"agent", Type::integer(), {}},
             {"server", Type::integer(), {}},
             {"tool", Type::integer(), {}}},
            {"trust_score"});
    declare(Name::kAction, "action",
            {{"type", Type::choice(kind_choice()), {"kind"}},
             {"tool", Type::string(), {"name"}},
             {"path", Type::string(), {"file"}},
             {"reversible", Type::dyn(), {}},
             {"sends", Type::boolean(), {"publishes", "leaves"}}},
            {});
    environment.declare("args", Type::map(Type::string(), Type::dyn()),
                        {"arguments", "params", "parameters", "input"});
    environment.declare("findings", Type::list(Type::record(finding)), {"finding", "issues"});
    environment.declare("roots", Type::list(Type::string()), {"workspace", "root"});
    environment.declare("paths", Type::list(Type::string()), {"path", "files"});
    environment.declare("urls", Type::list(Type::record(url)), {"url", "hosts", "links"});
    declare(Name::kSql, "sql",
            {{"class", Type::choice(sql_class), {"verb", "type", "kind", "operation"}},
             {"statements", Type::integer(), {"count"}},
             {"tables", Type::list(Type::string()), {"table"}}},
            {"query"});
    declare(Name::kShell, "shell",
            {{"commands", Type::list(Type::string()), {"command", "words"}},
             {"pipes_to_shell", Type::boolean(), {"pipe_to_shell", "pipes"}},
             {"substitutes", Type::boolean(), {"substitution"}}},
            {"command", "bash"});
    declare(Name::kData, "data",
            {{"contains_pii", Type::boolean(), {"pii", "has_pii"}},
             {"contains_secret", Type::boolean(), {"secret", "contains_secrets", "has_secret"}},
             {"bytes", Type::integer(), {"size", "length"}}},
            {"content"});
    declare(Name::kSession, "session",
            {{"tainted", Type::boolean(), {"taint"}},
             {"private_read", Type::boolean(), {"private"}},
             {"calls", Type::integer(), {"count"}},
             {"denied", Type::integer(), {"denials"}},
             {"started", Type::timestamp(), {"start"}},
             {"sampled", Type::integer(), {"samplings", "sampling"}}},
            {});
    declare(Name::kTime, "time",
            {{"now", Type::timestamp(), {}},
             {"hour", Type::integer(), {"hours"}},
             {"weekday", Type::integer(), {"day", "day_of_week"}}},
            {"now", "date"});
    declare(Name::kResult, "result",
            {{"text", Type::string(), {"content", "output"}},
             {"is_error", Type::boolean(), {"error", "isError"}},
             {"bytes", Type::integer(), {"size"}}},
            {"response", "output"});
    environment.declare("changed", Type::boolean(), {"is_changed"});
    environment.declare("description", Type::string(), {});
    environment.declare("annotations", Type::map(Type::string(), Type::dyn()), {"hints"});
  }

 private:
  void declare(Name at, const std::string& name, Fields fields, std::vector<std::string> also) {
    records[static_cast<size_t>(at)] = record_type(name, std::move(fields));
    environment.declare(name, Type::record(records[static_cast<size_t>(at)]), std::move(also));
  }
};

const Names& names() {
  static const Names kInstance;
  return kInstance;
}

// What stands for a value that the log does not keep.
constexpr cel::Failure kGone{"this is not in the log", 0};
// What stands for a text that is longer than what is looked at: nobody can say what it does not hold.
constexpr cel::Failure kTooLong{"the result is longer than what is looked at", 0};

std::string_view tier_of(int score) {
  if (score >= 900) return "verified_partner";
  if (score >= 700) return "trusted";
  if (score >= 500) return "standard";
  if (score >= 300) return "probationary";
  return "untrusted";
}

Value timestamp(int64_t us) {
  const int64_t seconds = us >= 0 ? us / 1'000'000 : -((-us + 999'999) / 1'000'000);
  return Value::timestamp(seconds, static_cast<uint32_t>((us - seconds * 1'000'000) * 1000));
}

// A map even where the client sent none: `args` never fails as a whole.
Value map_or_empty(json::View view, cel::Context& context) {
  if (!view.is_object()) return Value::map({});
  return cel::json_value(view, context);
}

template <size_t N>
Value make_record(const std::array<Value, N>& fields, const RecordType* type,
                  cel::Context& context) {
  const std::span<const Value> kept =
      context.arena().copy(std::span<const Value>(fields.data(), fields.size()));
  return Value::record(context.arena().make(cel::Record{type, kept.data()}));
}

Value findings_list(const std::vector<Finding>& findings, cel::Context& context) {
  const std::span<Value> items = context.arena().array<Value>(findings.size());
  for (size_t i = 0; i < findings.size(); ++i)
    items[i] = make_record(
        std::array{Value::string(findings[i].id), Value::string(to_string(findings[i].severity)),
                   Value::string(findings[i].where)},
        names().finding.get(), context);
  return Value::list(items);
}

Value url_list(const std::vector<scan::Url>& urls, cel::Context& context) {
  const std::span<Value> items = context.arena().array<Value>(urls.size());
  for (size_t i = 0; i < urls.size(); ++i)
    items[i] =
        make_record(std::array{Value::string(urls[i].scheme), Value::string(urls[i].host),
                               Value::integer(urls[i].port), Value::boolean(urls[i].is_private)},
                    names().url.get(), context);
  return Value::list(items);
}

}  // namespace

const cel::Environment& environment() { return names().environment; }

NameSet names_read(const cel::Program& program) {
  NameSet out = 0;
  for (const cel::Node& node : program.ast().nodes)
    if (node.op == cel::Op::kSlot) out |= 1U << node.index;
  return out;
}

template <size_t N>
Value Variables::record(const std::array<Value, N>& fields, Name name) {
  return make_record(fields, names().records[static_cast<size_t>(name)].get(), context_);
}

Variables::Variables(const Input& input, const Seen& seen, NameSet needed, cel::Context& context)
    : context_(context) {
  const auto wants = [needed](Name name) { return (needed & name_bit(name)) != 0; };
  set(Name::kTool, Value::string(input.tool));
  set(Name::kServer, Value::string(input.server));
  set(Name::kMethod, Value::string(input.method));
  set(Name::kChanged, Value::boolean(input.changed));
  set(Name::kDescription, Value::string(seen.description));
  if (wants(Name::kAgent))
    set(Name::kAgent,
        record(std::array{Value::string(input.agent), Value::integer(input.trust.agent),
                          Value::string(tier_of(input.trust.agent)), Value::string("")},
               Name::kAgent));
  if (wants(Name::kTrust))
    set(Name::kTrust,
        record(std::array{Value::integer(input.trust.lower()), Value::integer(input.trust.agent),
                          Value::integer(input.trust.server), Value::integer(input.trust.tool)},
               Name::kTrust));
  const auto unless_gone = [](bool is_gone, Value value) {
    return is_gone ? Value::failure(&kGone) : value;
  };
  if (wants(Name::kAction)) {
    const std::string_view path =
        seen.paths.empty() ? std::string_view() : std::string_view(seen.paths.front());
    set(Name::kAction,
        record(std::array{Value::string(to_string(seen.kind)), Value::string(input.tool),
                          unless_gone(seen.unknown.paths, Value::string(path)),
                          seen.reversible ? Value::boolean(*seen.reversible)
                                          : Value::string("unknown"),
                          Value::boolean(seen.sends)},
               Name::kAction));
  }
  if (wants(Name::kArgs))
    set(Name::kArgs, unless_gone(seen.unknown.args, map_or_empty(input.args, context)));
  if (wants(Name::kFindings)) set(Name::kFindings, findings_list(seen.findings, context));
  if (wants(Name::kRoots))
    set(Name::kRoots, unless_gone(seen.unknown.roots, context.strings(seen.roots)));
  if (wants(Name::kPaths))
    set(Name::kPaths, unless_gone(seen.unknown.paths, context.strings(seen.paths)));
  if (wants(Name::kUrls))
    set(Name::kUrls, unless_gone(seen.unknown.urls, url_list(seen.urls, context)));
  if (wants(Name::kSql))
    set(Name::kSql,
        record(std::array{Value::string(scan::to_string(seen.sql.sql_class)),
                          unless_gone(seen.unknown.tables, Value::integer(seen.sql.statements)),
                          unless_gone(seen.unknown.tables, context.strings(seen.sql.tables))},
               Name::kSql));
  if (wants(Name::kShell))
    set(Name::kShell,
        record(std::array{unless_gone(seen.unknown.commands, context.strings(seen.shell.commands)),
                          Value::boolean(seen.shell.pipes_to_shell),
                          Value::boolean(seen.shell.substitutes)},
               Name::kShell));
  if (wants(Name::kData))
    set(Name::kData,
        record(std::array{Value::boolean(seen.facts.pii), Value::boolean(seen.facts.secret),
                          Value::integer(static_cast<int64_t>(seen.bytes))},
               Name::kData));
  if (wants(Name::kSession)) {
    const SessionFacts& session = input.session;
    set(Name::kSession,
        record(std::array{Value::boolean(session.tainted), Value::boolean(session.private_read),
                          Value::integer(session.calls), Value::integer(session.denied),
                          timestamp(session.started_us), Value::integer(session.sampled)},
               Name::kSession));
  }
  if (wants(Name::kTime))
    set(Name::kTime, record(std::array{timestamp(input.now_us), Value::integer(input.local.hour),
                                       Value::integer(input.local.weekday)},
                            Name::kTime));
  if (wants(Name::kResult)) {
    const bool at_result = input.stage == Stage::kResult;
    set(Name::kResult,
        record(std::array{seen.result_cut ? Value::failure(&kTooLong)
                                          : Value::string(seen.result_text),
                          Value::boolean(at_result && input.result_is_error),
                          Value::integer(at_result ? static_cast<int64_t>(seen.bytes) : 0)},
               Name::kResult));
  }
  if (wants(Name::kAnnotations))
    set(Name::kAnnotations, map_or_empty(input.definition.find("annotations"), context));
}

}  // namespace agentmesh::policy
