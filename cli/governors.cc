#include "cli/governors.h"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/files.h"
#include "base/passwd_home.h"
#include "cli/wrapped.h"
#include "config/paths.h"
#include "trust/governed.h"

namespace agentmesh::cli {
namespace {

constexpr size_t kLongestLine = 4U << 20;

// Of a file in /proc: its strings, each ended by a NUL.
std::vector<std::string> strings_of(const std::string& file) {
  std::vector<std::string> out;
  const auto text = read_file(file, kLongestLine);
  if (!text) return out;
  for (size_t at = 0; at < text->size();) {
    const size_t end = std::min(text->find('\0', at), text->size());
    out.push_back(text->substr(at, end - at));
    at = end + 1;
  }
  return out;
}

// --state-dir among the words in front of a bare --; "" if it is not there.
std::string state_option_of(const std::vector<std::string>& words) {
  constexpr std::string_view kOption = "--state-dir";
  for (size_t i = 1; i < words.size() && words[i] != "--"; ++i) {
    if (words[i] == kOption) return i + 1 < words.size() ? words[i + 1] : "";
    if (words[i].starts_with(kOption) && words[i][kOption.size()] == '=')
      return words[i].substr(kOption.size() + 1);
  }
  return "";
}

// Where a proxy that was started as this process was keeps its state.
std::optional<std::string> state_dir_of(int pid) {
  const std::string proc = fmt::format("/proc/{}", pid);
  std::string given = state_option_of(strings_of(proc + "/cmdline"));
  if (!given.empty() && !given.starts_with('/')) {
    const auto directory = resolve_path(proc + "/cwd");
    if (!directory) return std::nullopt;
    given = *directory + "/" + given;
  }
  const std::vector<std::string> variables = strings_of(proc + "/environ");
  if (given.empty() && variables.empty()) return std::nullopt;
  const auto state =
      config::state_directory(given, [&variables](const char* name) -> std::optional<std::string> {
        const std::string assigns = std::string(name) + "=";
        for (const std::string& variable : variables)
          if (variable.starts_with(assigns) && variable.size() > assigns.size())
            return variable.substr(assigns.size());
        return std::nullopt;
      });
  if (!state) return std::nullopt;
  return *state;
}

}  // namespace

std::vector<std::string> state_dirs_to_ask(const std::string& given,
                                           const std::vector<std::string>& more) {
  std::vector<std::string> out;
  const auto add = [&out](const std::string& path) {
    if (path.empty()) return;
    std::string normal = lexically_normal(path, current_directory());
    if (std::find(out.begin(), out.end(), normal) == out.end()) out.push_back(std::move(normal));
  };
  add(given);
  for (const std::string& path : more) add(path);
  const config::Environment by_variables = config::system_environment();
  add(config::state_directory("", by_variables).value_or(""));
  add(passwd_state_dir());
  for (const config::Environment& environment : {by_variables, config::passwd_environment()})
    for (const std::string& path : named_state_dirs(environment)) add(path);
  std::set<int> seen;
  for (int pid = ::getpid(); pid > 0 && seen.insert(pid).second;) {
    add(state_dir_of(pid).value_or(""));
    const auto process = trust::read_process(pid);
    pid = process ? process->parent : 0;
  }
  return out;
}

}  // namespace agentmesh::cli
