// Any bytes as a command line, and as data that might be one.

#include "policy/scan/shell.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace agentmesh::policy::scan {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<Hit> hits;
  const Shell shell = read_shell(text, hits);
  constexpr size_t kMaxWords = 16384;
  if (shell.commands.size() > kMaxCommands || shell.words.size() > kMaxWords) std::abort();
  find_shell_injection(text, hits);
  return 0;
}

}  // namespace agentmesh::policy::scan
