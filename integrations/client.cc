#include "integrations/client.h"

#include <algorithm>

namespace agentmesh::integrations {
namespace {

using Words = std::string_view;

constexpr Words kMcpServers[] = {"mcpServers"};
constexpr Words kClaudeCodeKeys[] = {"mcpServers", "projects/*/mcpServers"};
constexpr Words kInContainer = "customizations/vscode/mcp/servers";
constexpr Words kVsCodeKeys[] = {
    "servers",   "mcp/servers", "mcp.servers", "settings/mcp/servers", "settings/mcp.servers",
    kInContainer};
// In a settings.json both ways of writing a nested setting.
constexpr Words kSettingsKeys[] = {"mcp/servers", "mcp.servers"};
constexpr Words kVsCodeMcpKeys[] = {"servers"};
constexpr Words kDevcontainerKeys[] = {kInContainer};
constexpr Words kWorkspaceKeys[] = {"settings/mcp/servers", "settings/mcp.servers"};
constexpr KeysOfFile kVsCodeFiles[] = {
    {"settings.json", kSettingsKeys},
    {"mcp.json", kVsCodeMcpKeys},
    {"mcp-config.json", kMcpServers},  // GitHub Copilot's, which VS Code reads
    {"devcontainer.json", kDevcontainerKeys},
    {"*.code-workspace", kWorkspaceKeys}};
constexpr Words kZedKeys[] = {"context_servers"};
constexpr Words kCodexKeys[] = {"mcp_servers"};
constexpr Words kMcpKeys[] = {"mcp"};
constexpr Words kKiloKeys[] = {"mcp", "mcpServers"};
constexpr KeysOfFile kKiloFiles[] = {{"kilo.json*", kMcpKeys}, {"mcp*", kMcpServers}};
constexpr Words kAmpKeys[] = {"amp.mcpServers"};
constexpr Words kGooseKeys[] = {"extensions"};

constexpr Words kClaudePlaces[] = {
    "{config}/Claude/claude_desktop_config.json",
    "{home}/.config/Claude/claude_desktop_config.json",
    "{home}/Library/Application Support/Claude/claude_desktop_config.json",
};
constexpr Words kClaudeCodePlaces[] = {"{claude}/.claude.json", "?{home}/.claude.json",
                                       "?{project}/.mcp.json",
                                       "?/etc/claude-code/managed-mcp.json"};
constexpr Words kCursorPlaces[] = {"{home}/.cursor/mcp.json", "{project}/.cursor/mcp.json"};
// A profile's file and that of a remote machine count beside the user's own, which is the one to edit unless they are named.
constexpr Words kVsCodePlaces[] = {"{code}/mcp.json",
                                   "{project}/.vscode/mcp.json",
                                   "{code}/settings.json",
                                   "?{code}/profiles/*/mcp.json",
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
constexpr Words kJuniePlaces[] = {"{home}/.junie/mcp/mcp.json", "{project}/.junie/mcp/mcp.json"};
constexpr Words kKiroPlaces[] = {"{home}/.kiro/settings/mcp.json",
                                 "{project}/.kiro/settings/mcp.json", "?{home}/.kiro/agents/*",
                                 "?{project}/.kiro/agents/*"};
// The first is its older file; its editors' is that of the agent `default`.
constexpr Words kAmazonQPlaces[] = {
    "{home}/.aws/amazonq/mcp.json",     "{home}/.aws/amazonq/agents/default.json",
    "{project}/.amazonq/mcp.json",      "?{home}/.aws/amazonq/default.json",
    "?{home}/.aws/amazonq/agents/*",    "?{home}/.aws/amazonq/cli-agents/*",
    "?{project}/.amazonq/default.json", "?{project}/.amazonq/agents/*",
    "?{project}/.amazonq/cli-agents/*"};
constexpr Words kLmStudioPlaces[] = {"{home}/.lmstudio/mcp.json"};
// A project's .mcp.json as well, which is Claude Code's, and is looked at as that.
constexpr Words kQwenPlaces[] = {
    "{home}/.qwen/settings.json",        "{project}/.qwen/settings.json",
    "?{home}/.qwen/settings.local.json", "?{project}/.qwen/settings.local.json",
    "?/etc/qwen-code/settings.json",     "?/etc/qwen-code/system-defaults.json"};
// The older extension has a file of its own; now its servers are in Kilo's settings.
constexpr Words kKiloPlaces[] = {
    "{config}/kilo/kilo.jsonc",
    "{config}/kilo/kilo.json",
    "{user}/globalStorage/kilocode.kilo-code/settings/mcp_settings.json",
    "{home}/.kilocode/cli/global/settings/mcp_settings.json",
    "{project}/.kilo/kilo.jsonc",
    "{project}/.kilo/kilo.json",
    "{project}/kilo.jsonc",
    "{project}/kilo.json",
    "{project}/.kilocode/mcp.json",
    "?{remote}/data/User/globalStorage/kilocode.kilo-code/settings/mcp_settings.json",
};
constexpr Words kFactoryPlaces[] = {"{home}/.factory/mcp.json", "{project}/.factory/mcp.json"};
constexpr Words kAntigravityPlaces[] = {
    "{home}/.gemini/antigravity/mcp_config.json", "{home}/.gemini/config/mcp_config.json",
    "{home}/.gemini/antigravity-cli/mcp_config.json", "{project}/.agents/mcp_config.json"};
constexpr Words kAmpPlaces[] = {"{config}/amp/settings.json", "{home}/.config/amp/settings.json",
                                "{project}/.amp/settings.json"};
constexpr Words kOpencodePlaces[] = {"{opencode}",
                                     "{config}/opencode/opencode.json",
                                     "{config}/opencode/opencode.jsonc",
                                     "{project}/opencode.json",
                                     "{project}/opencode.jsonc",
                                     "{project}/.opencode/opencode.json",
                                     "{project}/.opencode/opencode.jsonc",
                                     "?{config}/opencode/config.json",
                                     "?{home}/.opencode/opencode.json",
                                     "?{home}/.opencode/opencode.jsonc",
                                     "?{opencode-dir}/opencode.json",
                                     "?{opencode-dir}/opencode.jsonc",
                                     "?/etc/opencode/opencode.json",
                                     "?/etc/opencode/opencode.jsonc"};
constexpr Words kGoosePlaces[] = {"{config}/goose/config.yaml", "{home}/.config/goose/config.yaml"};

constexpr std::span<const Caution> kNoCautions;
constexpr Words kElsewhere = "runs on another machine: agentmesh must be there, at the same path";
constexpr Caution kVsCodeCautions[] = {
    {"sandboxEnabled", "true", "",
     "runs in VS Code's sandbox, where the state directory must be writable or every call is denied; add it to the entry's "
     "sandbox: \"filesystem\": {\"allowWrite\": [\"{state}\"]}"},
    {"dev", "", "debug", "has dev.debug, which may want node or python itself as the command"},
    {"", "", "", kElsewhere, kInContainer, true}};
constexpr Caution kZedCautions[] = {{"remote", "true", "", kElsewhere, "", true}};
constexpr Caution kCodexCautions[] = {
    {"experimental_environment", "remote", "", kElsewhere, "", true}};

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
     "Reload the window and confirm the trust prompt: VS Code asks again when a command changes.",
     Shape::kCommandAndArgs, false, kVsCodeCautions, kVsCodeFiles},
    {"windsurf", "Windsurf", Syntax::kJson, true, Placeholders::kColon, kMcpServers,
     kWindsurfPlaces,
     "Press Refresh in the MCP panel. Where an administrator allows servers by command and arguments, the wrapped ones "
     "must be allowed anew."},
    {"zed", "Zed", Syntax::kJson, false, Placeholders::kNone, kZedKeys, kZedPlaces,
     "Zed picks the change up; toggle the server if it does not.", Shape::kMap, false,
     kZedCautions},
    {"cline", "Cline", Syntax::kJson, true, Placeholders::kNone, kMcpServers, kClinePlaces,
     "Press Refresh in the MCP panel."},
    {"roo", "Roo Code", Syntax::kJson, true, Placeholders::kColon, kMcpServers, kRooPlaces,
     "Press Refresh in the MCP panel."},
    {"gemini", "Gemini CLI", Syntax::kJson, false, Placeholders::kDollar, kMcpServers,
     kGeminiPlaces, "Start Gemini CLI again.", Shape::kCommandAndArgs, true},
    {"codex", "Codex", Syntax::kToml, false, Placeholders::kNone, kCodexKeys, kCodexPlaces,
     "Start Codex again.", Shape::kCommandAndArgs, false, kCodexCautions},
    {"continue", "Continue", Syntax::kYaml, false, Placeholders::kDoubleBraces, kMcpServers,
     kContinuePlaces, "Start Continue again (reload the window)."},
    {"junie", "Junie", Syntax::kJson, true, Placeholders::kNone, kMcpServers, kJuniePlaces,
     "Start Junie again."},
    {"kiro", "Kiro", Syntax::kJson, false, Placeholders::kBraces, kMcpServers, kKiroPlaces,
     "Kiro connects again by itself; start the CLI again."},
    {"amazon-q", "Amazon Q", Syntax::kJson, false, Placeholders::kColon, kMcpServers,
     kAmazonQPlaces, "Start Amazon Q again."},
    {"lmstudio", "LM Studio", Syntax::kJson, false, Placeholders::kNone, kMcpServers,
     kLmStudioPlaces, "Switch the server off and on again in LM Studio."},
    {"qwen", "Qwen Code", Syntax::kJson, false, Placeholders::kDollar, kMcpServers, kQwenPlaces,
     "Start Qwen Code again.", Shape::kCommandAndArgs, true},
    {"kilo", "Kilo Code", Syntax::kJson, false, Placeholders::kBare, kKiloKeys, kKiloPlaces,
     "Switch the server off and on again in Kilo Code's settings; start the CLI again.",
     Shape::kOneList, false, kNoCautions, kKiloFiles},
    {"factory", "Factory", Syntax::kJson, false, Placeholders::kBraces, kMcpServers, kFactoryPlaces,
     "Start droid again."},
    {"antigravity", "Antigravity", Syntax::kJson, false, Placeholders::kNone, kMcpServers,
     kAntigravityPlaces, "Press Refresh in Manage MCP Servers."},
    {"amp", "Amp", Syntax::kJson, false, Placeholders::kBraces, kAmpKeys, kAmpPlaces,
     "Start Amp again."},
    {"opencode", "opencode", Syntax::kJson, false, Placeholders::kBare,
     kMcpKeys,  // or, from version 2 on, `servers` in it
     kOpencodePlaces, "Start opencode again.", Shape::kOneList},
    {"goose", "Goose", Syntax::kYaml, false, Placeholders::kNone, kGooseKeys, kGoosePlaces,
     "Start a new session of Goose.", Shape::kCmd},
};

}  // namespace

std::span<const Client> clients() { return kClients; }

const Client* find_client(std::string_view flag) {
  const auto* const found =
      std::find_if(std::begin(kClients), std::end(kClients),
                   [flag](const Client& client) { return client.flag == flag; });
  return found == std::end(kClients) ? nullptr : found;
}

std::span<const std::string_view> keys_in(const Client& client, std::string_view file) {
  const std::string_view name = file.substr(file.rfind('/') + 1);  // npos + 1 is 0
  for (const KeysOfFile& of : client.keys_of_files) {
    const std::string_view pattern = of.name;
    if (pattern.starts_with('*') ? name.ends_with(pattern.substr(1))
        : pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1))
                                 : name == pattern)
      return of.keys;
  }
  return client.keys;
}

}  // namespace agentmesh::integrations
