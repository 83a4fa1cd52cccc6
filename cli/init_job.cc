#include "cli/init_job.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/files.h"
#include "base/shell_word.h"
#include "cli/here.h"
#include "cli/policy_in_use.h"
#include "cli/probe.h"
#include "cli/say.h"
#include "integrations/client_file.h"
#include "integrations/find_file.h"
#include "integrations/summary.h"

namespace agentmesh::cli {
namespace {

constexpr std::chrono::seconds kProbeTimeout{15};

}  // namespace

integrations::InitReport run_one(const Job& job, const Target& target, bool dry_run) {
  integrations::InitRequest request = job.request;
  request.client = target.client;
  request.config_path = target.config_path;
  request.known_as = target.known_as;
  request.servers = target.servers;
  if (!target.remembered_in.empty()) request.state_dir = target.remembered_in;
  request.run.only_wrapped = target.only_wrapped;
  request.dry_run = dry_run;
  const SystemClock clock;
  return integrations::init_integration(request, job.environment, clock);
}

void complain_of_gone(const FileOfClient& gone) {
  complain(fmt::format(
      "{}: {} is gone: nothing to undo there (agentmesh init-integration --{} --undo --config-path {} forgets it)",
      gone.client->title, integrations::printable(gone.file), gone.client->flag,
      shell_word(gone.file)));
}

void print_report(const integrations::InitReport& report) {
  print(report.out);
  flush_printed();
  (void)std::fwrite(report.err.data(), 1, report.err.size(), stderr);
}

std::unique_ptr<ReadFile> read_client(const Job& job, const Target& target) {
  const auto found = integrations::find_file(*target.client, target.config_path, job.environment);
  if (!found) return nullptr;
  auto text = integrations::read_client_file(found->path);
  if (!text) return nullptr;
  auto file = std::make_unique<ReadFile>();
  file->path = found->path;
  file->text = std::move(*text);
  auto document = integrations::read_document(
      file->text, *target.client, target.known_as.empty() ? found->path : target.known_as);
  if (!document) return nullptr;
  file->document = std::move(*document);
  return file;
}

void probe(const Job& job, const Target& target) {
  const integrations::Client& client = *target.client;
  const auto file = read_client(job, target);
  if (!file) return;
  const std::set<std::string> asked(job.given.servers.begin(), job.given.servers.end());
  std::vector<Trial> trials;
  std::string out;
  for (const integrations::Entry& entry : file->document.entries) {
    if (entry.standing != integrations::Standing::kOurs) continue;
    if (!asked.empty() && !asked.contains(entry.name)) continue;
    TrialPlan plan = plan_trial(file->document, entry, file->path, job.environment);
    if (plan.trial) {
      trials.push_back(std::move(*plan.trial));
    } else {
      out +=
          fmt::format("  {}: not tried: {}\n", integrations::printable(entry.name), plan.why_not);
    }
  }
  if (trials.empty() && out.empty()) return;
  print(fmt::format("{}: each wrapped server started once (--no-probe leaves this out):\n",
                    client.title));
  const auto here = find_here(job.given.state_dir, job.given.config);
  PolicyChoice choice;
  if (here) choice = {"", here->state_dir, here->config_file, {}, here->settings, {}, {}};
  const auto results = run_trials(trials, kProbeTimeout);
  for (size_t i = 0; i < trials.size(); ++i) {
    const TrialResult& result = results[i];
    const std::string name = integrations::printable(trials[i].name);
    if (!result.trouble.empty()) {
      std::string said = result.trouble;
      if (result.junk) said += fmt::format("; {}", kJunkOnStdout);
      if (!result.last_words.empty())
        said += fmt::format("; its last line {}: \"{}\"",
                            result.junk ? "beside its messages" : "on stderr", result.last_words);
      out += fmt::format("  {}: {}: {}\n", name, coloured("did not start", Colour::kRed), said);
      continue;
    }
    out += fmt::format("  {}: {} tool{}\n", name, result.tools.size(), plural(result.tools.size()));
    choice.policy = trials[i].policy.empty() ? choice.settings.policy : trials[i].policy;
    choice.mode = mode_from(trials[i].mode);
    JudgedTools judged = judge_tools(policy_in_use(choice), trials[i].name, result.tools);
    if (here) judged.state_words = state_words(here->state_dir);
    out += tool_lines(judged, name, "    ");
  }
  print(out);
  if (std::any_of(results.begin(), results.end(),
                  [](const TrialResult& result) { return !result.trouble.empty(); }))
    print(fmt::format(
        "what to do about it: agentmesh doctor --{}{}\n", client.flag,
        target.config_path.empty() ? "" : " --config-path " + shell_word(target.config_path)));
}

}  // namespace agentmesh::cli
