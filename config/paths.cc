#include "config/paths.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/files.h"
#include "base/passwd_home.h"
#include "base/shell_word.h"

namespace agentmesh::config {

namespace {

std::string home_of(const Environment& environment) {
  if (auto home = environment("HOME")) return *home;
  return home_directory();
}

std::string absolute(const std::string& path) {
  return lexically_normal(path, current_directory());
}

// XDG base directories count only when absolute (XDG Base Directory Specification).
std::optional<std::string> xdg(const Environment& environment, const char* name) {
  auto value = environment(name);
  if (value && !value->starts_with('/')) return std::nullopt;
  return value;
}

// "" if there is no home.
std::string usual_config(const Environment& environment) {
  if (auto config = xdg(environment, "XDG_CONFIG_HOME"))
    return absolute(*config + "/agentmesh/agentmesh.yaml");
  const std::string home = home_of(environment);
  return home.empty() ? "" : absolute(home + std::string(kUsualConfig));
}

}  // namespace

Environment system_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* const value = std::getenv(name);
    if (value == nullptr || *value == 0) return std::nullopt;
    return std::string(value);
  };
}

Environment passwd_environment() {
  return [](const char* name) -> std::optional<std::string> {
    if (std::string_view(name) != "HOME") return std::nullopt;
    std::string home = passwd_home();
    if (home.empty()) return std::nullopt;
    return home;
  };
}

Result<std::string> state_directory(const std::string& given, const Environment& environment) {
  if (!given.empty()) return absolute(given);
  if (auto home = environment("AGENTMESH_HOME")) return absolute(*home);
  if (auto state = xdg(environment, "XDG_STATE_HOME")) return absolute(*state + "/agentmesh");
  const std::string home = home_of(environment);
  if (home.empty())
    return fail("there is no home directory for the state; use --state-dir or set AGENTMESH_HOME");
  return absolute(home + "/.local/state/agentmesh");
}

std::string state_words(const std::string& state_dir, const std::vector<Environment>& readers) {
  const auto leads_there = [&](const Environment& environment) {
    const auto usual = state_directory("", environment);
    return usual && *usual == state_dir;
  };
  const bool by_itself =
      std::all_of(readers.begin(), readers.end(), [&](const Environment& reader) {
        return leads_there(reader) && leads_there([&reader](const char* name) {
                 return std::string_view(name) == "AGENTMESH_HOME" ? std::nullopt : reader(name);
               });
      });
  return by_itself ? "" : " --state-dir " + shell_word(state_dir);
}

Result<ConfigFile> config_file(const std::string& given, const Environment& environment) {
  const std::string usual = usual_config(environment);
  if (given.empty()) return ConfigFile{usual, false};
  std::string named = absolute(given);
  const bool required = named != usual && !named.ends_with(kUsualConfig);
  return ConfigFile{std::move(named), required};
}

}  // namespace agentmesh::config
