#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/shell_word.h"
#include "cli/init_job.h"
#include "cli/say.h"

namespace agentmesh::cli {
namespace {

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

}  // namespace

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

}  // namespace agentmesh::cli
