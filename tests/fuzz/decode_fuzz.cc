// Any bytes through every decoder: the map of a folded text leads back into it, pieces lie inside.

#include "policy/scan/decode.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "policy/scan/encoded.h"

namespace agentmesh::policy::scan {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Folded folded = fold(text);
  if (folded.map[folded.text.size()] != size) std::abort();
  for (size_t i = 1; i <= folded.text.size(); ++i)
    if (folded.map[i] < folded.map[i - 1]) std::abort();
  if (percent_decode(text).text.size() > size) std::abort();
  size_t pieces = 0;
  for (const Encoded& piece : find_encoded(text)) {
    if (piece.begin > piece.end || piece.end > size) std::abort();
    if (piece.content.size() > size) std::abort();
    ++pieces;
  }
  if (pieces > 2 * kMaxEncodedPieces) std::abort();
  if (html_decode(text).size() > size) std::abort();
  if (is_plain(text) && folded.changed) std::abort();
  return 0;
}

}  // namespace agentmesh::policy::scan
