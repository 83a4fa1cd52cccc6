#include "integrations/client.h"

#include <algorithm>
#include <optional>

#include "base/files.h"

namespace agentmesh::integrations {
namespace {

using Words = std::string_view;

constexpr Words kMcpServers[] = {"mcpServers"};
constexpr Words kClaudeCodeKeys[] = {"mcpServers", "projects/*/mcpServers"};
// In a settings.json both ways of writing a nested setting.
constexpr Words kVsCodeKeys[] = {"servers",
                                 "mcp/servers",
                                 "mcp.servers",
                                 "settings/mcp/servers",
                                 "settings/mcp.servers",
                                 "customizations/vscode/mcp/servers"};
constexpr Words kZedKeys[] = {"context_servers"};
constexpr Words kCodexKeys[] = {"mcp_servers"};

constexpr Words kClaudePlaces[] = {
    "{config}/Claude/claude_desktop_config.json",
    "{home}/.config/Claude/claude_desktop_config.json",
    "{home}/Library/Application Support/Claude/claude_desktop_config.json",
};
constexpr Words kClaudeCodePlaces[] = {"{home}/.claude.json", "?{project}/.mcp.json"};
constexpr Words kCursorPlaces[] = {"{home}/.cursor/mcp.json", "{project}/.cursor/mcp.json"};
// A profile's file and that of a remote machine count beside the user's own, which is the one to edit unless they are named.
constexpr Words kVsCodePlaces[] = {"{user}/mcp.json",
                                   "{project}/.vscode/mcp.json",
                                   "{user}/settings.json",
                                   "?{user}/profiles/*/mcp.json",
                                   "?{home}/.vscode-server/data/User/mcp.json",
                                   "?{home}/.vscode-server-insiders/data/User/mcp.json",
                                   "?{home}/.copilot/mcp-config.json"};
constexpr Words kWindsurfPlaces[] = {"{home}/.codeium/windsurf/mcp_config.json",
                                     "{home}/.codeium/mcp_config.json"};
constexpr Words kZedPlaces[] = {"{config}/zed/settings.json", "{home}/.config/zed/settings.json",
                                "{project}/.zed/settings.json"};
constexpr Words kClinePlaces[] = {
    "{cline}",
    "{user}/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
    "{home}/.cline/data/settings/cline_mcp_settings.json",
    "?{remote}/data/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
};
constexpr Words kRooPlaces[] = {
    "{user}/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
    "{project}/.roo/mcp.json",
    "?{remote}/data/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
};
constexpr Words kGeminiPlaces[] = {"{home}/.gemini/settings.json",
                                   "{project}/.gemini/settings.json",
                                   "?/etc/gemini-cli/settings.json"};
constexpr Words kCodexPlaces[] = {"{codex}/config.toml", "{project}/.codex/config.toml"};
constexpr Words kContinuePlaces[] = {"{home}/.continue/config.yaml",
                                     "{home}/.continue/mcpServers/*",
                                     "{project}/.continue/mcpServers/*"};
constexpr Words kListEnds[] = {".yaml", ".yml", ".json"};  // what a * at the end stands for
constexpr Words kJuniePlaces[] = {"{home}/.junie/mcp/mcp.json", "{project}/.junie/mcp/mcp.json"};

constexpr Client kClients[] = {
    {"claude", "Claude Desktop", Syntax::kJson, true, Placeholders::kNone, kMcpServers,
     kClaudePlaces,
     "Quit Claude Desktop completely first (tray or menu bar, not the window), run this, then start it: it rewrites "
     "this file."},
    {"claude-code", "Claude Code", Syntax::kJson, true, Placeholders::kBraces, kClaudeCodeKeys,
     kClaudeCodePlaces,
     "Leave running sessions before running this; new sessions see it. Project servers ask for approval again."},
    {"cursor", "Cursor", Syntax::kJson, true, Placeholders::kColon, kMcpServers, kCursorPlaces,
     "Reload the window and confirm the trust prompt: Cursor asks again when a command changes."},
    {"vscode", "VS Code", Syntax::kJson, false, Placeholders::kColon, kVsCodeKeys, kVsCodePlaces,
     "Reload the window and confirm the trust prompt: VS Code asks again when a command changes."},
    {"windsurf", "Windsurf", Syntax::kJson, true, Placeholders::kColon, kMcpServers,
     kWindsurfPlaces,
     "Press Refresh in the MCP panel. Where an administrator allows servers by command and arguments, the wrapped ones "
     "must be allowed anew."},
    {"zed", "Zed", Syntax::kJson, false, Placeholders::kNone, kZedKeys, kZedPlaces,
     "Zed picks the change up; toggle the server if it does not."},
    {"cline", "Cline", Syntax::kJson, true, Placeholders::kNone, kMcpServers, kClinePlaces,
     "Press Refresh in the MCP panel."},
    {"roo", "Roo Code", Syntax::kJson, true, Placeholders::kColon, kMcpServers, kRooPlaces,
     "Press Refresh in the MCP panel."},
    {"gemini", "Gemini CLI", Syntax::kJson, false, Placeholders::kDollar, kMcpServers,
     kGeminiPlaces, "Start Gemini CLI again."},
    {"codex", "Codex", Syntax::kToml, false, Placeholders::kNone, kCodexKeys, kCodexPlaces,
     "Start Codex again."},
    {"continue", "Continue", Syntax::kYaml, false, Placeholders::kDoubleBraces, kMcpServers,
     kContinuePlaces, "Start Continue again (reload the window)."},
    {"junie", "Junie", Syntax::kJson, true, Placeholders::kNone, kMcpServers, kJuniePlaces,
     "Start Junie again."},
};

constexpr Words kEditors[] = {"Code", "Code - Insiders", "VSCodium"};
constexpr Words kForks[] = {"Cursor",
                            "Windsurf"};  // with extensions of VS Code, and servers of their own
// What an editor keeps on a machine that it works on from another.
constexpr Words kServers[] = {".vscode-server", ".vscode-server-insiders", ".cursor-server",
                              ".windsurf-server"};

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

  std::vector<std::string> files_at(Words place, bool extensions) const {
    std::vector<std::string> files;
    const size_t end = place.starts_with('{') ? place.find('}') + 1 : 0;
    for (const std::string& start : starts(place.substr(0, end), extensions)) {
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

  std::vector<std::string> starts(Words variable, bool extensions) const {
    if (variable.empty()) return {""};
    std::string start;
    if (variable == "{home}") start = home_;
    if (variable == "{config}") start = config_;
    if (variable == "{project}") start = project_;
    if (variable == "{cline}") start = absolute("CLINE_MCP_SETTINGS_PATH").value_or("");
    if (variable == "{codex}")
      start = absolute("CODEX_HOME").value_or(home_.empty() ? "" : home_ + "/.codex");
    if (variable == "{user}") return user_folders(extensions);
    if (variable == "{remote}") return remote_folders();
    return start.empty() ? std::vector<std::string>{} : std::vector<std::string>{start};
  }

  std::vector<std::string> remote_folders() const {
    std::vector<std::string> folders;
    for (const Words server : kServers)
      if (!home_.empty()) folders.push_back(home_ + "/" + std::string(server));
    return folders;
  }

  std::vector<std::string> user_folders(bool extensions) const {
    std::vector<Words> editors(std::begin(kEditors), std::end(kEditors));
    if (extensions) editors.insert(editors.end(), std::begin(kForks), std::end(kForks));
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

std::span<const Client> clients() { return kClients; }

const Client* find_client(std::string_view flag) {
  const auto* const found =
      std::find_if(std::begin(kClients), std::end(kClients),
                   [flag](const Client& client) { return client.flag == flag; });
  return found == std::end(kClients) ? nullptr : found;
}

std::vector<std::string_view> keys_in(const Client& client, std::string_view file) {
  const std::string_view name = file.substr(file.rfind('/') + 1);  // npos + 1 is 0
  std::vector<std::string_view> keys(client.keys.begin(), client.keys.end());
  if (client.flag == "vscode") {
    if (name == "settings.json") return {"mcp/servers", "mcp.servers"};
    if (name == "mcp.json") return {"servers"};
    if (name == "mcp-config.json") return {"mcpServers"};  // GitHub Copilot's, which VS Code reads
    if (name == "devcontainer.json") return {"customizations/vscode/mcp/servers"};
    if (name.ends_with(".code-workspace")) return {"settings/mcp/servers", "settings/mcp.servers"};
  }
  return keys;
}

std::vector<DefaultFile> default_files(const Client& client, const config::Environment& environment,
                                       const std::string& project) {
  const Machine machine(environment, project);
  std::vector<DefaultFile> files;
  for (std::string_view place : client.places) {
    const bool only_if_named = place.starts_with('?');
    if (only_if_named) place.remove_prefix(1);
    const bool extensions = client.flag != "vscode";
    for (std::string& path : machine.files_at(place, extensions))
      if (std::none_of(files.begin(), files.end(),
                       [&path](const DefaultFile& file) { return file.path == path; }))
        files.push_back({std::move(path), only_if_named});
  }
  return files;
}

}  // namespace agentmesh::integrations
