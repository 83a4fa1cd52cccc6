#include "cli/protected.h"

#include <algorithm>
#include <utility>

#include "base/files.h"
#include "base/passwd_home.h"
#include "config/paths.h"
#include "integrations/client.h"
#include "integrations/memory.h"
#include "integrations/own_places.h"

namespace agentmesh::cli {
namespace {

std::vector<std::string> with_links(std::vector<std::string> paths) {
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  const size_t written = paths.size();
  for (size_t i = 0; i < written; ++i)
    if (auto resolved = resolve_path(paths[i]); resolved && *resolved != paths[i])
      paths.push_back(std::move(*resolved));
  return paths;
}

// What clients keep, or could, in each of them.
std::vector<std::string> in_projects(const std::vector<std::string>& projects) {
  std::vector<std::string> paths;
  for (const std::string& project : projects)
    for (const std::string& file : integrations::project_files())
      paths.push_back(lexically_normal(project + "/" + file, "/"));
  return paths;
}

}  // namespace

std::vector<std::string> protected_paths(const Governing& governing) {
  const std::string directory = current_directory();
  std::vector<std::string> paths = {executable_path()};
  const auto add = [&](const std::string& path) {
    if (!path.empty() && path != integrations::kNoSettings)
      paths.push_back(lexically_normal(path, directory));
  };
  add(governing.state_dir);
  add(governing.config_file);
  for (const std::string& file : governing.policy_files) add(file);
  for (const std::string& file : governing.others.files) add(file);
  for (const std::string& state : governing.others.state_dirs) add(state);
  // A client's entry may set HOME (or an XDG variable) for its server, and so for us; what governs the user's other servers is
  // no less to be protected here.
  for (const config::Environment& environment :
       {config::system_environment(), config::passwd_environment()}) {
    // Another proxy reads it where this one was told otherwise.
    if (const auto usual = config::config_file("", environment); usual && !usual->path.empty())
      add(usual->path.substr(0, usual->path.rfind('/')));
    for (const std::string& file : integrations::steering_files(environment)) add(file);
  }
  // What was wrapped and is in no usual place, whoever remembers it.
  std::vector<std::string> states = governing.others.remembering;
  states.push_back(governing.state_dir);
  states.push_back(config::state_directory("", config::system_environment()).value_or(""));
  states.push_back(passwd_state_dir());
  std::sort(states.begin(), states.end());
  states.erase(std::unique(states.begin(), states.end()), states.end());
  for (const std::string& state : states)
    if (!state.empty())
      for (const integrations::WrappedFile& wrapped : integrations::remembered(state).files)
        for (const std::string& file : {wrapped.file, wrapped.real}) add(file);
  for (std::string& file : in_projects(governing.projects)) paths.push_back(std::move(file));
  return with_links(std::move(paths));
}

// In the home directory some of them are the user's own as well; those are no project's.
std::vector<std::string> project_paths(const std::vector<std::string>& projects) {
  const auto of_user = integrations::steering_files(config::system_environment());
  std::vector<std::string> paths = in_projects(projects);
  std::erase_if(paths, [&of_user](const std::string& path) {
    return std::find(of_user.begin(), of_user.end(), path) != of_user.end();
  });
  return with_links(std::move(paths));
}

std::vector<std::string> project_directories(std::vector<std::string> derived,
                                             const policy::Policy* policy) {
  policy::Surroundings here;
  here.working_directory = current_directory();
  here.home = home_directory();
  here.derived_roots = std::move(derived);
  std::vector<std::string> out = here.derived_roots;
  out.push_back(here.working_directory);
  if (policy != nullptr)
    for (std::string& root : policy->roots(here)) out.push_back(std::move(root));
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<std::string> unreadable_paths(const std::string& state_dir,
                                          const NamedByOthers& others) {
  std::vector<std::string> paths = others.state_dirs;
  if (!state_dir.empty()) paths.push_back(lexically_normal(state_dir, current_directory()));
  if (std::string usual = passwd_state_dir(); !usual.empty()) paths.push_back(std::move(usual));
  return with_links(std::move(paths));
}

}  // namespace agentmesh::cli
