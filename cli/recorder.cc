#include "cli/recorder.h"

#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "cli/governors.h"
#include "cli/say.h"
#include "trust/definition.h"
#include "trust/governed.h"

namespace agentmesh::cli {

std::string this_user() { return fmt::format("uid:{}", ::getuid()); }

bool refused_to_servers(const std::string& state_dir, std::string_view command,
                        const std::vector<std::string>& more) {
  std::string doubt;
  if (refused_to_known_servers(state_dir, command, doubt, more)) return true;
  if (doubt.empty()) return false;
  complain(fmt::format(
      "'agentmesh {}' is for people, and {}; run it where every process above it can be read in /proc, or when all clients "
      "are closed",
      command, doubt));
  return true;
}

bool refused_to_known_servers(const std::string& state_dir, std::string_view command,
                              std::string& doubt, const std::vector<std::string>& more) {
  for (const std::string& asked : state_dirs_to_ask(state_dir, more)) {
    const auto governed = trust::governing_server(asked);
    if (!governed) {
      // Where we may not even look we govern nothing either; only the directory that is governed has to be readable.
      if (asked != state_dir && governed.error().errno_value == EACCES) continue;
      if (doubt.empty())
        doubt = "whether this process was started by a governed server cannot be told: " +
                governed.error().what;
      continue;
    }
    const std::optional<std::string>& server = *governed;
    if (!server) continue;
    complain(fmt::format(
        "'agentmesh {}' is for people: this process was started by the governed server '{}'; run it from a terminal of "
        "your own",
        command, trust::printable(*server, 256)));
    return true;
  }
  return false;
}

}  // namespace agentmesh::cli
