// Proof: what an outsider is given of one record, or of a log's growth, as text (C2SP tlog-proof), and how it is read.
//
//     c2sp.org/tlog-proof@v1          old 512              (of growth: a witness's request)
//     index 417
//     <hash, base64>, a line each     <hash>…
//
//     <the signed checkpoint>         <the signed checkpoint>
//
// Pure functions, any thread. Failure: nothing for what is not exactly of that form; a path that leads elsewhere, or a
// checkpoint that nobody signed who counts, proves nothing.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/checkpoint.h"
#include "base/crypto.h"

namespace agentmesh::audit {

struct Proof {
  bool consistency = false;
  uint64_t first = 0;  // the record's seq; of a consistency proof the older size
  Hash leaf{};         // of the record; not in the text
  std::vector<Hash> path;
  TreeHead head;
  std::string checkpoint;  // the signed note of `head`

  std::string text() const;
  static std::optional<Proof> parse(std::string_view text);
};

// Whether the text proves the record with this leaf (or that the log grew from this older root), by a checkpoint that one of
// the keys signed. Without keys nobody's signature is asked for.
bool proves(std::string_view text, const Hash& from, std::span<const VerifierKey> keys);

}  // namespace agentmesh::audit
