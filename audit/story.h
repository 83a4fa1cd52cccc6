// Story: what a record is about when its own line does not say: an outcome has the tool and the agent of the decision it
// answers, and a session's records have its server.
//
// Order: every record of the log, from the first on (or from where one begins to look: what came before is then not known).
// Thread: one. Memory: a few texts per session that is open, and per decision that waits for its outcome.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/json.h"

namespace agentmesh::audit {

// A record with what is known about it. Texts are those of the log, "" where nothing says them.
struct Told {
  json::View record;
  std::string type;
  uint64_t seq = 0;
  int64_t ts = 0;
  std::string agent, server, tool, method, policy, rule, verdict;
  uint64_t decision_seq = 0;  // of an outcome: the record it answers
  bool answers = false;       // an outcome whose decision was seen
  uint64_t unanswered = 0;    // of a session.end: calls it let through that no outcome answers
};

class Story {
 public:
  // `line` is read and kept until the next call. False if it is no record.
  bool read(std::string_view line);
  const Told& told() const { return told_; }

 private:
  struct Open {
    uint64_t seq = 0;
    std::string agent, server, tool, method, policy, rule, verdict;
  };
  struct Session {
    std::string agent, server;
    std::unordered_map<uint64_t, Open> open;  // by wseq
  };

  json::Reader reader_;
  std::unordered_map<std::string, Session> sessions_;  // by writer
  Told told_;
};

// What an outcome's own line does not say, for people: " · of 17, filesystem/read_file". "" for any other record.
std::string answered(const Told& told);
// "" | low | medium | high | critical: the worst finding of a record.
std::string_view worst_severity(json::View record);
// Whether a record has a finding with that id; "secret.*" takes all that begin with "secret.".
bool has_finding(json::View record, std::string_view pattern);
// Whether the rules that a record tells of have that tag.
bool has_tag(json::View record, std::string_view pattern);
// `pattern` may have '*' for any text.
bool matches(std::string_view pattern, std::string_view text);

// What to pick of a log; what is empty does not matter.
struct Selection {
  std::string agent, server, tool, rule, decision, finding, tag, type;  // patterns
  std::optional<int64_t> since, until;                                  // µs; until is excluded
  bool fits(const Told& told) const;
};

}  // namespace agentmesh::audit
