// Any bytes as a file of variables that a client's entry names: names are names, and what was read, written down in quotes, is read as
// the same again.

#include "cli/env_file.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace agentmesh {

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto variables = cli::env_file_variables(text);
  size_t bytes = 0;
  std::string again;
  for (const auto& [name, value] : variables) {
    require(!name.empty() && name.find_first_of("= \t\r\n\"'") == std::string::npos);
    bytes += name.size() + 1 + value.size();
    again += name + "=\"";
    for (const char c : value) {
      if (c == '"' || c == '\\') again += '\\';
      again += c;
    }
    again += "\"\n";
  }
  require(bytes <= size);
  require(cli::env_file_variables(again) == variables);
  return 0;
}

}  // namespace agentmesh
