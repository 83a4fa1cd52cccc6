// The server's command among the words of `agentmesh proxy`: read in one way by the command line and by who looks at a proxy that runs.
//
// Pure function, any thread.

#pragma once

#include <string>
#include <vector>

namespace agentmesh::cli {

// What stands behind the first bare --, and each WORD of "--target WORD" in front of it, the older spelling, word by word. Both are taken
// out of `words`, because a word may look like an option; given both ways, `behind` and `targets` have words.
struct ServerCommand {
  std::vector<std::string> behind;
  std::vector<std::string> targets;

  const std::vector<std::string>& words() const { return behind.empty() ? targets : behind; }
};
ServerCommand take_server_command(std::vector<std::string>& words);

}  // namespace agentmesh::cli
