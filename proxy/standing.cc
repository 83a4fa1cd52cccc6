#include "proxy/standing.h"

#include <signal.h>

#include <algorithm>
#include <utility>

#include "proxy/public_text.h"

namespace agentmesh::proxy {

Standing::Standing(trust::Options options, std::string server, const Clock& clock)
    : clock_(clock), book_(options), server_(std::move(server)) {
  server_known_.subject = trust::server_subject(server_);
}

void Standing::know_agent(const std::string& agent) {
  if (agent == agent_) return;
  agent_ = agent;
  agent_known_ = Known{};
  agent_known_.subject = trust::agent_subject(agent);
}

int Standing::score_of(Known& known, int64_t now) const {
  constexpr int64_t kGoodForUs = 1'000'000;
  const bool fresh =
      known.version == book_.version() && now >= known.at_us && now - known.at_us < kGoodForUs;
  if (!fresh) {
    known.score = book_.score(known.subject, now).total;
    known.version = book_.version();
    known.at_us = now;
  }
  return known.score;
}

policy::TrustScores Standing::scores(std::string_view tool) const {
  const int64_t now = clock_.wall_us();
  policy::TrustScores scores;
  if (!agent_.empty()) scores.agent = score_of(agent_known_, now);
  scores.server = score_of(server_known_, now);
  if (tool.empty()) return scores;
  scores.tool = score_of(known_tool(tool), now);
  return scores;
}

Standing::Known& Standing::known_tool(std::string_view tool) const {
  if (tool_known_.name != tool) {
    tool_known_ = Known{};
    tool_known_.name = tool;
    tool_known_.shown = public_name(tool);
    tool_known_.subject = trust::tool_subject(server_, tool_known_.shown);
  }
  return tool_known_;
}

int Standing::score() const { return scores({}).lower(); }

int Standing::apply(std::span<const trust::Event> events) {
  if (events.empty()) return 0;
  const int before = score();
  for (const trust::Change& change : book_.apply(events, clock_.wall_us())) {
    if (change.swing) swings_.push_back(change.subject);
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

std::vector<trust::Event> Standing::ended(End end, int exit_status, const Session& session,
                                          bool stable_pins) {
  // Signals that ask a program to end (a terminal sends them to all at once) are no crash.
  const bool asked =
      exit_status == 128 + SIGHUP || exit_status == 128 + SIGINT || exit_status == 128 + SIGTERM;
  trust::SessionStory story;
  story.introduced = !session.protocol().empty();
  story.orderly_end = end == End::kClientEof && exit_status == 0;
  story.crashed =
      end == End::kServerClosed || (end == End::kServerExit && exit_status != 0 && !asked);
  story.stable_pins = stable_pins;
  std::vector<trust::Event> events = trust::events_of(story, server_);
  (void)apply(events);
  return events;
}

std::vector<audit::TrustChange> Standing::take_changes() { return std::exchange(changes_, {}); }

}  // namespace agentmesh::proxy
