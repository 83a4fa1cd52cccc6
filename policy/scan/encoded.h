// Encoded: pieces of a text that are another text in base64, base32 or hex.
//
// Sees: base64 of either alphabet, padding optional; base64 over several lines, as `base64` and mail programs break it, also where
// the line ends are spelled "\n"; base32 in capitals; hex, also in pairs with a blank, a colon or a comma between them. Only what is
// mostly printable text of at least 12 bytes. data: URIs are passed over. Cannot see: several layers, other encodings, hex in pairs
// of less than 16 bytes.
// Cost: one pass for long runs, 0.12 ns a byte of prose, and a look at sixteen of 31 for pairs; what is decoded is decoded once.
// Pure functions, any thread.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "policy/scan/base64_runs.h"

namespace agentmesh::policy::scan {

struct Encoded {
  size_t begin = 0;
  size_t end = 0;
  std::string content;
};
inline constexpr size_t kMaxEncodedPieces = 64;
// In the order of their places; at most kMaxEncodedPieces, and as many of hex in pairs.
// `first_run`: where the first run of base64 begins, for who knows it already (base64_runs.h).
std::vector<Encoded> find_encoded(std::string_view text, size_t first_run);
inline std::vector<Encoded> find_encoded(std::string_view text) {
  return find_encoded(text, find_base64_run(text, 0));
}

// The bytes of a run of base64 without white space, of either alphabet, padding optional; "" if it is none.
std::string base64_content(std::string_view run);

}  // namespace agentmesh::policy::scan
