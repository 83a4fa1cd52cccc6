// Standing: the scores that matter to this session, and the evidence that moves them.
//
// It knows the three subjects of a call (agent, server, tool), turns what happened into events by the table of
// trust/events.h, applies them to the book, and says what came of it. It writes nothing itself: events go into the
// records of those who ask, the store is the keeper's.
// Thread: one (the io thread). Cost: a score is folded anew when evidence changed it or a second has passed: half-lives are days.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/record.h"
#include "base/clock.h"
#include "policy/input.h"
#include "proxy/evidence.h"
#include "proxy/relay.h"
#include "proxy/session.h"
#include "trust/book.h"
#include "trust/events.h"
#include "trust/manners.h"
#include "trust/trust.h"

namespace agentmesh::proxy {

class Standing {
 public:
  Standing(trust::Options options, std::string server, const Clock& clock);

  trust::Book& book() { return book_; }
  const trust::Book& book() const { return book_; }

  // The agent's name, once it is known.
  void know_agent(const std::string& agent);
  policy::TrustScores scores(std::string_view tool) const;
  // The lower of agent and server.
  int score() const;
  // A tool's name as it is scored and recorded: without secrets. Holds until the next call with another tool.
  std::string_view public_tool(std::string_view tool) const { return known_tool(tool).shown; }

  // Applies events (which the caller records) and returns by how much the lower score moved. What else came of it waits in
  // take_changes().
  int apply(std::span<const trust::Event> events);
  // The session's end, applied like any other evidence: returns the events for its record.
  std::vector<trust::Event> ended(End end, int exit_status, const Session& session,
                                  bool stable_pins);
  // Tier changes since the last call, as records.
  std::vector<audit::TrustChange> take_changes();
  // Subjects that moved more than 100 points within ten minutes (told once in that time): findings of the record that
  // caused it.
  std::vector<std::string> take_swings() { return std::exchange(swings_, {}); }

  // Those findings of one call or answer that count against its side (proxy/evidence.h).
  std::vector<trust::Remark> remarks(std::span<const policy::Finding> findings, trust::Side side,
                                     bool refused = false) {
    return finding_weights_.weigh(findings, side, refused, clock_.mono_us());
  }

  const std::string& agent() const { return agent_; }
  const std::string& server() const { return server_; }
  trust::Repetition& repetition() { return repetition_; }
  trust::Manners& manners() { return manners_; }

 private:
  // A subject's score as it was folded last.
  struct Known {
    std::string name, shown;  // of a tool
    std::string subject;
    int score = 0;
    uint64_t version = 0;  // of the book; 0: never
    int64_t at_us = 0;
  };
  int score_of(Known& known, int64_t now) const;
  Known& known_tool(std::string_view tool) const;

  const Clock& clock_;
  trust::Book book_;
  trust::Repetition repetition_;
  trust::Manners manners_;
  FindingWeights finding_weights_;
  std::string agent_, server_;
  mutable Known agent_known_, server_known_, tool_known_;  // the last tool that was asked about
  std::vector<audit::TrustChange> changes_;
  std::vector<std::string> swings_;
};

}  // namespace agentmesh::proxy
