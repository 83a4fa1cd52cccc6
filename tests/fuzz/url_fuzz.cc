// Any bytes as a URL, as prose with URLs, as a path, as text with secrets and hidden characters.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "policy/scan/paths.h"
#include "policy/scan/pii.h"
#include "policy/scan/secrets.h"
#include "policy/scan/text.h"
#include "policy/scan/unicode.h"
#include "policy/scan/urls.h"

using namespace agentmesh::policy::scan;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<Hit> hits;
  std::vector<Url> urls;
  find_urls(text, true, urls, hits);
  find_urls(text, false, urls, hits);
  for (const Url& url : urls)
    if (url.begin > url.end || url.end > size || url.port < 0 || url.port > 65535) std::abort();
  const std::string path = PathReader(nullptr).read(text, hits);
  if (path.empty() || path.find("/../") != std::string::npos) std::abort();
  find_secrets(text, "token", hits);
  find_pii(text, hits);
  find_hidden(text, false, hits);
  find_instructions(text, TextKind::kResult, hits);
  find_forged_mark(text, hits);
  for (const Hit& hit : hits)
    if (hit.begin > hit.end || hit.end > size) std::abort();
  size_t at = 0;
  for (const Edit& edit : neutralise(text)) {
    if (edit.begin < at || edit.end < edit.begin || edit.end > size) std::abort();
    at = edit.end;
  }
  return 0;
}
