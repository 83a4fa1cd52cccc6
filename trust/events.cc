#include "trust/events.h"

#include <array>
#include <utility>

#include "base/bytes.h"
#include "trust/book.h"

namespace agentmesh::trust {

namespace {

constexpr std::array<std::string_view, 4> kSeverities{"low", "medium", "high", "critical"};
constexpr std::array<int32_t, 4> kSeverityWeights{1000, 3000, 8000, 20000};

std::string cut(std::string subject) {
  subject.resize(cut_utf8(subject, kLongestSubject).size());
  return subject;
}

enum class Whose : uint8_t { kAgents, kServersAndTools, kServersOnly, kToolsOnly };

constexpr auto kPolicy = Dimension::kPolicyCompliance;
constexpr auto kSecurity = Dimension::kSecurityPosture;
constexpr auto kQuality = Dimension::kOutputQuality;
constexpr auto kResource = Dimension::kResourceEfficiency;
constexpr auto kCollaboration = Dimension::kCollaborationHealth;

struct Row {
  Happened what;
  Whose whose;
  Dimension dimension;
  int32_t weight;  // 0: the weight handed in
  int32_t value;
};

constexpr int32_t kGood = 1000;
constexpr int32_t kBad = 0;
constexpr int32_t kHandedIn = 0;

// The table of events.h. Rows of one happening stand together.
constexpr Row kRows[] = {
    {Happened::kCleanCall, Whose::kAgents, kPolicy, kHandedIn, kGood},
    {Happened::kCleanCall, Whose::kAgents, kSecurity, kHandedIn, kGood},
    {Happened::kCleanCall, Whose::kServersAndTools, kPolicy, kHandedIn, kGood},
    {Happened::kForwarded, Whose::kAgents, kQuality, kHandedIn, kGood},
    {Happened::kForwarded, Whose::kAgents, kResource, kHandedIn, kGood},
    {Happened::kForwarded, Whose::kAgents, kCollaboration, kHandedIn, kGood},
    {Happened::kCleanResult, Whose::kServersAndTools, kSecurity, kHandedIn, kGood},
    {Happened::kWellFormed, Whose::kServersAndTools, kQuality, kHandedIn, kGood},
    {Happened::kAnswered, Whose::kServersAndTools, kCollaboration, kHandedIn, kGood},
    {Happened::kInNorm, Whose::kServersAndTools, kResource, kHandedIn, kGood},
    {Happened::kProgressKept, Whose::kServersAndTools, kCollaboration, kHandedIn, kGood},
    {Happened::kDenied, Whose::kAgents, kPolicy, 1000, kBad},
    {Happened::kShadowDenied, Whose::kAgents, kPolicy, 1000, kBad},
    {Happened::kLimitHit, Whose::kAgents, kPolicy, 1000, kBad},
    {Happened::kLimitHit, Whose::kAgents, kResource, 1000, kBad},
    {Happened::kDeclined, Whose::kAgents, kPolicy, 3000, kBad},
    {Happened::kMalformed, Whose::kAgents, kQuality, 1000, kBad},
    {Happened::kMalformed, Whose::kAgents, kPolicy, 1000, kBad},
    {Happened::kBurst, Whose::kAgents, kResource, 1000, kBad},
    {Happened::kRetriedFailure, Whose::kAgents, kResource, 1000, kBad},
    {Happened::kCancelled, Whose::kAgents, kCollaboration, 1000, kBad},
    {Happened::kServerDenied, Whose::kServersOnly, kPolicy, 1000, kBad},
    {Happened::kProtocolViolation, Whose::kServersOnly, kSecurity, 3000, kBad},
    {Happened::kJunk, Whose::kServersOnly, kQuality, 1000, kBad},
    {Happened::kUnanswered, Whose::kServersAndTools, kCollaboration, 1000, kBad},
    {Happened::kToolError, Whose::kServersAndTools, kQuality, 1000, kBad},
    {Happened::kInternalError, Whose::kServersAndTools, kQuality, 3000, kBad},
    {Happened::kSchemaMismatch, Whose::kServersAndTools, kQuality, 1000, kBad},
    {Happened::kTimeout, Whose::kServersAndTools, kResource, 3000, kBad},
    {Happened::kHung, Whose::kServersAndTools, kCollaboration, 3000, kBad},
    {Happened::kOversized, Whose::kServersAndTools, kResource, 1000, kBad},
    {Happened::kSlow, Whose::kServersAndTools, kResource, 1000, kBad},
    {Happened::kCrash, Whose::kServersOnly, kCollaboration, 8000, kBad},
    {Happened::kChangedDefinition, Whose::kServersAndTools, kSecurity, 8000, kBad},
    {Happened::kChangedBeside, Whose::kToolsOnly, kSecurity, 8000, kBad},
    {Happened::kPoisonedDefinition, Whose::kServersAndTools, kSecurity, 20000, kBad},
    {Happened::kStablePins, Whose::kServersOnly, kSecurity, 1000, kGood},
    {Happened::kOrderlyStart, Whose::kServersOnly, kCollaboration, 1000, kGood},
    {Happened::kOrderlyEnd, Whose::kServersOnly, kCollaboration, 1000, kGood},
};

}  // namespace

std::optional<Severity> severity_of(std::string_view name) {
  for (size_t i = 0; i < kSeverities.size(); ++i) {
    if (kSeverities[i] == name) return static_cast<Severity>(i);
  }
  return std::nullopt;
}

std::string_view to_string(Severity severity) { return kSeverities[static_cast<size_t>(severity)]; }

int32_t weight_of(Severity severity) { return kSeverityWeights[static_cast<size_t>(severity)]; }

std::optional<Event> event_of_report(const std::string& subject, std::string_view severity) {
  const auto known = severity_of(severity);
  if (!known) return std::nullopt;
  return Event{subject, kSecurity, weight_of(*known), kBad};
}

std::string agent_subject(std::string_view agent) { return cut("agent:" + std::string(agent)); }
std::string server_subject(std::string_view server) { return cut("server:" + std::string(server)); }
std::string tool_subject(std::string_view server, std::string_view tool) {
  return cut("tool:" + std::string(server) + "/" + std::string(tool));
}

Evidence::Evidence(std::string_view agent, std::string_view server, std::string_view tool) {
  if (!agent.empty()) agent_ = agent_subject(agent);
  if (!server.empty()) server_ = server_subject(server);
  if (!server.empty() && !tool.empty()) tool_ = tool_subject(server, tool);
}

void Evidence::put(const std::string& subject, Dimension dimension, int32_t weight, int32_t value) {
  if (!subject.empty() && weight > 0) events_.push_back({subject, dimension, weight, value});
}

Evidence& Evidence::add(Happened what, int32_t weight) {
  for (const Row& row : kRows) {
    if (row.what != what) continue;
    const int32_t counts = row.weight == kHandedIn ? weight : row.weight;
    if (row.whose == Whose::kAgents) {
      put(agent_, row.dimension, counts, row.value);
      continue;
    }
    if (row.whose != Whose::kToolsOnly) put(server_, row.dimension, counts, row.value);
    if (row.whose != Whose::kServersOnly) put(tool_, row.dimension, counts, row.value);
  }
  return *this;
}

Evidence& Evidence::finding(Remark remark, Side side) {
  if (remark.again) return *this;
  const int32_t weight = weight_of(remark.severity);
  if (side == Side::kAgent) {
    put(agent_, kSecurity, weight, kBad);
  } else {
    put(server_, kSecurity, weight, kBad);
    put(tool_, kSecurity, weight, kBad);
  }
  return *this;
}

std::vector<Event> events_of(const CallStory& story, std::string_view agent,
                             std::string_view server, std::string_view tool) {
  // Nearly every call of a busy session: good, and too often repeated to earn anything.
  CallStory good;
  good.weight = story.weight;
  if (story.weight <= 0 && story == good) return {};
  Evidence evidence(agent, server, tool);
  const bool unanswered = story.timed_out || story.lost;
  const bool failed = story.tool_error || story.internal_error || story.schema_mismatch;

  // What the agent chose.
  if (story.shadow_denied) evidence.add(Happened::kShadowDenied);
  for (const Remark remark : story.call_findings) evidence.finding(remark, Side::kAgent);
  if (story.cancelled) evidence.add(Happened::kCancelled);
  if (story.retried_failure) evidence.add(Happened::kRetriedFailure);
  if (story.burst) evidence.add(Happened::kBurst);
  if (!story.shadow_denied && story.call_findings.empty())
    evidence.add(Happened::kCleanCall, story.weight);
  if (!story.cancelled && !story.retried_failure) evidence.add(Happened::kForwarded, story.weight);

  // What the server did. A cancelled call owes no answer.
  if (story.timed_out) evidence.add(Happened::kTimeout);
  if (story.hung) evidence.add(Happened::kHung);
  if (story.lost) evidence.add(Happened::kUnanswered);
  for (const Remark remark : story.result_findings) evidence.finding(remark, Side::kServer);
  if (story.tool_error) evidence.add(Happened::kToolError);
  if (story.internal_error) evidence.add(Happened::kInternalError);
  if (story.schema_mismatch) evidence.add(Happened::kSchemaMismatch);
  if (story.oversized) evidence.add(Happened::kOversized);
  if (story.slow) evidence.add(Happened::kSlow);
  if (unanswered || story.cancelled) return evidence.take();
  if (story.result_findings.empty()) evidence.add(Happened::kCleanResult, story.weight);
  if (!failed) evidence.add(Happened::kWellFormed, story.weight);
  if (!story.hung) evidence.add(Happened::kAnswered, story.weight);
  if (story.progress_kept) evidence.add(Happened::kProgressKept, story.weight);
  if (!story.oversized && !story.slow) evidence.add(Happened::kInNorm, story.weight);
  return evidence.take();
}

std::vector<Event> events_of(const SessionStory& story, std::string_view server) {
  Evidence evidence({}, server, {});
  if (story.introduced) evidence.add(Happened::kOrderlyStart);
  if (story.orderly_end) evidence.add(Happened::kOrderlyEnd);
  if (story.crashed) evidence.add(Happened::kCrash);
  if (story.stable_pins) evidence.add(Happened::kStablePins);
  return evidence.take();
}

}  // namespace agentmesh::trust
