// Events: what happened, as evidence. The one table of what counts for whom and how much (trust.md, Five dimensions).
//
// What the agent chose counts for the agent; what the server did for the server and, where one tool did it, that tool.
// Weights are thousandths: an ordinary good call 1000; findings low 1000, medium 3000, high 8000, critical 20000.
// Value is 1000 for what is good and 0 for what is not.
//
//   what happened        agent                           server, tool
//   -------------------  ------------------------------  ------------------------------------------------
//   kCleanCall           policy, security: w             policy: w
//   kForwarded           quality, resource, collab.: w
//   kCleanResult                                         security: w
//   kWellFormed                                          quality: w
//   kAnswered                                            collaboration: w
//   kInNorm                                              resource: w
//   kProgressKept                                        collaboration: w
//   kDenied              policy 1000
//   kShadowDenied        policy 1000
//   kLimitHit            policy 1000, resource 1000
//   kDeclined            policy 3000
//   kMalformed           quality 1000, policy 1000
//   kBurst               resource 1000
//   kRetriedFailure      resource 1000
//   kCancelled           collaboration 1000
//   kServerDenied                                        policy 1000           (server only)
//   kProtocolViolation                                   security 3000         (server only)
//   kJunk                                                quality 1000          (server only)
//   kUnanswered                                          collaboration 1000
//   kToolError                                           quality 1000
//   kInternalError                                       quality 3000
//   kSchemaMismatch                                      quality 1000
//   kTimeout                                             resource 3000
//   kHung                                                collaboration 3000
//   kOversized                                           resource 1000
//   kSlow                                                resource 1000
//   kCrash                                               collaboration 8000    (server only)
//   kChangedDefinition                                   security 8000
//   kChangedBeside                                       security 8000          (tool only)
//   kPoisonedDefinition                                  security 20000
//   kStablePins                                          security 1000         (server only)
//   kOrderlyStart, kOrderlyEnd                           collaboration 1000    (server only)
//   finding in the call  security: severity
//   finding in result                                    security: severity
//                        (those that are evidence: proxy/evidence.h)
//
// w is the weight of Repetition (score.h): 1000/(1+n). A denial counts only if policy, rate, approval (declined) or
// reading caused it: pins, halts, breakers, the log and trust itself are not the agent's doing.
// Thread: values.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "trust/trust.h"

namespace agentmesh::trust {

enum class Severity : uint8_t { kLow, kMedium, kHigh, kCritical };
std::optional<Severity> severity_of(std::string_view name);  // "low", "medium", "high", "critical"
std::string_view to_string(Severity severity);
int32_t weight_of(Severity severity);  // thousandths
// The event that a `trust report` is: a finding of that severity against the subject. Nothing for an unknown severity.
std::optional<Event> event_of_report(const std::string& subject, std::string_view severity);

enum class Happened : uint8_t {
  kCleanCall,    // allowed, and nothing found in what it sent
  kForwarded,    // a well-formed request, neither cancelled nor repeated in vain
  kCleanResult,  // nothing found in it
  kWellFormed,   // neither isError nor an error, and it fits its outputSchema
  kAnswered,
  kInNorm,
  kProgressKept,  // the client asked for progress, and what came of it only rose
  kDenied,
  kShadowDenied,
  kLimitHit,
  kDeclined,   // a person said no
  kMalformed,  // the client sent what cannot be read in one way
  kBurst,
  kRetriedFailure,
  kCancelled,
  kServerDenied,  // a request of the server was denied
  kProtocolViolation,
  kJunk,           // a line on stdout that is no message
  kUnanswered,     // open at the session's end
  kToolError,      // isError
  kInternalError,  // JSON-RPC −32603, unreadable output
  kSchemaMismatch,
  kTimeout,  // call_timeout_ms passed
  kHung,     // no answer before the breaker's deadline
  kOversized,
  kSlow,
  kCrash,
  kChangedDefinition,
  kChangedBeside,  // a further one of the same listing: the server was charged for that
  kPoisonedDefinition,
  kStablePins,
  kOrderlyStart,
  kOrderlyEnd,
};
inline constexpr size_t kHappened = static_cast<size_t>(Happened::kOrderlyEnd) + 1;

// Who chose it: an argument is the agent's, a result the server's.
enum class Side : uint8_t { kAgent, kServer };

// A finding that is evidence. `again`: the same doubt was counted within the hour; neither bad once more nor good.
struct Remark {
  Severity severity = Severity::kLow;
  bool again = false;

  bool operator==(const Remark&) const = default;
};

// Gathers the events of one record. An empty name has no events.
class Evidence {
 public:
  // Names are copied into subjects.
  Evidence(std::string_view agent, std::string_view server, std::string_view tool);

  // `weight` (thousandths) only matters where the table says w; 0 adds nothing.
  Evidence& add(Happened what, int32_t weight = 1000);
  Evidence& finding(Remark remark, Side side);

  // In the order they were added; the same subject and dimension from one side stay separate events.
  std::vector<Event> take() { return std::move(events_); }

 private:
  void put(const std::string& subject, Dimension dimension, int32_t weight, int32_t value);

  std::string agent_, server_, tool_;  // subjects; "" for none
  std::vector<Event> events_;
};

// A call that was answered, told in full: what the outcome record of a forwarded call carries.
struct CallStory {
  int32_t weight = 1000;  // of Repetition (score.h), asked once for every forwarded call
  bool cancelled = false;
  bool tool_error = false;
  bool internal_error = false;
  bool schema_mismatch = false;
  bool timed_out = false;
  bool hung = false;
  bool lost = false;  // still open when the session ended
  bool oversized = false;
  bool slow = false;
  bool shadow_denied = false;
  bool retried_failure = false;
  bool burst = false;
  bool progress_kept = false;
  std::vector<Remark> call_findings;
  std::vector<Remark> result_findings;

  bool operator==(const CallStory&) const = default;
};
std::vector<Event> events_of(const CallStory& story, std::string_view agent,
                             std::string_view server, std::string_view tool);

// A session that ended: what its session.end record carries.
struct SessionStory {
  bool introduced = false;   // the handshake was answered
  bool orderly_end = false;  // the client hung up, and the server ended by itself with status 0
  bool crashed =
      false;  // the server ended with another status, or closed its stdout, while the client was there
  bool stable_pins =
      false;  // it listed its tools, and everything it introduced was what had been accepted before
};
std::vector<Event> events_of(const SessionStory& story, std::string_view server);

}  // namespace agentmesh::trust
