#include "cli/init_integration.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/files.h"
#include "base/shell_word.h"
#include "cli/here.h"
#include "cli/init_jetbrains.h"
#include "cli/probe.h"
#include "cli/recorder.h"
#include "cli/say.h"
#include "cli/wrapped.h"
#include "config/config.h"
#include "integrations/init.h"
#include "integrations/own_path.h"
#include "integrations/own_places.h"
#include "integrations/wrap.h"
#include "policy/policy.h"

namespace agentmesh::cli {
namespace {

// As it shall stand in an entry: a preset's name, or a file that loads, made absolute. Nothing: it was complained about.
std::optional<std::string> checked_policy(const std::string& given) {
  config::LoadedPolicy loaded = config::load_policy(given);
  if (complain_about(loaded.diagnostics, false) || loaded.failed) return std::nullopt;
  const policy::Policy::Compiled compiled = policy::Policy::compile(loaded.source);
  if (complain_about(compiled.diagnostics, false) || !compiled.policy) return std::nullopt;
  const auto presets = config::presets();
  const bool preset = std::any_of(presets.begin(), presets.end(),
                                  [&](const config::Builtin& each) { return each.name == given; });
  // Absolute, but not normalised: the disk knows where /a/link/../b leads, and that is what was loaded.
  return preset || given.starts_with('/') ? given : current_directory() + "/" + given;
}

// What the client's environment will not tell us: clients start servers with HOME and little else.
config::Environment bare(const config::Environment& environment) {
  return [environment](const char* name) -> std::optional<std::string> {
    return std::string_view(name) == "HOME" ? environment(name) : std::nullopt;
  };
}

// `found` if a client's bare environment would lead elsewhere; else "".
std::string unless_default(const std::string& found, const std::string& by_default) {
  return found == by_default ? "" : found;
}

// What the wrapped entries say. Nothing: it was complained about.
std::optional<integrations::RunOptions> run_options(const InitIntegrationOptions& given,
                                                    const std::string& state_dir,
                                                    const config::Environment& environment) {
  integrations::RunOptions run;
  auto self = integrations::own_path(given.self, executable_path(), environment);
  if (!self) {
    complain(self.error().what);
    return std::nullopt;
  }
  run.own_path = std::move(*self);
  if (!given.policy.empty()) {
    auto policy = checked_policy(given.policy);
    if (!policy) return std::nullopt;
    run.policy = std::move(*policy);
  }
  // Settings that do not load, or a policy of theirs that does not, would keep every server from starting.
  const auto here = find_here(given.state_dir, given.config);
  if (!here) return std::nullopt;
  if (given.policy.empty() && !checked_policy(here->settings.policy)) {
    complain_of_choice(here->settings);
    return std::nullopt;
  }
  const auto default_state = config::state_directory("", bare(environment));
  run.state_dir = unless_default(state_dir, default_state.value_or(""));
  const auto file = config::config_file(given.config, environment);
  const auto default_file = config::config_file("", bare(environment));
  // Settings in the usual place are named also where there are none yet: a file that is made there later counts, and one that is
  // removed is missed by nobody. What is named elsewhere has to be there.
  const bool named = file && (file_exists(file->path) || file->path == integrations::kNoSettings ||
                              file->path.ends_with(config::kUsualConfig));
  if (named) run.config = unless_default(file->path, default_file ? default_file->path : "");
  run.usual_state_dir = state_dir;
  run.usual_config = named ? file->path : std::string(integrations::kNoSettings);
  // Clients fill in what looks like a placeholder to them.
  for (const std::string* path : {&run.policy, &run.state_dir, &run.config})
    if (path->find_first_of("${") != std::string::npos) {
      complain(*path + " holds '$' or '{', which clients expand: use another path");
      return std::nullopt;
    }
  return run;
}

constexpr std::chrono::seconds kProbeTimeout{15};

// Everything that a run over one client needs, but the client.
struct Job {
  const InitIntegrationOptions& given;
  config::Environment environment;
  integrations::InitRequest request;
};

// One file of one client.
struct Target {
  const integrations::Client* client;
  std::string config_path;           // "": the client's default
  std::vector<std::string> servers;  // none: all
};

integrations::InitReport run_one(const Job& job, const Target& target, bool dry_run) {
  integrations::InitRequest request = job.request;
  request.client = target.client;
  request.config_path = target.config_path;
  request.servers = target.servers;
  request.dry_run = dry_run;
  const SystemClock clock;
  return integrations::init_integration(request, job.environment, clock);
}

// In the order in which a person reads them, wherever both streams go.
void print_report(const integrations::InitReport& report) {
  print(report.out);
  flush_printed();
  (void)std::fwrite(report.err.data(), 1, report.err.size(), stderr);
}

// The file as it is now, read; nothing if that fails (what was to be said about it was said).
struct ReadFile {
  std::string path;
  std::string text;
  integrations::Document document;
};
std::unique_ptr<ReadFile> read_client(const Job& job, const Target& target) {
  const auto found = integrations::find_file(*target.client, target.config_path, job.environment);
  if (!found) return nullptr;
  auto text = read_regular(found->path);
  if (!text) return nullptr;
  auto file = std::make_unique<ReadFile>();
  file->path = found->path;
  file->text = std::move(*text);
  auto document = integrations::read_document(file->text, *target.client, found->path);
  if (!document) return nullptr;
  file->document = std::move(*document);
  return file;
}

// Starts each wrapped server once and lists its tools by what the policy makes of them. Says what it sees; no verdict.
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
    TrialPlan plan = plan_trial(client, entry, file->path, job.environment);
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
  const std::string by_default = here ? here->settings.policy : "moderate";
  const auto results = run_trials(trials, kProbeTimeout);
  for (size_t i = 0; i < trials.size(); ++i) {
    const TrialResult& result = results[i];
    const std::string name = integrations::printable(trials[i].name);
    if (!result.trouble.empty()) {
      out += fmt::format("  {}: {}: {}{}\n", name, coloured("did not start", Colour::kRed),
                         result.trouble,
                         result.last_words.empty()
                             ? ""
                             : fmt::format("; its last line on stderr: \"{}\"", result.last_words));
      continue;
    }
    out += fmt::format("  {}: {} tool{}\n", name, result.tools.size(), plural(result.tools.size()));
    const std::string policy = trials[i].policy.empty() ? by_default : trials[i].policy;
    out += tool_lines(judge_tools(policy, trials[i].name, result.tools), name, "    ");
  }
  print(out);
  if (std::any_of(results.begin(), results.end(),
                  [](const TrialResult& result) { return !result.trouble.empty(); }))
    print(fmt::format(
        "what to do about it: agentmesh doctor --{}{}\n", client.flag,
        target.config_path.empty() ? "" : " --config-path " + shell_word(target.config_path)));
}

int run_client(const Job& job, const integrations::Client& client) {
  const Target target{&client, job.given.config_path, job.given.servers};
  const auto report = run_one(job, target, job.given.dry_run);
  print_report(report);
  const bool wrote = report.changes && !job.given.dry_run;
  if (report.status == kOk && wrote && !job.given.undo && !job.given.no_probe) probe(job, target);
  return report.status;
}

bool confirmed(const char* question) {
  if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDERR_FILENO) != 1) {
    complain("say --yes to go ahead; nothing was changed");
    return false;
  }
  (void)std::fprintf(stderr, "%s [y/N] ", question);
  char answer[16] = {};
  if (std::fgets(answer, sizeof answer, stdin) != nullptr && (answer[0] == 'y' || answer[0] == 'Y'))
    return true;
  complain("nothing was changed");
  return false;
}

// The client's file that counts among the user's own; "" if there is none.
std::string users_file(const Job& job, const integrations::Client& client) {
  const std::vector<std::string> there = integrations::files_here(client, job.environment);
  for (const auto& file : integrations::default_files(client, job.environment, ""))
    if (!file.only_if_named && std::find(there.begin(), there.end(), file.path) != there.end())
      return file.path;
  return "";
}

// The files of all clients that are found here: of each client the one that counts; to undo, every one that is there. One that
// is only the working directory's own is left alone, as whoever wrote that directory wrote it, and its servers would be started.
// `left_alone`: there are others, which were named.
std::vector<Target> targets_here(const Job& job, bool& left_alone) {
  std::vector<Target> targets;
  for (const integrations::Client& client : integrations::clients()) {
    if (job.given.undo) {
      for (std::string& path : integrations::files_here(client, job.environment))
        targets.push_back({&client, std::move(path), {}});
    } else if (const auto found = integrations::find_file(client, "", job.environment)) {
      std::string own = users_file(job, client);
      if (own == found->path) {
        targets.push_back({&client, "", {}});
        continue;
      }
      complain(fmt::format(
          "{}: {} is this project's own word, and left alone unless its client is named: agentmesh init-integration --{}",
          client.title, integrations::printable(found->path), client.flag));
      left_alone = true;
      if (!own.empty()) targets.push_back({&client, std::move(own), {}});
    } else {
      for (const std::string& path : integrations::files_here(client, job.environment)) {
        complain(fmt::format(
            "{}: {} is there, and left alone unless it is named: agentmesh init-integration --{} --config-path {}",
            client.title, integrations::printable(path), client.flag, shell_word(path)));
        left_alone = true;
      }
    }
  }
  return targets;
}

// Of the servers asked for those that the target's file holds. A file that cannot be read is asked for all of them: what is
// wrong with it is said then.
std::vector<std::string> servers_in(const Job& job, const Target& target) {
  const auto file = read_client(job, target);
  if (!file) return job.given.servers;
  std::vector<std::string> servers;
  for (const std::string& name : job.given.servers)
    if (std::any_of(file->document.entries.begin(), file->document.entries.end(),
                    [&name](const integrations::Entry& entry) { return entry.name == name; }))
      servers.push_back(name);
  return servers;
}

// Every client that is found here. First all of them are looked at: one that must be refused changes none. An undo goes on
// with the others: who takes agentmesh out needs as many servers as can be had back.
int run_all(const Job& job) {
  std::vector<Target> to_change;
  std::set<std::string> missing(job.given.servers.begin(), job.given.servers.end());
  bool any = false;
  bool left_alone = false;
  int status = kOk;
  for (Target& target : targets_here(job, left_alone)) {
    any = true;
    if (!job.given.servers.empty()) {
      target.servers = servers_in(job, target);
      if (target.servers.empty()) continue;
    }
    const auto report = run_one(job, target, true);
    if (job.given.dry_run) print(report.out);
    flush_printed();
    std::string said = report.err;
    if (!job.given.dry_run && said.ends_with(integrations::kDryRunLine))
      said.resize(said.size() - integrations::kDryRunLine.size());
    if (report.status != kOk) {
      status = report.status;
    } else {
      for (const std::string& name : target.servers) missing.erase(name);
    }
    // What is going to change is said when it has changed.
    const bool changes = report.status == kOk && report.changes;
    if (report.status == kOk && job.given.yes && !job.given.dry_run) {
      if (!changes) print(said);
    } else {
      (void)std::fwrite(said.data(), 1, said.size(), stderr);
    }
    if (changes) to_change.push_back(std::move(target));
  }
  if (!any) {
    complain(left_alone
                 ? "no other configuration of a client was found here"
                 : "no client's configuration was found here; name the client, and its file with "
                   "--config-path");
    return kUsage;
  }
  if (status != kOk && !job.given.undo) {
    complain("nothing was changed; mend the file, or name the clients one by one");
    return status;
  }
  if (!missing.empty()) {
    complain(fmt::format("no client has a server '{}'", integrations::printable(*missing.begin())));
    return kUsage;
  }
  const auto over = [&job](int what) {
    if (what != kOk && job.given.undo)
      complain("not everything is undone: mend what is said above, and run this again");
    return what;
  };
  if (job.given.dry_run) return over(status);
  if (to_change.empty()) {
    if (!job.given.yes) print(job.given.undo ? "nothing to undo\n" : "nothing to change\n");
    return over(status);
  }
  if (!job.given.yes &&
      !confirmed(job.given.undo ? "Take agentmesh out of these files?" : "Change these files?"))
    return kUsage;
  for (const Target& target : to_change) {
    const auto report = run_one(job, target, false);
    print_report(report);
    if (report.status != kOk) status = report.status;
  }
  if (!job.given.undo && !job.given.no_probe)
    for (const Target& target : to_change) probe(job, target);
  return over(status);
}

// The state directories that entries of the files to be edited name.
std::vector<std::string> states_of_targets(const Job& job) {
  std::vector<std::string> states;
  const auto add = [&](const integrations::Client& client, const std::string& file) {
    for (std::string& state : state_dirs_in(client, file, job.environment))
      states.push_back(std::move(state));
  };
  if (!job.given.clients.empty()) {
    const integrations::Client& client = *integrations::find_client(job.given.clients.front());
    const auto found = integrations::find_file(client, job.given.config_path, job.environment);
    if (found) add(client, found->path);
    return states;
  }
  for (const integrations::Client& client : integrations::clients())
    for (const std::string& file : integrations::files_here(client, job.environment))
      add(client, file);
  return states;
}

// "" or what is wrong with the options together.
std::string contradiction(const InitIntegrationOptions& given) {
  const size_t named = given.clients.size() + (given.jetbrains ? 1 : 0);
  if (named > 1) return "name one client at a time, or --all";
  if (given.all && named > 0) return "--all is every client; name none beside it";
  if (named == 0 && !given.config_path.empty())
    return "--config-path goes with the client that reads the file, such as --claude";
  return "";
}

}  // namespace

int run_init_integration(const InitIntegrationOptions& given) {
  if (const std::string wrong = contradiction(given); !wrong.empty()) {
    complain("init-integration: " + wrong);
    return kUsage;
  }
  Job job{given, config::system_environment(), {}};
  auto state_dir = config::state_directory(given.state_dir, job.environment);
  if (!state_dir) {
    complain(state_dir.error().what);
    return kUsage;
  }
  // A run with --policy could loosen what is wrapped already, so all that writes is for people.
  if (!given.dry_run && !given.jetbrains) {
    const char* command = given.undo ? "init-integration --undo" : "init-integration";
    if (refused_to_servers(*state_dir, command, states_of_targets(job))) return kNo;
  }
  job.request.config_path = given.config_path;
  job.request.undo = given.undo;
  if (!given.undo) {
    auto run = run_options(given, *state_dir, job.environment);
    if (!run) return kUsage;
    job.request.run = std::move(*run);
  }
  job.request.state_dir = std::move(*state_dir);
  if (given.jetbrains) return print_for_jetbrains(given, job.request.run);
  if (given.clients.empty()) return run_all(job);
  return run_client(job, *integrations::find_client(given.clients.front()));
}

}  // namespace agentmesh::cli
