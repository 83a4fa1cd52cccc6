#include "cli/init_integration.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/files.h"
#include "base/shell_word.h"
#include "cli/client_files.h"
#include "cli/governors.h"
#include "cli/here.h"
#include "cli/init_jetbrains.h"
#include "cli/init_job.h"
#include "cli/recorder.h"
#include "cli/say.h"
#include "cli/wrapped.h"
#include "config/config.h"
#include "integrations/client_file.h"
#include "integrations/entries.h"
#include "integrations/find_file.h"
#include "integrations/lesson.h"
#include "integrations/memory.h"
#include "integrations/own_path.h"
#include "integrations/own_places.h"
#include "integrations/summary.h"
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
  run.chose_state_dir = !given.state_dir.empty();
  run.chose_config = !given.config.empty();
  // Clients fill in what looks like a placeholder to them.
  for (const std::string* path :
       {&run.policy, run.chose_state_dir ? &run.usual_state_dir : &run.state_dir,
        run.chose_config ? &run.usual_config : &run.config})
    if (path->find_first_of("${") != std::string::npos) {
      complain(*path + " holds '$' or '{', which clients expand: use another path");
      return std::nullopt;
    }
  return run;
}

// Gone, or there with nothing of ours in it.
bool has_none(const integrations::Client& client, const std::string& file,
              const std::string& name) {
  if (file.empty() || is_gone(file)) return true;
  const auto text = integrations::read_client_file(file);
  return text && !integrations::holds_ours(client, *text, name).value_or(true);
}

// The other files that what is undone may be: what it led to, or what led to it, when it was wrapped.
std::vector<FileOfClient> others_than_undone(const Job& job, const integrations::Client& client) {
  const auto undone = integrations::find_file(client, job.given.config_path, job.environment);
  if (!job.given.undo || !undone) return {};
  std::vector<FileOfClient> remembered = remembered_files(job.request.state_dir);
  std::set<std::string> names;
  for (const FileOfClient& one : remembered)
    if (one.client == &client && (one.file == undone->path || one.name == undone->path))
      names.insert(one.name);
  std::vector<FileOfClient> others;
  std::set<std::string> known{undone->path};
  for (FileOfClient& one : remembered)
    if (one.client == &client && names.contains(one.name) && known.insert(one.file).second)
      others.push_back(std::move(one));
  return others;
}

std::string still_wrapped(const integrations::Client& client, const std::string& file) {
  return fmt::format(
      "{} is still wrapped (agentmesh init-integration --{} --undo --config-path {} takes it out)",
      integrations::printable(file), client.flag, shell_word(file));
}

// A remembered file that is gone, and is named (by the name under which it was wrapped, or where that led): whoever knows that it does not
// come back has it forgotten, if the other one holds nothing of ours. Nothing: that is not so.
std::optional<int> forget_gone(const Job& job, const integrations::Client& client) {
  const std::string& given = job.given.config_path;
  if (!job.given.undo || given.empty() || !is_gone(given)) return std::nullopt;
  const std::string file = given.starts_with('/') ? given : current_directory() + "/" + given;
  bool known = false;
  std::string held;  // the other one, that holds ours
  for (const std::string& state : job.request.remembering) {
    const integrations::Memory memory = integrations::remembered(state);
    integrations::Memory forgotten;
    for (const integrations::WrappedFile& one : memory.files) {
      if (one.client != client.flag || (one.file != file && one.real != file)) continue;
      const std::string& other = one.file == file ? one.real : one.file;
      if (!has_none(client, other, one.file)) {
        held = other;
        continue;
      }
      forgotten.files.insert(one);
      for (const integrations::AddedArgs& added : memory.args_added)
        if (added.file == one.file || added.file == one.real) forgotten.args_added.insert(added);
    }
    if (forgotten.files.empty()) continue;
    known = true;
    if (job.given.dry_run) continue;
    const auto kept = integrations::remember(state, {}, forgotten);
    (void)std::fputs(integrations::told(kept, state, {}, file).c_str(), stderr);
    if (!kept) return kUsage;
  }
  if (!known && held.empty()) return std::nullopt;
  if (!known) {
    complain(fmt::format("{}: {} is gone; {}", client.title, integrations::printable(file),
                         still_wrapped(client, held)));
    return kUsage;
  }
  print(fmt::format("{}: {} is gone: {}\n", client.title, integrations::printable(file),
                    job.given.dry_run ? "would be forgotten" : "forgotten"));
  if (!held.empty()) complain(fmt::format("{}: {}", client.title, still_wrapped(client, held)));
  return kOk;
}

int run_client(const Job& job, const integrations::Client& client) {
  if (const auto status = forget_gone(job, client)) return *status;
  const Target target{&client, job.given.config_path, job.given.servers};
  const std::vector<FileOfClient> others = others_than_undone(job, client);
  const auto report = run_one(job, target, job.given.dry_run);
  print_report(report);
  for (const FileOfClient& one : others) {
    if (is_gone(one.file)) {
      complain_of_gone(one);
    } else if (!has_none(client, one.file, one.name)) {
      complain(fmt::format("{}: {}", client.title, still_wrapped(client, one.file)));
    }
  }
  const bool wrote = report.changes && !job.given.dry_run;
  if (report.status == kOk && wrote && !job.given.undo && !job.given.no_probe) probe(job, target);
  return report.status;
}

// The state directories that entries of the files to be edited name.
std::vector<std::string> states_of_targets(const Job& job) {
  std::vector<std::string> states;
  const auto add = [&](const integrations::Client& client, const std::string& file,
                       const std::string& name) {
    for (std::string& state : state_dirs_in(client, file, name, job.environment))
      states.push_back(std::move(state));
  };
  if (!job.given.clients.empty()) {
    const integrations::Client& client = *integrations::find_client(job.given.clients.front());
    const auto found = integrations::find_file(client, job.given.config_path, job.environment);
    if (found) add(client, found->path, found->path);
    return states;
  }
  for (const FileOfClient& one : files_of_clients(job.request.state_dir, job.environment))
    add(*one.client, one.file, one.name);
  return states;
}

// Where else it is to be remembered that a file is wrapped: where servers keep their state whose entries say nothing of it. An undo is
// told wherever it could be remembered.
std::vector<std::string> other_state_dirs(const Job& job) {
  if (job.given.undo) return state_dirs_to_ask(job.request.state_dir, states_of_targets(job));
  auto usual = config::state_directory("", bare(job.environment));
  return usual ? std::vector<std::string>{std::move(*usual)} : std::vector<std::string>();
}

// "" or what is wrong with the options together.
std::string contradiction(const InitIntegrationOptions& given) {
  const size_t named = given.clients.size() + (given.jetbrains ? 1 : 0);
  if (named > 1) return "name one client at a time, or --all";
  if (given.all && named > 0) return "--all is every client; name none beside it";
  if (named == 0 && !given.config_path.empty())
    return "--config-path goes with the client that reads the file, such as --claude";
  if (given.undo && !(given.policy.empty() && given.config.empty()))
    return "--undo takes agentmesh out; --policy and --config say what goes in: leave them out, or --undo";
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
  if (is_no_directory(*state_dir)) return kUsage;
  job.request.state_dir = *state_dir;
  job.request.undo = given.undo;
  // A run with --policy could loosen what is wrapped already, so all that writes is for people.
  if (!given.dry_run && !given.jetbrains) {
    const char* command = given.undo ? "init-integration --undo" : "init-integration";
    if (refused_to_servers(*state_dir, command, states_of_targets(job))) return kNo;
  }
  job.request.config_path = given.config_path;
  job.request.other_state_dirs = other_state_dirs(job);
  // What an entry of a project's file names is told, and not believed.
  if (given.undo) job.request.remembering = state_dirs_that_remember(*state_dir);
  if (!given.undo) {
    auto run = run_options(given, *state_dir, job.environment);
    if (!run) return kUsage;
    job.request.run = std::move(*run);
  }
  if (given.jetbrains) return print_for_jetbrains(given, job.request.run);
  if (given.clients.empty()) return run_all(job);
  return run_client(job, *integrations::find_client(given.clients.front()));
}

}  // namespace agentmesh::cli
