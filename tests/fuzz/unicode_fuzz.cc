// Any bytes as a text with hidden characters: neutralised once, nothing is left to neutralise.

#include "policy/scan/unicode.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace agentmesh::policy::scan {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<Hit> hits;
  find_hidden(text, false, hits);
  find_hidden(text, true, hits);
  const std::vector<Edit> edits = neutralise(text);
  if (edits.empty() != hits.empty()) std::abort();
  std::string shown;
  size_t at = 0;
  for (const Edit& edit : edits) {
    if (edit.begin < at || edit.end < edit.begin || edit.end > size) std::abort();
    shown += text.substr(at, edit.begin - at);
    shown += edit.text;
    at = edit.end;
  }
  shown += text.substr(at);
  for (const char c : shown)
    if (c == '\x1B') std::abort();
  (void)hidden_message(text);
  (void)mixes_scripts(text);
  return 0;
}

}  // namespace agentmesh::policy::scan
