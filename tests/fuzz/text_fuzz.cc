// Any bytes as a description and as a result.

#include "policy/scan/text.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace agentmesh::policy::scan {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<Hit> hits;
  find_instructions(text, TextKind::kResult, hits);
  find_instructions(text, TextKind::kDescription, hits);
  find_forged_mark(text, hits);
  for (const Hit& hit : hits)
    if (hit.begin > hit.end || hit.end > size) std::abort();
  return 0;
}

}  // namespace agentmesh::policy::scan
