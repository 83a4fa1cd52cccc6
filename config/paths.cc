#include "config/paths.h"

#include <cstdlib>
#include <utility>

#include "base/files.h"
#include "base/passwd_home.h"

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

Result<ConfigFile> config_file(const std::string& given, const Environment& environment) {
  const std::string usual = usual_config(environment);
  if (given.empty()) return ConfigFile{usual, false};
  std::string named = absolute(given);
  const bool required = named != usual && !named.ends_with(kUsualConfig);
  return ConfigFile{std::move(named), required};
}

std::vector<std::string> client_files(const Environment& environment, const std::string& project) {
  std::vector<std::string> out;
  const std::string home = home_of(environment);
  const auto add = [&out](const std::string& path) { out.push_back(absolute(path)); };
  if (!home.empty()) {
    const std::string config = xdg(environment, "XDG_CONFIG_HOME").value_or(home + "/.config");
    add(config + "/Claude/claude_desktop_config.json");
    add(home + "/Library/Application Support/Claude/claude_desktop_config.json");
    add(home + "/.claude.json");
    add(home + "/.claude/settings.json");
    add(home + "/.claude/settings.local.json");
    add(home + "/.cursor/mcp.json");
    std::vector<std::string> users;
    for (const char* server :
         {".vscode-server", ".vscode-server-insiders", ".cursor-server", ".windsurf-server"})
      users.push_back(home + "/" + server + "/data/User");
    for (const char* editor : {"Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf"}) {
      users.push_back(config + "/" + editor + "/User");
      users.push_back(home + "/Library/Application Support/" + editor + "/User");
    }
    for (const std::string& user : users) {
      add(user + "/mcp.json");
      add(user + "/settings.json");
      add(user + "/profiles");
      add(user + "/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json");
      add(user + "/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json");
    }
    add(home + "/.copilot/mcp-config.json");
    add(home + "/.codeium/windsurf/mcp_config.json");
    add(home + "/.codeium/mcp_config.json");
    add(config + "/zed/settings.json");
    add(home + "/.cline/data/settings/cline_mcp_settings.json");
    add(home + "/.gemini/settings.json");
    add(environment("CODEX_HOME").value_or(home + "/.codex") + "/config.toml");
    add(home + "/.continue/config.yaml");
    add(home + "/.continue/mcpServers");
    add(home + "/.junie/mcp/mcp.json");
  }
  if (auto cline = environment("CLINE_MCP_SETTINGS_PATH"); cline && cline->starts_with('/'))
    add(*cline);
  if (!project.empty())
    for (const std::string& file : project_client_files()) add(project + "/" + file);
  return out;
}

std::vector<std::string> project_client_files() {
  return {".mcp.json",
          ".cursor/mcp.json",
          ".vscode/mcp.json",
          ".devcontainer/devcontainer.json",
          ".zed/settings.json",
          ".roo/mcp.json",
          ".gemini/settings.json",
          ".codex/config.toml",
          ".continue/mcpServers",
          ".junie/mcp/mcp.json",
          ".claude/settings.json",
          ".claude/settings.local.json"};
}

}  // namespace agentmesh::config
