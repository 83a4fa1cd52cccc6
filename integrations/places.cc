// Where the clients' files are on this machine, from the table in client.cc.

#include <algorithm>
#include <optional>

#include "base/files.h"
#include "integrations/client.h"

namespace agentmesh::integrations {
namespace {

using Words = std::string_view;

constexpr Words kListEnds[] = {".yaml", ".yml", ".json"};  // what a * at the end stands for
constexpr Words kEditors[] = {"Code", "Code - Insiders", "VSCodium"};
// With extensions of VS Code, and servers of their own.
constexpr Words kForks[] = {"Cursor", "Windsurf"};
// What an editor keeps on a machine that it works on from another.
constexpr Words kServers[] = {".vscode-server", ".vscode-server-insiders", ".cursor-server",
                              ".windsurf-server"};

// What decides how servers are started, beside the files that hold them.
constexpr Words kAlsoSteering[] = {"{home}/.claude/settings.json",
                                   "{home}/.claude/settings.local.json",
                                   "{claude-settings}/settings.json",
                                   "{user}/mcp.json",
                                   "{user}/settings.json",
                                   "{user}/profiles",
                                   "{remote}/data/User/mcp.json",
                                   "{remote}/data/User/settings.json",
                                   "{remote}/data/User/profiles",
                                   "{project}/.devcontainer/devcontainer.json",
                                   "{project}/.claude/settings.json",
                                   "{project}/.claude/settings.local.json"};

// Every place of the table and of these, up to a * in it.
template <class Take>
void each_steering(Take take) {
  for (const Client& client : clients())
    for (Words place : client.places) {
      if (place.starts_with('?')) place.remove_prefix(1);
      take(place.substr(0, place.find("/*")));
    }
  for (const Words place : kAlsoSteering) take(place);
}

// What this machine says the variables of places are; "" for what it does not say.
class Machine {
 public:
  Machine(const config::Environment& environment, const std::string& project)
      : environment_(environment), project_(project) {
    home_ = environment("HOME").value_or(home_directory());
    if (!home_.empty()) config_ = home_ + "/.config";
    // A relative one does not count (XDG Base Directory Specification).
    if (const auto xdg = absolute("XDG_CONFIG_HOME")) config_ = *xdg;
  }

  std::vector<std::string> files_at(Words place) const {
    std::vector<std::string> files;
    const size_t end = place.starts_with('{') ? place.find('}') + 1 : 0;
    for (const std::string& start : starts(place.substr(0, end))) {
      const Words rest = place.substr(end);
      const size_t star = rest.find("/*");
      const std::string directory =
          lexically_normal(start + std::string(rest.substr(0, star)), directory_);
      if (star == Words::npos) {
        files.push_back(directory);
        continue;
      }
      const Words behind = rest.substr(star + 2);
      const auto names = list_directory(directory);
      if (!names) continue;
      for (const std::string& name : *names)
        if (!behind.empty() || std::any_of(std::begin(kListEnds), std::end(kListEnds),
                                           [&name](Words ends) { return name.ends_with(ends); }))
          files.push_back(directory + "/" + name + std::string(behind));
    }
    return files;
  }

 private:
  std::optional<std::string> absolute(const char* name) const {
    auto value = environment_(name);
    if (value && !value->starts_with('/')) return std::nullopt;
    return value;
  }

  std::vector<std::string> starts(Words variable) const {
    if (variable.empty()) return {""};
    std::string start;
    if (variable == "{home}") start = home_;
    if (variable == "{config}") start = config_;
    if (variable == "{project}") start = project_;
    if (variable == "{claude}") start = absolute("CLAUDE_CONFIG_DIR").value_or(home_);
    if (variable == "{claude-settings}")
      start = absolute("CLAUDE_CONFIG_DIR").value_or(home_.empty() ? "" : home_ + "/.claude");
    if (variable == "{cline}") start = absolute("CLINE_MCP_SETTINGS_PATH").value_or("");
    if (variable == "{opencode}") start = absolute("OPENCODE_CONFIG").value_or("");
    if (variable == "{opencode-dir}") start = absolute("OPENCODE_CONFIG_DIR").value_or("");
    if (variable == "{codex}")
      start = absolute("CODEX_HOME").value_or(home_.empty() ? "" : home_ + "/.codex");
    if (variable == "{code}") return user_folders(false);
    if (variable == "{user}") return user_folders(true);
    if (variable == "{remote}") return remote_folders();
    return start.empty() ? std::vector<std::string>{} : std::vector<std::string>{start};
  }

  std::vector<std::string> remote_folders() const {
    std::vector<std::string> folders;
    for (const Words server : kServers)
      if (!home_.empty()) folders.push_back(home_ + "/" + std::string(server));
    return folders;
  }

  std::vector<std::string> user_folders(bool forks) const {
    std::vector<Words> editors(std::begin(kEditors), std::end(kEditors));
    if (forks) editors.insert(editors.end(), std::begin(kForks), std::end(kForks));
    std::vector<std::string> folders;
    for (const Words editor : editors) {
      const std::string user = "/" + std::string(editor) + "/User";
      if (!config_.empty()) folders.push_back(config_ + user);
      if (home_.empty()) continue;
      folders.push_back(home_ + "/.config" + user);
      folders.push_back(home_ + "/Library/Application Support" + user);
    }
    return folders;
  }

  const config::Environment& environment_;
  std::string project_;
  std::string home_;
  std::string config_;
  std::string directory_ =
      current_directory();  // where a relative HOME begins, as it does for the state
};

}  // namespace

std::vector<DefaultFile> default_files(const Client& client, const config::Environment& environment,
                                       const std::string& project) {
  const Machine machine(environment, project);
  std::vector<DefaultFile> files;
  for (std::string_view place : client.places) {
    const bool only_if_named = place.starts_with('?');
    if (only_if_named) place.remove_prefix(1);
    for (std::string& path : machine.files_at(place))
      if (std::none_of(files.begin(), files.end(),
                       [&path](const DefaultFile& file) { return file.path == path; }))
        files.push_back({std::move(path), only_if_named});
  }
  return files;
}

std::vector<std::string> steering_files(const config::Environment& environment) {
  const Machine machine(environment, "");
  std::vector<std::string> files;
  each_steering([&](Words place) {
    if (!place.starts_with('{')) return;  // the system's own: not the user's to change
    for (std::string& file : machine.files_at(place))
      if (std::find(files.begin(), files.end(), file) == files.end())
        files.push_back(std::move(file));
  });
  return files;
}

std::vector<std::string> project_files() {
  constexpr Words kProject = "{project}/";
  std::vector<std::string> files;
  each_steering([&](Words place) {
    if (place.starts_with(kProject)) files.emplace_back(place.substr(kProject.size()));
  });
  return files;
}

}  // namespace agentmesh::integrations
