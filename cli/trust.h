// agentmesh trust: scores, where they come from, and whether the log agrees.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/recorder.h"
#include "proxy/log_evidence.h"
#include "trust/score.h"
#include "trust/trust.h"

namespace agentmesh::cli {

using proxy::TrustLine;
// Calls the function for every such line of the log, oldest first; main makes it from the log's reader.
using TrustLines = std::function<Result<void>(const std::function<void(const TrustLine&)>&)>;

struct TrustOptions {
  std::string state_dir;
  std::string subject;  // agent:NAME, server:NAME, tool:SERVER/NAME
  trust::Options trust;
  bool history = false;
  bool json = false;
  std::string log = "main";  // that the lines are from
};
// All scores, or one with its dimensions (and its history). 1: no such subject.
int trust_show(const TrustOptions& options);
// The events that cost or earned a subject most, as they count now, with their place in the log. 1: the log has none.
int trust_explain(const TrustOptions& options, const TrustLines& lines, size_t most = 10);
// Every score computed again from the log, against what is stored: 0 if each is within 1 of 1000, else 1.
int trust_replay(const TrustOptions& options, const TrustLines& lines);

struct TrustReportOptions {
  std::string state_dir;
  std::string subject;
  std::string severity;  // low | medium | high | critical
  std::string why;
  trust::Options trust;
  bool json = false;
};
int trust_report(const TrustReportOptions& options, const Recorder& record);
// Back to the prior. Not for descendants of a governed server.
int trust_reset(const TrustReportOptions& options, const Recorder& record);

}  // namespace agentmesh::cli
