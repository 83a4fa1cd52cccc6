#include "integrations/client.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "integrations/find_file.h"
#include "integrations/own_path.h"
#include "policy/scan/paths.h"
#include "tests/catch.h"
#include "tests/integrations/home.h"

namespace agentmesh::integrations::tests {
namespace {

TEST_CASE("the first default file that exists is edited, and the others are named") {
  const Home home;
  fs::create_directories(home.at("Library/Application Support/Claude"));
  const std::string other =
      home.at("Library/Application Support/Claude/claude_desktop_config.json");
  Home::write(other, kBefore);
  CHECK(home.wrap().out.find("  also there, not touched: " + other) != std::string::npos);
  CHECK(read_file(other).value_or("") == kBefore);

  const auto environment = [](const char* name) -> std::optional<std::string> {
    const std::string_view asked = name;
    if (asked == "HOME") return "/h";
    if (asked == "XDG_CONFIG_HOME") return "/x";
    if (asked == "CODEX_HOME") return "/cx";
    if (asked == "CLAUDE_CONFIG_DIR") return "/cc";
    if (asked == "CLINE_MCP_SETTINGS_PATH") return "/cl/s.json";
    if (asked == "OPENCODE_CONFIG") return "/oc/o.json";
    if (asked == "OPENCODE_CONFIG_DIR") return "/od";
    return std::nullopt;
  };
  struct Row {
    const char* flag;
    std::vector<std::string> first;  // the places that count first
    std::vector<std::string> later;  // some of the rest
  };
  const std::string kept = "/data/User/globalStorage/";
  const std::string cline = kept + "saoudrizwan.claude-dev/settings/cline_mcp_settings.json";
  const std::string roo = kept + "rooveterinaryinc.roo-cline/settings/mcp_settings.json";
  const Row rows[] = {
      {"claude",
       {"/x/Claude/claude_desktop_config.json", "/h/.config/Claude/claude_desktop_config.json",
        "/h/Library/Application Support/Claude/claude_desktop_config.json"},
       {}},
      {"claude-code",
       {"/cc/.claude.json", "/h/.claude.json", "/p/.mcp.json", "/etc/claude-code/managed-mcp.json"},
       {}},
      {"cursor", {"/h/.cursor/mcp.json", "/p/.cursor/mcp.json"}, {}},
      {"vscode",
       {"/x/Code/User/mcp.json"},
       {"/x/VSCodium/User/mcp.json", "/x/Code - Insiders/User/mcp.json", "/p/.vscode/mcp.json",
        "/h/Library/Application Support/Code/User/settings.json",
        "/h/.vscode-server/data/User/mcp.json", "/h/.vscode-server-insiders/data/User/mcp.json",
        "/h/.copilot/mcp-config.json"}},
      {"windsurf", {"/h/.codeium/windsurf/mcp_config.json", "/h/.codeium/mcp_config.json"}, {}},
      {"zed", {"/x/zed/settings.json"}, {"/p/.zed/settings.json"}},
      {"cline",
       {"/cl/s.json"},
       {"/x/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
        "/x/Cursor/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
        "/h/.cline/data/settings/cline_mcp_settings.json", "/h/.vscode-server" + cline,
        "/h/.cursor-server" + cline}},
      {"roo",
       {"/x/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json"},
       {"/p/.roo/mcp.json", "/h/.vscode-server-insiders" + roo, "/h/.windsurf-server" + roo}},
      {"gemini",
       {"/h/.gemini/settings.json", "/p/.gemini/settings.json", "/etc/gemini-cli/settings.json"},
       {}},
      {"codex", {"/cx/config.toml", "/p/.codex/config.toml"}, {}},
      {"continue", {"/h/.continue/config.yaml"}, {}},
      {"junie", {"/h/.junie/mcp/mcp.json", "/p/.junie/mcp/mcp.json"}, {}},
      {"kiro", {"/h/.kiro/settings/mcp.json", "/p/.kiro/settings/mcp.json"}, {}},
      {"amazon-q",
       {"/h/.aws/amazonq/mcp.json", "/h/.aws/amazonq/agents/default.json", "/p/.amazonq/mcp.json",
        "/h/.aws/amazonq/default.json"},
       {}},
      {"lmstudio", {"/h/.lmstudio/mcp.json"}, {}},
      {"qwen",
       {"/h/.qwen/settings.json", "/p/.qwen/settings.json"},
       {"/h/.qwen/settings.local.json", "/p/.qwen/settings.local.json",
        "/etc/qwen-code/settings.json"}},
      {"kilo",
       {"/x/kilo/kilo.jsonc", "/x/kilo/kilo.json",
        "/x/Code/User/globalStorage/kilocode.kilo-code/settings/mcp_settings.json"},
       {"/h/.kilocode/cli/global/settings/mcp_settings.json", "/p/.kilo/kilo.jsonc", "/p/kilo.json",
        "/p/.kilocode/mcp.json"}},
      {"factory", {"/h/.factory/mcp.json", "/p/.factory/mcp.json"}, {}},
      {"antigravity",
       {"/h/.gemini/antigravity/mcp_config.json", "/h/.gemini/config/mcp_config.json",
        "/h/.gemini/antigravity-cli/mcp_config.json", "/p/.agents/mcp_config.json"},
       {}},
      {"amp",
       {"/x/amp/settings.json", "/h/.config/amp/settings.json", "/p/.amp/settings.json"},
       {}},
      {"opencode",
       {"/oc/o.json", "/x/opencode/opencode.json", "/x/opencode/opencode.jsonc",
        "/p/opencode.json"},
       {"/p/.opencode/opencode.jsonc", "/x/opencode/config.json", "/h/.opencode/opencode.json",
        "/h/.opencode/opencode.jsonc", "/od/opencode.json", "/od/opencode.jsonc"}},
      {"goose", {"/x/goose/config.yaml", "/h/.config/goose/config.yaml"}, {}},
  };
  CHECK(clients().size() == std::size(rows));
  for (const Row& row : rows) {
    CAPTURE(row.flag);
    std::vector<std::string> files;
    for (const DefaultFile& file : default_files(*find_client(row.flag), environment, "/p"))
      files.push_back(file.path);
    REQUIRE(files.size() >= row.first.size());
    for (size_t i = 0; i < row.first.size(); ++i) CHECK(files[i] == row.first[i]);
    for (const std::string& later : row.later)
      CHECK(std::find(files.begin(), files.end(), later) != files.end());
  }
}

TEST_CASE("files that a client reads in places of many names are found, and chosen only by name") {
  const Home home;
  const std::string profile = home.at(".config/Code/User/profiles/-1a2b/mcp.json");
  const std::string block = home.at(".continue/mcpServers/z.json");
  for (const std::string& file : {profile, block}) {
    fs::create_directories(fs::path(file).parent_path());
    Home::write(file, "{}");
  }
  Home::write(home.at(".continue/mcpServers/notes.txt"), "{}");
  fs::create_directories(home.at(".config/Code/User/profiles/empty"));
  const Client& vscode = *find_client("vscode");
  CHECK(files_here(vscode, home.environment()) == std::vector<std::string>{profile});
  const auto chosen = find_file(vscode, "", home.environment());
  REQUIRE_FALSE(chosen);
  CHECK(chosen.error().what.find("there is " + profile) != std::string::npos);
  CHECK(files_here(*find_client("continue"), home.environment()) ==
        std::vector<std::string>{block});
}

TEST_CASE("a place that cannot be looked at is not taken for one where nothing is") {
  const Home home;
  const Client& junie = *find_client("junie");
  const auto nowhere = [&home](const std::string& name) {
    REQUIRE(::symlink(name.c_str(), home.at(name).c_str()) == 0);  // ELOOP
  };
  nowhere(".junie");
  const std::string own = home.at(".junie/mcp/mcp.json");
  CHECK(files_here(junie, home.environment()) == std::vector<std::string>{own});
  const auto found = find_file(junie, "", home.environment());
  REQUIRE(found);
  CHECK(found->path == own);
  const InitReport report = home.run(home.request_as("junie", "", false));
  CHECK(report.status == 2);
  CHECK(report.err.find("agentmesh: read " + own + ": ") == 0);

  // Where another one counts that is only said.
  fs::create_directories(home.at(".aws/amazonq"));
  Home::write(home.at(".aws/amazonq/mcp.json"), R"({"mcpServers":{"a":{"command":"x"}}})");
  fs::create_symlink("agents", home.at(".aws/amazonq/agents"));
  const std::string hidden = home.at(".aws/amazonq/agents/default.json");
  const auto amazon = find_file(*find_client("amazon-q"), "", home.environment());
  REQUIRE(amazon);
  CHECK(amazon->path == home.at(".aws/amazonq/mcp.json"));
  CHECK(amazon->others.empty());
  CHECK(amazon->hidden == std::vector<std::string>{hidden});
  CHECK(home.run(home.request_as("amazon-q", "", false))
            .out.find("  may be there, cannot be looked at: " + hidden + "\n") !=
        std::string::npos);
}

TEST_CASE("of the files that a client reads beside its own only one that is named is edited") {
  const Home home;
  const auto chosen = [&home](const char* flag, const std::vector<std::string>& there) {
    for (const std::string& file : there) {
      fs::create_directories(fs::path(home.at(file)).parent_path());
      Home::write(home.at(file), "{}");
    }
    const auto found = find_file(*find_client(flag), "", home.environment());
    for (const std::string& file : there) fs::remove(home.at(file));
    return found ? found->path : "";
  };
  CHECK(chosen("opencode", {".config/opencode/config.json", ".opencode/opencode.json"}).empty());
  CHECK(chosen("opencode", {".config/opencode/config.json", ".config/opencode/opencode.jsonc"}) ==
        home.at(".config/opencode/opencode.jsonc"));
  CHECK(chosen("qwen", {".qwen/settings.local.json"}).empty());
  CHECK(chosen("amazon-q", {".aws/amazonq/cli-agents/a.json"}).empty());
  CHECK(
      chosen("amazon-q", {".aws/amazonq/cli-agents/a.json", ".aws/amazonq/agents/default.json"}) ==
      home.at(".aws/amazonq/agents/default.json"));
  CHECK(chosen("amazon-q", {".aws/amazonq/mcp.json", ".aws/amazonq/agents/default.json"}) ==
        home.at(".aws/amazonq/mcp.json"));
  CHECK(chosen("antigravity", {".gemini/antigravity-cli/mcp_config.json"}) ==
        home.at(".gemini/antigravity-cli/mcp_config.json"));
}

TEST_CASE("the files that steer clients are known, for the user and for the project") {
  const auto environment = [](const char* name) -> std::optional<std::string> {
    const std::string_view asked = name;
    if (asked == "HOME") return "/h";
    if (asked == "CODEX_HOME") return "/codex";
    return std::nullopt;
  };
  const auto has = [](const std::vector<std::string>& files, const std::string& file) {
    return std::find(files.begin(), files.end(), file) != files.end();
  };
  const std::vector<std::string> files = steering_files(environment);
  const std::string servers = "/data/User/globalStorage/";
  for (const std::string& file : std::vector<std::string>{
           "/h/.config/Claude/claude_desktop_config.json",
           "/h/.claude.json",
           "/h/.claude/settings.json",
           "/h/.cursor/mcp.json",
           "/h/.config/Code/User/mcp.json",
           "/h/.config/Code/User/profiles",
           "/h/.config/Cursor/User/settings.json",
           "/h/.vscode-server/data/User/mcp.json",
           "/h/.vscode-server-insiders/data/User/mcp.json",
           "/h/.cursor-server/data/User/profiles",
           "/h/.cursor-server" + servers +
               "saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
           "/h/.windsurf-server" + servers +
               "rooveterinaryinc.roo-cline/settings/mcp_settings.json",
           "/h/.copilot/mcp-config.json",
           "/h/.codeium/windsurf/mcp_config.json",
           "/h/.continue/mcpServers",
           "/codex/config.toml",
           "/h/.kiro/settings/mcp.json",
           "/h/.config/opencode/opencode.json",
           "/h/.config/opencode/config.json",
           "/h/.opencode/opencode.jsonc",
           "/h/.gemini/antigravity-cli/mcp_config.json",
           "/h/.aws/amazonq/agents/default.json",
           "/h/.aws/amazonq/cli-agents",
           "/h/.qwen/settings.local.json",
           "/h/.config/goose/config.yaml",
           "/h/.cursor-server" + servers + "kilocode.kilo-code/settings/mcp_settings.json"}) {
    CAPTURE(file);
    CHECK(has(files, file));
  }
  CHECK_FALSE(has(files, "/etc/gemini-cli/settings.json"));
  for (const char* file :
       {".mcp.json", ".vscode/mcp.json", ".devcontainer/devcontainer.json", ".zed/settings.json",
        ".roo/mcp.json", ".continue/mcpServers", ".kiro/settings/mcp.json", "opencode.json",
        ".amazonq/cli-agents", ".agents/mcp_config.json", ".qwen/settings.json",
        ".claude/settings.local.json"}) {
    CAPTURE(file);
    CHECK(has(project_files(), file));
  }
}

// The scanner has a list of its own (policy/scan/sensitive_places.h): a client that is added here is added there.
TEST_CASE("where clients keep servers is a credential to the scanner, but for what a team shares") {
  const auto environment = [](const char* name) -> std::optional<std::string> {
    if (std::string_view(name) == "HOME") return "/h";
    return std::nullopt;
  };
  const std::set<std::string> shared = {
      "/p/.mcp.json", "/p/.zed/settings.json", "/etc/gemini-cli/settings.json", "/p/kilo.json",
      "/p/kilo.jsonc", "/p/opencode.json", "/p/opencode.jsonc",
      // and what an administrator lays down for everybody
      "/etc/qwen-code/settings.json", "/etc/qwen-code/system-defaults.json",
      "/etc/opencode/opencode.json", "/etc/opencode/opencode.jsonc", "/p/.amazonq/default.json"};
  for (const Client& client : clients())
    for (const DefaultFile& file : default_files(client, environment, "/p")) {
      // An editor's settings are read for everything else that stands there.
      if (file.path.ends_with("/User/settings.json")) continue;
      CAPTURE(file.path);
      CHECK(policy::scan::holds_secrets(file.path) == !shared.contains(file.path));
    }
}

TEST_CASE("a home that is no absolute path begins where we are") {
  const auto environment = [](const char* name) -> std::optional<std::string> {
    if (std::string_view(name) == "HOME") return "rel";
    return std::nullopt;
  };
  CHECK(default_files(*find_client("cursor"), environment, "").at(0).path ==
        current_directory() + "/rel/.cursor/mcp.json");
}

TEST_CASE(
    "our path is the one we were called by, if it leads to us, and never one that a client would expand") {
  const agentmesh::tests::TempDirectory directory;
  fs::create_directories(directory / "v1");
  fs::create_directories(directory / "bin");
  const std::string image = directory / "v1/agentmesh";
  Home::write(image, "x");
  REQUIRE(::chmod(image.c_str(), 0755) == 0);
  const std::string link = directory / "bin/agentmesh";
  REQUIRE(::symlink("../v1/agentmesh", link.c_str()) == 0);
  const auto environment = [&](const char* name) -> std::optional<std::string> {
    if (std::string_view(name) == "PATH") return (directory / "none") + ":" + (directory / "bin");
    return std::nullopt;
  };
  CHECK(own_path("agentmesh", image, environment).value_or("") == link);
  CHECK(own_path(link, image, environment).value_or("") == link);
  CHECK(own_path("/bin/sh", image, environment).value_or("") == image);
  CHECK(own_path("", image, environment).value_or("") == image);
  CHECK_FALSE(own_path("x", "/opt/${x}/agentmesh", environment));
  CHECK_FALSE(own_path("x", "/opt/agentmesh-0.3", environment));
}

}  // namespace
}  // namespace agentmesh::integrations::tests
