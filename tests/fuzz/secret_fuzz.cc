// Any bytes as a text with secrets and personal data: what is to be redacted lies inside it.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "policy/scan/pii.h"
#include "policy/scan/secrets.h"

namespace agentmesh::policy::scan {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<Hit> hits;
  find_secrets(text, "token", hits);
  find_secrets(text, "", hits);
  find_pii(text, hits);
  for (const Hit& hit : hits)
    if (hit.begin > hit.end || hit.end > size) std::abort();
  return 0;
}

}  // namespace agentmesh::policy::scan
