#include "proxy/recording.h"

#include "policy/mask.h"
#include "proxy/public_text.h"

namespace agentmesh::proxy {
namespace {

std::string_view way(Direction direction) {
  return direction == Direction::kClientToServer ? "c2s" : "s2c";
}

audit::Facts facts_of(const policy::Facts& from, const policy::SessionFacts& session) {
  audit::Facts facts;
  facts.type = from.type;
  if (from.sql != "none") facts.sql = from.sql;
  if (from.paths > 0) facts.inside = from.inside;
  facts.paths = from.paths;
  facts.hosts = from.hosts;
  facts.private_url = from.private_url;
  facts.secret = from.secret;
  facts.pii = from.pii;
  facts.shell.assign(from.shell.begin(), from.shell.end());
  facts.read = session.private_read;
  facts.tainted = session.tainted;
  return facts;
}

// The shortest secret is longer.
constexpr size_t kShortName = 16;

}  // namespace

std::string public_name(std::string_view name) {
  return name.size() < kShortName ? std::string(name) : policy::without_secrets(name);
}

std::string public_id(std::string_view raw) {
  if (raw.size() < kShortName) return std::string(raw);
  auto masked = policy::mask_secrets(raw);
  return masked ? std::move(*masked) : std::string(raw);
}

// Webhooks and bots have their secret in the path.
std::string public_uri(std::string_view uri) {
  uri = uri.substr(0, uri.find_first_of("?#"));
  const size_t scheme = uri.find("://");
  if (scheme == std::string_view::npos) return policy::without_secrets(uri);
  const std::string_view rest = uri.substr(scheme + 3);
  const size_t authority_end = std::min(rest.find('/'), rest.size());
  const size_t at = rest.substr(0, authority_end).rfind('@');
  if (at == std::string_view::npos) return policy::without_secrets(uri);
  return policy::without_secrets(std::string(uri.substr(0, scheme + 3)) +
                                 std::string(rest.substr(at + 1)));
}

std::vector<audit::Finding> findings_of(std::span<const policy::Finding> findings) {
  std::vector<audit::Finding> out;
  out.reserve(findings.size());
  for (const policy::Finding& f : findings)
    out.push_back({f.id, std::string(policy::to_string(f.severity)), f.where});
  return out;
}

std::vector<std::string> texts_of(std::span<const std::string_view> texts) {
  return {texts.begin(), texts.end()};
}

std::vector<audit::Event> events_of(std::span<const trust::Event> events) {
  std::vector<audit::Event> out;
  out.reserve(events.size());
  for (const trust::Event& e : events)
    out.push_back({e.subject, std::string(trust::to_string(e.dimension)), e.weight, e.value});
  return out;
}

audit::Trust trust_of(int score, std::optional<int> delta) {
  return {score, std::string(trust::to_string(trust::tier_of(score))), delta};
}

audit::Decision decision_record(const Message& request, Direction direction,
                                const Judgement& judgement, const Session& session, bool shadow) {
  audit::Decision d;
  d.dir = way(direction);
  d.method = public_name(request.method);
  if (request.id) d.id = public_id(request.id->raw);
  if (request.method == "tools/call") {
    d.tool = public_name(request.member("name").string());
  } else if (request.method == "prompts/get") {
    d.target = public_name(request.member("name").string());
  } else if (const json::View uri = request.member("uri"); uri.is_string()) {
    d.target = public_uri(uri.string());
  }
  d.server = session.server();
  d.agent = session.agent();
  d.policy = judgement.policy;
  d.rule = judgement.rule;
  d.rule_at = judgement.rule_at;
  d.stage = judgement.stage;
  d.verdict = judgement.decision;
  d.mode = shadow ? "shadow" : "enforce";
  d.reason = judgement.reason;
  d.ask = judgement.ask;
  if (!judgement.verdict.facts.type.empty())
    d.facts = facts_of(judgement.verdict.facts, session.facts());
  if (judgement.forwards() && !judgement.verdict.replacements.empty())
    d.redacted = static_cast<int64_t>(judgement.verdict.replacements.size());
  d.tags = texts_of(judgement.verdict.tags);
  const json::View args =
      request.method == "tools/call" ? request.member("arguments") : request.params;
  if (args.present()) d.args = audit::Payload{args.raw(), {}};
  d.findings = findings_of(judgement.verdict.findings);
  d.trust = trust_of(judgement.score);
  d.events = events_of(judgement.events);
  return d;
}

audit::Decision read_record(const ReadFault& fault, const Session& session, bool shadow) {
  audit::Decision d;
  d.dir = way(fault.direction);
  d.bytes = static_cast<int64_t>(fault.bytes);
  if (fault.count > 1) d.count = fault.count;
  d.method = public_name(fault.method);
  d.id = public_id(fault.id_raw);
  d.tool = public_name(fault.tool);
  d.server = session.server();
  d.agent = session.agent();
  d.rule = fault.rule;
  d.stage = "read";
  d.verdict = "deny";
  d.mode = shadow ? "shadow" : "enforce";
  d.reason = fault.reason;
  return d;
}

}  // namespace agentmesh::proxy
