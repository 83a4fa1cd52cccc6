// Golden files: bytes in tests/golden/, compared whole; written anew only under AGENTMESH_UPDATE_GOLDEN=1.

#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace agentmesh::tests {

// What the file says, after it was rewritten if that was asked for. Tests run in the source directory.
inline std::string golden(const std::string& name, const std::string& now) {
  const std::string path = "tests/golden/" + name;
  const char* const update = std::getenv("AGENTMESH_UPDATE_GOLDEN");
  if (update != nullptr && std::string(update) == "1") std::ofstream(path, std::ios::binary) << now;
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace agentmesh::tests
