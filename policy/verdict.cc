#include "policy/verdict.h"

namespace agentmesh::policy {

std::string_view to_string(Action action) {
  switch (action) {
    case Action::kAllow: return "allow";
    case Action::kDeny: return "deny";
    case Action::kRequireApproval: return "require_approval";
    case Action::kRedact: return "redact";
    case Action::kNeutralise: return "neutralise";
    case Action::kWarn: return "warn";
    case Action::kLog: return "log";
  }
  return "deny";
}

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::kLow: return "low";
    case Severity::kMedium: return "medium";
    case Severity::kHigh: return "high";
    case Severity::kCritical: return "critical";
  }
  return "critical";
}

}  // namespace agentmesh::policy
