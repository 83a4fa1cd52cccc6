#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/files.h"
#include "base/shell_word.h"
#include "cli/client_files.h"
#include "cli/init_job.h"
#include "cli/say.h"
#include "integrations/client_file.h"
#include "integrations/entries.h"
#include "integrations/find_file.h"
#include "integrations/summary.h"

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

Target target_of(FileOfClient one, bool only_wrapped) {
  Target target{one.client, std::move(one.file), {}, std::move(one.remembered_in), only_wrapped};
  target.known_as = std::move(one.name);
  target.leads_elsewhere = one.leads_elsewhere;
  return target;
}

// What is looked at.
struct Found {
  std::vector<Target> targets;
  bool left_alone = false;  // there are others, which were named
  bool gone = false;        // a remembered file is not there any more, which was said
};

// To undo: every file of every client that is there, and those that are remembered as wrapped, wherever they are. One that is gone
// stays remembered, until a person names it: its disk may come back.
Found wrapped_here(const Job& job) {
  Found found;
  for (FileOfClient& one : files_of_clients(job.request.state_dir, job.environment)) {
    if (one.remembered_in.empty() || !is_gone(one.file)) {
      found.targets.push_back(target_of(std::move(one), false));
      continue;
    }
    complain_of_gone(one);
    found.gone = true;
  }
  return found;
}

// The files that were wrapped beside those: what is wrapped in them is brought up to date (agentmesh may have moved), and nothing else.
void add_remembered(const Job& job, std::vector<Target>& targets) {
  std::set<LookedAt> there;
  for (const Target& target : targets)
    if (const auto found =
            integrations::find_file(*target.client, target.config_path, job.environment))
      there.insert(looked_at(*target.client, found->path, found->path));
  for (FileOfClient& one : remembered_files(job.request.state_dir))
    if (!is_gone(one.file) && there.insert(looked_at(*one.client, one.file, one.name)).second)
      targets.push_back(target_of(std::move(one), true));
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
  add_remembered(job, all.targets);
  return all;
}

// What a first look at all of them has shown.
struct Look {
  std::vector<Target> to_change;
  std::string said;               // of those that can be read, and not yet printed
  std::set<std::string> missing;  // servers that were asked for and are in none of them
  // Those of them that stand, not wrapped, in a file that is only remembered: what wraps them there.
  std::map<std::string, std::string> not_wrapped;
  bool left = false;  // a file that is only remembered could not be brought up to date
  int status = kOk;
};

// Of the servers that were asked for those that the target's file holds. A file that cannot be read is asked for all of them: what is
// wrong with it is said then.
std::vector<std::string> servers_in(const Job& job, const Target& target, Look& look) {
  const auto& asked = job.given.servers;
  const auto file = read_client(job, target);
  if (!file) return asked;
  std::vector<std::string> servers;
  for (const integrations::Entry& entry : file->document.entries) {
    if (std::find(asked.begin(), asked.end(), entry.name) == asked.end()) continue;
    if (target.only_wrapped && entry.standing != integrations::Standing::kOurs) {
      look.not_wrapped[entry.name] =
          fmt::format("agentmesh init-integration --{} --config-path {} --server {}",
                      target.client->flag, shell_word(target.config_path), shell_word(entry.name));
    } else if (std::find(servers.begin(), servers.end(), entry.name) == servers.end()) {
      servers.push_back(entry.name);
    }
  }
  return servers;
}

// Each of them as a dry run. What is going to change under --yes is said when it has changed.
Look look_at(const Job& job, std::vector<Target> targets) {
  Look look;
  look.missing = {job.given.servers.begin(), job.given.servers.end()};
  for (Target& target : targets) {
    if (!job.given.servers.empty()) {
      target.servers = servers_in(job, target, look);
      if (target.servers.empty()) continue;
    }
    const auto report = run_one(job, target, true);
    // What is only remembered is worth no word where it is as it shall be.
    const bool silent = target.only_wrapped && report.status == kOk && !report.changes;
    if (report.status != kOk || (job.given.dry_run && !silent)) {
      print(report.out);
      flush_printed();
      (void)std::fwrite(report.err.data(), 1, report.err.size(), stderr);
    }
    if (report.status != kOk) {
      // One that was wrapped long ago and elsewhere keeps the others from nothing.
      if (target.only_wrapped) {
        look.left = true;
      } else {
        look.status = report.status;
      }
      continue;
    }
    for (const std::string& name : target.servers) look.missing.erase(name);
    if (!job.given.dry_run && !silent && !(report.changes && job.given.yes)) {
      look.said += report.err;
      if (look.said.ends_with(integrations::kDryRunLine))
        look.said.resize(look.said.size() - integrations::kDryRunLine.size());
    }
    if (report.changes) {
      look.to_change.push_back(std::move(target));
    } else if (!target.remembered_in.empty() && !job.given.dry_run &&
               (!report.ours || target.leads_elsewhere)) {
      // Where nothing of ours is in it any more it is forgotten; where its name leads now is learned.
      const std::string told = run_one(job, target, false).err;
      (void)std::fwrite(told.data(), 1, told.size(), stderr);
    }
  }
  return look;
}

// One file is looked at for the clients that are known to have it; another one's servers may stand in it as well. False: there are such.
bool none_is_left(const std::vector<Target>& looked_at) {
  bool none = true;
  std::map<std::string, std::set<size_t>> said;  // by file, links followed: where entries begin
  const auto each_of_ours = [](const integrations::Client& client, const std::string& path,
                               const std::string& name, const auto& take) {
    const auto text = integrations::read_client_file(path);
    if (!text) return;
    const auto document = integrations::read_document(*text, client, name);
    if (!document) return;
    for (const integrations::Entry& entry : document->entries)
      if (integrations::is_ours(entry)) take(entry);
  };
  const auto begins_in = [&said](const Target& target) -> std::set<size_t>& {
    return said[resolve_path(target.config_path).value_or(target.config_path)];
  };
  // What stands under these was undone, or it was said why not.
  for (const Target& target : looked_at)
    each_of_ours(*target.client, target.config_path,
                 target.known_as.empty() ? target.config_path : target.known_as,
                 [&](const auto& entry) { begins_in(target).insert(entry.begin); });
  for (const Target& target : looked_at)
    for (const integrations::Client& other : integrations::clients()) {
      if (other.syntax != target.client->syntax) continue;
      each_of_ours(other, target.config_path, target.config_path, [&](const auto& entry) {
        if (!begins_in(target).insert(entry.begin).second) return;
        none = false;
        complain(fmt::format(
            "{}: '{}' is still wrapped, as a server of {}: agentmesh init-integration --{} --config-path {} --undo",
            integrations::printable(target.config_path), integrations::printable(entry.name),
            other.title, other.flag, shell_word(target.config_path)));
      });
    }
  return none;
}

// False: which files in no usual place were wrapped is not known any more, or not how. The state directories are those that were known of before
// the undo: it may have taken out the one entry that named one of them.
bool all_is_remembered(const Job& job) {
  bool all = true;
  std::set<integrations::WrappedFile> of_others;
  for (const std::string& asked : job.request.remembering) {
    for (const integrations::WrappedFile& one : integrations::remembered(asked).files) {
      if (integrations::find_client(one.client) != nullptr) continue;
      for (const std::string& file : integrations::files_of(one))
        if (!is_gone(file)) of_others.insert({file, one.client});
    }
    for (const integrations::Forgotten& one : integrations::forgotten_in(asked)) {
      // What another user keeps there is none of ours.
      if (asked != job.request.state_dir && one.errno_value == EACCES) continue;
      complain(fmt::format("{}; {} may still be wrapped: {}", integrations::printable(one.why),
                           what_it_named(one), how_to_mend(one)));
      all = false;
    }
  }
  for (const integrations::WrappedFile& one : of_others)
    complain(integrations::printable(fmt::format(
        "{}: wrapped for a client that this version does not know, '{}': undo it with the version that did",
        one.file, one.client)));
  return all && of_others.empty();
}

}  // namespace

int run_all(const Job& job) {
  Found found = job.given.undo ? wrapped_here(job) : to_wrap_here(job);
  if (found.targets.empty() && !found.gone) {
    if (job.given.undo) (void)all_is_remembered(job);
    complain(found.left_alone
                 ? "no other configuration of a client was found here"
                 : "no client's configuration was found here; name the client, and its file with "
                   "--config-path");
    return kUsage;
  }
  const std::vector<Target> looked_at = found.targets;
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
    const std::string& name = *look.missing.begin();
    const auto there = look.not_wrapped.find(name);
    if (there == look.not_wrapped.end()) {
      complain(fmt::format("no client has a server '{}'", integrations::printable(name)));
    } else {
      complain(fmt::format("'{}' is not wrapped, in a file that was named once: {}",
                           integrations::printable(name), there->second));
    }
    return kUsage;
  }
  const auto over = [&](int what) {
    if (!job.given.undo) {
      if (!look.left) return what;
      complain(
          "what is wrapped there stays as it was: mend what is said above, and run this again");
      return static_cast<int>(kUsage);
    }
    // Half of it was asked for, or nothing done: then something may well be left.
    const bool whole = !job.given.dry_run && job.given.servers.empty();
    if (whole && !none_is_left(looked_at)) what = kUsage;
    if (!all_is_remembered(job)) what = kUsage;
    if (what != kOk)
      complain(job.given.dry_run
                   ? "not everything would be undone: mend what is said above"
                   : "not everything is undone: mend what is said above, and run this again");
    return what;
  };
  if (look.to_change.empty() && look.said.empty() && !look.left && !job.given.dry_run &&
      !job.given.undo)
    print("nothing to change\n");  // in files that are remembered alone
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
    for (const Target& target : look.to_change)
      if (!target.only_wrapped) probe(job, target);
  return over(status);
}

}  // namespace agentmesh::cli
