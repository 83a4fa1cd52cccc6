#include "cli/recorder.h"

#include <unistd.h>

#include <fmt/format.h>

#include "cli/say.h"
#include "trust/definition.h"
#include "trust/governed.h"

namespace agentmesh::cli {

std::string this_user() { return fmt::format("uid:{}", ::getuid()); }

bool refused_to_servers(const std::string& state_dir, std::string_view command) {
  const auto governed = trust::governing_server(state_dir);
  if (!governed) {
    complain(
        fmt::format("'agentmesh {}' is for people, and whether this process was started by a "
                    "governed server cannot be told: {}",
                    command, governed.error().what));
    return true;
  }
  const std::optional<std::string>& server = *governed;
  if (!server) return false;
  complain(fmt::format(
      "'agentmesh {}' is for people: this process was started by the governed server '{}'; run it from a terminal of "
      "your own",
      command, trust::printable(*server, 256)));
  return true;
}

}  // namespace agentmesh::cli
