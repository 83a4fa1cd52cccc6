#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/files.h"
#include "base/shell_word.h"
#include "cli/client_files.h"
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

// What is looked at.
struct Found {
  std::vector<Target> targets;
  bool left_alone = false;  // there are others, which were named
  bool gone = false;        // a remembered file is not there any more, which was said
};

// To undo: every file of every client that is there, and those that are remembered as wrapped, wherever they are. One that is gone
// stays remembered: its disk may come back.
Found wrapped_here(const Job& job) {
  Found found;
  for (FileOfClient& one : files_of_clients(job.request.state_dir, job.environment)) {
    if (one.remembered_in.empty() || file_exists(one.file)) {
      found.targets.push_back({one.client, std::move(one.file), {}, std::move(one.remembered_in)});
      continue;
    }
    complain(fmt::format("{}: {} is gone: nothing to undo there", one.client->title,
                         integrations::printable(one.file)));
    found.gone = true;
  }
  return found;
}

// To wrap: of each client that is found here the file that counts. One that is only the working directory's own is left alone, as
// whoever wrote that directory wrote it, and its servers would be started.
Found to_wrap_here(const Job& job) {
  Found all;
  for (const integrations::Client& client : integrations::clients()) {
    if (const auto found = integrations::find_file(client, "", job.environment)) {
      std::string own = users_file(job, client);
      if (own == found->path) {
        all.targets.push_back({&client, "", {}});
        continue;
      }
      complain(fmt::format(
          "{}: {} is this project's own word, and left alone unless its client is named: agentmesh init-integration --{}",
          client.title, integrations::printable(found->path), client.flag));
      all.left_alone = true;
      if (!own.empty()) all.targets.push_back({&client, std::move(own), {}});
      continue;
    }
    for (const std::string& path : integrations::files_here(client, job.environment)) {
      complain(fmt::format(
          "{}: {} is there, and left alone unless it is named: agentmesh init-integration --{} --config-path {}",
          client.title, integrations::printable(path), client.flag, shell_word(path)));
      all.left_alone = true;
    }
  }
  return all;
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

// What a first look at all of them has shown.
struct Look {
  std::vector<Target> to_change;
  std::string said;               // of those that can be read, and not yet printed
  std::set<std::string> missing;  // servers that were asked for and are in none of them
  int status = kOk;
};

// Each of them as a dry run. What is going to change under --yes is said when it has changed.
Look look_at(const Job& job, std::vector<Target> targets) {
  Look look;
  look.missing = {job.given.servers.begin(), job.given.servers.end()};
  for (Target& target : targets) {
    if (!job.given.servers.empty()) {
      target.servers = servers_in(job, target);
      if (target.servers.empty()) continue;
    }
    const auto report = run_one(job, target, true);
    if (report.status != kOk || job.given.dry_run) {
      print(report.out);
      flush_printed();
      (void)std::fwrite(report.err.data(), 1, report.err.size(), stderr);
    }
    if (report.status != kOk) {
      look.status = report.status;
      continue;
    }
    for (const std::string& name : target.servers) look.missing.erase(name);
    if (!job.given.dry_run && !(report.changes && job.given.yes)) {
      look.said += report.err;
      if (look.said.ends_with(integrations::kDryRunLine))
        look.said.resize(look.said.size() - integrations::kDryRunLine.size());
    }
    if (report.changes) {
      look.to_change.push_back(std::move(target));
    } else if (!target.remembered_in.empty() && !job.given.dry_run) {
      (void)run_one(job, target, false);  // nothing of ours is in it any more: it is forgotten
    }
  }
  return look;
}

}  // namespace

int run_all(const Job& job) {
  Found found = job.given.undo ? wrapped_here(job) : to_wrap_here(job);
  if (found.targets.empty() && !found.gone) {
    complain(found.left_alone
                 ? "no other configuration of a client was found here"
                 : "no client's configuration was found here; name the client, and its file with "
                   "--config-path");
    return kUsage;
  }
  Look look = look_at(job, std::move(found.targets));
  int status = look.status;
  // Before a question it is read where the question is; otherwise it is the answer.
  const bool asks = !job.given.yes && !look.to_change.empty();
  if (asks || (status != kOk && !job.given.undo) || !look.missing.empty()) {
    (void)std::fwrite(look.said.data(), 1, look.said.size(), stderr);
  } else {
    print(look.said);
    flush_printed();
  }
  if (status != kOk && !job.given.undo) {
    complain("nothing was changed; mend the file, or name the clients one by one");
    return status;
  }
  if (!look.missing.empty()) {
    complain(
        fmt::format("no client has a server '{}'", integrations::printable(*look.missing.begin())));
    return kUsage;
  }
  const auto over = [&job](int what) {
    if (what != kOk && job.given.undo)
      complain("not everything is undone: mend what is said above, and run this again");
    return what;
  };
  if (job.given.dry_run || look.to_change.empty()) return over(status);
  if (!job.given.yes &&
      !confirmed(job.given.undo ? "Take agentmesh out of these files?" : "Change these files?"))
    return kUsage;
  for (const Target& target : look.to_change) {
    const auto report = run_one(job, target, false);
    print_report(report);
    if (report.status != kOk) status = report.status;
  }
  if (!job.given.undo && !job.given.no_probe)
    for (const Target& target : look.to_change) probe(job, target);
  return over(status);
}

}  // namespace agentmesh::cli
