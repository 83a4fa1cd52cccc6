// Any bytes as a URL and as prose with URLs.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "policy/scan/urls.h"

namespace agentmesh::policy::scan {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<Hit> hits;
  std::vector<Url> urls;
  find_urls(text, true, urls, hits);
  find_urls(text, false, urls, hits);
  for (const Url& url : urls)
    if (url.begin > url.end || url.end > size || url.port < 0 || url.port > 65535) std::abort();
  for (const Hit& hit : hits)
    if (hit.begin > hit.end || hit.end > size) std::abort();
  return 0;
}

}  // namespace agentmesh::policy::scan
