#include "proxy/standing.h"

#include <algorithm>
#include <utility>

namespace agentmesh::proxy {

Standing::Standing(trust::Options options, std::string server, const Clock& clock)
    : clock_(clock), book_(options), server_(std::move(server)) {}

void Standing::know_agent(const std::string& agent) { agent_ = agent; }

policy::TrustScores Standing::scores(std::string_view tool) const {
  const int64_t now = clock_.wall_us();
  policy::TrustScores scores;
  if (!agent_.empty()) scores.agent = book_.score(trust::agent_subject(agent_), now).total;
  scores.server = book_.score(trust::server_subject(server_), now).total;
  if (!tool.empty()) scores.tool = book_.score(trust::tool_subject(server_, tool), now).total;
  return scores;
}

int Standing::score() const { return scores({}).lower(); }

int Standing::apply(std::span<const trust::Event> events) {
  if (events.empty()) return 0;
  const int before = score();
  for (const trust::Change& change : book_.apply(events, clock_.wall_us())) {
    if (!change.tier_changed) continue;
    audit::TrustChange record;
    record.subject = change.subject;
    record.from = change.from;
    record.to = change.to;
    record.tier = trust::to_string(trust::tier_of(change.to));
    record.cause = "tier";
    changes_.push_back(std::move(record));
  }
  return score() - before;
}

std::vector<audit::TrustChange> Standing::take_changes() { return std::exchange(changes_, {}); }

}  // namespace agentmesh::proxy
