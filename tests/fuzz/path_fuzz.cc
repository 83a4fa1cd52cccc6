// Any bytes as a path: what comes out is absolute and normal, whatever went in.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "policy/scan/paths.h"

namespace agentmesh::policy::scan {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<Hit> hits;
  PathReader reader(nullptr);
  const std::string path = reader.read(text, hits);
  if (path.find("/../") != std::string::npos) std::abort();
  for (const std::string& other : reader.others())
    if (other.empty() || other.find("/../") != std::string::npos) std::abort();
  if (path.empty()) return 0;  // a URL, or too long
  // Read again, it stays: nothing is left to decode or to climb.
  std::vector<Hit> again;
  (void)PathReader(nullptr).read(path, again);
  (void)is_path(text, text);
  if (under(path, path) == false && path.front() == '/') std::abort();
  (void)sensitivity(path, Use::kRead);
  (void)sensitivity(path, Use::kChange);
  return 0;
}

}  // namespace agentmesh::policy::scan
