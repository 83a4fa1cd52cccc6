#include "integrations/find_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "base/files.h"
#include "integrations/summary.h"

namespace agentmesh::integrations {

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
    struct stat link {};  // a link to nothing is told apart later
    if (::lstat(file.c_str(), &link) != 0 && (errno == ENOENT || errno == ENOTDIR))
      return none_found({file}, "");
    return ClientFile{file, {}};
  }
  ClientFile found;
  std::vector<std::string> looked_at;
  for (const DefaultFile& file : default_files(client, environment, current_directory())) {
    if (!file.only_if_named) looked_at.push_back(file.path);
    struct stat link {};
    if (::lstat(file.path.c_str(), &link) != 0) continue;
    if (found.path.empty() && !file.only_if_named) {
      found.path = file.path;
    } else {
      found.others.push_back(file.path);
    }
  }
  if (!found.path.empty()) return found;
  return none_found(looked_at,
                    found.others.empty()
                        ? ""
                        : printable(fmt::format("there is {}; ", fmt::join(found.others, ", "))));
}

std::vector<std::string> files_here(const Client& client, const config::Environment& environment) {
  std::vector<std::string> files;
  for (const DefaultFile& file : default_files(client, environment, current_directory())) {
    struct stat link {};
    if (::lstat(file.path.c_str(), &link) == 0) files.push_back(file.path);
  }
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
