// Paths: where state and configuration live.
//
// The environment is handed in, so that tests own it. What it does not say is asked of the user database (the home) and of the
// process (the directory that a relative path begins in).
// Thread: any. Failure: no home and nothing else set is an error that says what to set.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace agentmesh::config {

// What getenv says; an empty value counts as not set.
using Environment = std::function<std::optional<std::string>(const char* name)>;
Environment system_environment();
// HOME as the user database has it, and nothing else: what no client's entry and no server can set.
Environment passwd_environment();

// --state-dir, else $AGENTMESH_HOME, else $XDG_STATE_HOME/agentmesh, else ~/.local/state/agentmesh. Absolute and normal.
// `given`: of the command line, "" for none.
Result<std::string> state_directory(const std::string& given, const Environment& environment);

// What stands behind `agentmesh COMMAND` in a line for a person to type, so that it reaches this state directory (absolute):
// " --state-dir DIR", quoted for a shell; "" where the command finds it by itself in all of these environments, whether
// AGENTMESH_HOME is set there or not: what a client or an image sets is not set in every terminal.
std::string state_words(const std::string& state_dir, const std::vector<Environment>& readers);

// Where the settings are below a home.
inline constexpr std::string_view kUsualConfig = "/.config/agentmesh/agentmesh.yaml";

// --config, else $XDG_CONFIG_HOME/agentmesh/agentmesh.yaml, else ~/.config/agentmesh/agentmesh.yaml. `required` tells that
// it was named and must be there. In a usual place (that of any home, or this environment's) a named one may be missing, as it
// may when it is not named: an entry whose client sets HOME for its server says where the user's own are, or will be.
struct ConfigFile {
  std::string path;
  bool required = false;
};
Result<ConfigFile> config_file(const std::string& given, const Environment& environment);

}  // namespace agentmesh::config
