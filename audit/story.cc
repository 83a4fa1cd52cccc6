#include "audit/story.h"

#include <algorithm>
#include <array>
#include <utility>

#include "audit/describe.h"

namespace agentmesh::audit {

namespace {

constexpr std::array<std::string_view, 5> kSeverities = {"", "low", "medium", "high", "critical"};

}  // namespace

bool Story::read(std::string_view line) {
  told_ = Told{};
  if (reader_.read(line).fault != json::Fault::kNone || !reader_.root().is_object()) return false;
  // The members in one go: find() would look at all of them again and again.
  std::string w;
  std::string scratch;
  uint64_t wseq = 0;
  bool counted = false;
  bool unasked = false;  // words of a server, which no outcome answers
  std::optional<int64_t> of;
  Told& t = told_;
  t.record = reader_.root();
  for (const json::Entry& entry : reader_.top()) {
    const std::string_view key = entry.key.string(scratch);
    const json::View value = entry.value;
    if (key == "type") t.type = value.string();
    if (key == "seq")
      t.seq = static_cast<uint64_t>(std::max<int64_t>(0, value.integer().value_or(0)));
    if (key == "ts") t.ts = value.integer().value_or(0);
    if (key == "w") w = value.string();
    if (key == "of") of = value.integer();
    if (key == "agent") t.agent = value.string();
    if (key == "server") t.server = value.string();
    if (key == "tool") t.tool = value.string();
    if (key == "method") t.method = value.string();
    if (key == "stage") unasked = value.string() == "result";
    if (key == "policy") t.policy = value.string();
    if (key == "rule") t.rule = value.string();
    if (key == "verdict") t.verdict = value.string();
    if (key == "wseq" && value.integer()) {
      counted = true;
      wseq = static_cast<uint64_t>(*value.integer());
    }
  }
  if (t.type.empty() || w.empty()) return false;
  if (!counted) return true;  // the log's own
  Session& session = sessions_[w];
  if (!t.server.empty()) session.server = t.server;
  if (!t.agent.empty()) session.agent = t.agent;
  if (t.server.empty()) t.server = session.server;
  if (t.agent.empty()) t.agent = session.agent;
  if (t.type == "decision" && t.verdict != "deny" && !unasked) {
    session.open[wseq] = {t.seq, t.agent, t.server, t.tool, t.method, t.policy, t.rule, t.verdict};
  } else if (t.type == "outcome" && of) {
    if (const auto at = session.open.find(static_cast<uint64_t>(*of)); at != session.open.end()) {
      Open& open = at->second;
      t.decision_seq = open.seq;
      t.answers = true;
      t.agent = std::move(open.agent);
      t.server = std::move(open.server);
      t.tool = std::move(open.tool);
      t.method = std::move(open.method);
      t.policy = std::move(open.policy);
      t.rule = std::move(open.rule);
      t.verdict = std::move(open.verdict);
      session.open.erase(at);
    }
  } else if (t.type == "session.end") {
    t.unanswered = session.open.size();
    sessions_.erase(w);
  }
  return true;
}

std::string answered(const Told& told) {
  if (told.type != "outcome" || !told.answers) return "";
  const std::string& what = told.tool.empty() ? told.method : told.tool;
  return " · of " + std::to_string(told.decision_seq) + ", " + visible(told.server) + "/" +
         visible(what);
}

std::string_view worst_severity(json::View record) {
  size_t worst = 0;
  for (const json::View finding : record.find("findings").elements()) {
    const auto at =
        std::find(kSeverities.begin(), kSeverities.end(), finding.find("severity").string());
    if (at != kSeverities.end())
      worst = std::max(worst, static_cast<size_t>(at - kSeverities.begin()));
  }
  return kSeverities[worst];
}

bool matches(std::string_view pattern, std::string_view text) {
  size_t p = 0;
  size_t t = 0;
  size_t star = std::string_view::npos;
  size_t from = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      from = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool has_finding(json::View record, std::string_view pattern) {
  for (const json::View finding : record.find("findings").elements())
    if (matches(pattern, finding.find("id").string())) return true;
  return false;
}

bool has_tag(json::View record, std::string_view pattern) {
  for (const json::View tag : record.find("tags").elements())
    if (matches(pattern, tag.string())) return true;
  return false;
}

bool Selection::fits(const Told& told) const {
  const auto fit = [](const std::string& pattern, const std::string& text) {
    return pattern.empty() || matches(pattern, text);
  };
  if (since && told.ts < *since) return false;
  if (until && told.ts >= *until) return false;
  return fit(type, told.type) && fit(agent, told.agent) && fit(server, told.server) &&
         fit(tool, told.tool) && fit(rule, told.rule) && fit(decision, told.verdict) &&
         (finding.empty() || has_finding(told.record, finding)) &&
         (tag.empty() || has_tag(told.record, tag));
}

}  // namespace agentmesh::audit
