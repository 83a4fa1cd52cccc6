#include <utility>

#include <fmt/format.h>

#include "base/files.h"
#include "cli/doctor_server.h"
#include "cli/here.h"
#include "integrations/own_places.h"
#include "integrations/summary.h"

namespace agentmesh::cli {
namespace {

using integrations::Standing;
using std::string;

constexpr const char* kId = "server.starts";

// What most often helps.
string mend(const Server& server, const TrialResult& result) {
  const string& words = result.last_words;
  const auto says = [&words](const char* what) { return words.find(what) != string::npos; };
  if (says("not set") || says("required") || says("missing") || says("undefined") ||
      says("API key"))
    return fmt::format("add it to \"env\" in {}", server.place);
  if (result.junk)
    return fmt::format(
        "have it write that to stderr (console.error, print(…, file=sys.stderr)), or be quiet: stdout is for messages "
        "alone; the entry is at {}",
        server.place);
  if (result.trouble.starts_with("no answer"))
    return fmt::format(
        "give it longer (--timeout 60), or run its command in a terminal; the entry is at {}",
        server.place);
  return fmt::format("run its command in a terminal and see; the entry is at {}", server.place);
}

void report(const Patient& patient, const Server& server, const Trial& trial,
            const TrialResult& result) {
  if (result.trouble.empty()) {
    Check& check =
        about(patient, *server.file, *server.entry, kId, CheckStatus::kGood,
              fmt::format("MCP {}, {} tool{} in {} ms", integrations::printable(result.protocol),
                          result.tools.size(), result.tools.size() == 1 ? "" : "s", result.ms));
    check.ms = result.ms;
    check.has_tools = true;
    check.tools = judge_tools(server.policy, trial.name, result.tools);
    check.tools.elsewhere = server.state_dir.empty();
    if (!check.tools.elsewhere) check.tools.state_words = state_words(server.state_dir);
    return;
  }
  string detail = result.trouble;
  if (result.junk) detail += fmt::format("; {}", kJunkOnStdout);
  if (!result.last_words.empty() && result.junk)
    detail += fmt::format("; the last line beside its messages: \"{}\"", result.last_words);
  else if (!result.last_words.empty())
    detail += fmt::format("; last stderr line: \"{}\"", result.last_words);
  Check& check = about(patient, *server.file, *server.entry, kId, CheckStatus::kFail, detail,
                       mend(server, result));
  check.ms = result.ms;
}

}  // namespace

void start_servers(const Patient& patient, std::vector<Server>& servers,
                   const std::set<string>& broken_binaries) {
  std::vector<Trial> trials;
  std::vector<const Server*> tried;
  for (Server& server : servers) {
    if (server.entry->standing == Standing::kOurs &&
        broken_binaries.contains(server.entry->command_field().text)) {
      server.can_start = false;
      server.why_not = "agentmesh itself is not there";
    }
    if (patient.options.no_start && server.can_start) {
      server.can_start = false;
      server.why_not = "--no-start";
    }
    string fix;
    if (server.file->unasked && server.can_start) {
      server.can_start = false;
      server.why_not = fmt::format("not started: {}", kUnasked);
      fix = fmt::format("agentmesh doctor --{}, if you trust what it starts",
                        server.file->client->flag);
    }
    TrialPlan& plan = server.plan;
    if (server.can_start && plan.trial) {
      trials.push_back(std::move(*plan.trial));
      tried.push_back(&server);
    } else if (server.can_start && plan.fails) {
      about(patient, *server.file, *server.entry, kId, CheckStatus::kFail, plan.why_not,
            "make the file, or mend envFile at " + server.place);
    } else {
      about(patient, *server.file, *server.entry, kId, CheckStatus::kSkip,
            server.can_start ? plan.why_not : server.why_not, fix);
    }
  }
  const std::chrono::seconds timeout(patient.options.timeout_s);
  const auto results = run_trials(trials, timeout);
  for (size_t i = 0; i < trials.size(); ++i) report(patient, *tried[i], trials[i], results[i]);
}

}  // namespace agentmesh::cli
