#include "integrations/find_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "base/files.h"
#include "integrations/summary.h"

namespace agentmesh::integrations {

namespace {

enum class There { kYes, kNo, kHidden };

// kHidden: it may be there, but a directory on the way may not be entered, or leads nowhere.
There look_for(const std::string& path) {
  struct stat link {};  // a link to nothing is told apart later
  if (::lstat(path.c_str(), &link) == 0) return There::kYes;
  return errno == ENOENT || errno == ENOTDIR ? There::kNo : There::kHidden;
}

bool may_enter(const std::string& directory) { return ::access(directory.c_str(), X_OK) == 0; }

// The directory whose files count beside the user's; "" where we may not look into it, which says nothing of any client.
std::string project() {
  std::string directory = current_directory();
  return may_enter(directory) ? directory : "";
}

// The same of a home: every file of every client may be in it.
There look_for(const std::string& path, const config::Environment& environment) {
  const There there = look_for(path);
  const bool all_are =
      there == There::kHidden && !may_enter(environment("HOME").value_or(home_directory()));
  return all_are ? There::kNo : there;
}

}  // namespace

Result<ClientFile> find_file(const Client& client, const std::string& config_path,
                             const config::Environment& environment) {
  const auto none_found = [&client](std::vector<std::string> files, std::string_view more) {
    for (std::string& file : files) file = printable(file);
    return fail(fmt::format(
        "no configuration of {} found; looked at:\n    {}\n  {}name another with --config-path",
        client.title, fmt::join(files, "\n    "), more));
  };
  if (!config_path.empty()) {
    // Absolute, but not normalised: the disk knows where /a/link/../b leads.
    const std::string file =
        config_path.starts_with('/') ? config_path : current_directory() + "/" + config_path;
    if (look_for(file) == There::kNo) return none_found({file}, "");
    return ClientFile{file, {}};
  }
  ClientFile found;
  std::vector<std::string> looked_at;
  for (const DefaultFile& file : default_files(client, environment, project())) {
    if (!file.only_if_named) looked_at.push_back(file.path);
    const There there = look_for(file.path, environment);
    if (there == There::kNo) continue;
    if (found.path.empty() && !file.only_if_named) {
      found.path = file.path;
    } else if (there == There::kHidden) {
      found.hidden.push_back(file.path);
    } else {
      found.others.push_back(file.path);
    }
  }
  if (!found.path.empty()) return found;
  std::string more;
  if (!found.others.empty()) more += fmt::format("there is {}; ", fmt::join(found.others, ", "));
  if (!found.hidden.empty())
    more += fmt::format("{} cannot be looked at; ", fmt::join(found.hidden, ", "));
  return none_found(looked_at, printable(more));
}

std::vector<std::string> files_here(const Client& client, const config::Environment& environment) {
  std::vector<std::string> files;
  for (const DefaultFile& file : default_files(client, environment, project()))
    if (look_for(file.path, environment) != There::kNo) files.push_back(file.path);
  return files;
}

bool in_usual_place(const Client& client, const config::Environment& environment,
                    const std::string& path) {
  const config::Environment bare = [&environment](const char* name) {
    return std::string_view(name) == "HOME" ? environment(name) : std::nullopt;
  };
  const auto usual = default_files(client, bare, "");
  return std::any_of(usual.begin(), usual.end(),
                     [&path](const DefaultFile& file) { return file.path == path; });
}

}  // namespace agentmesh::integrations
