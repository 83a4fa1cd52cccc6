// Tiles: the tree's hashes by the 256 (C2SP tlog-tiles), so that a proof or a restart reads a few files, not the lines.
//
// Level 0 has full tiles only; a tile of a higher level grows by one hash for each tile that fills below it. They are
// derived: what they say is believed only if the root that follows from them is a signed one.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "audit/tree.h"
#include "base/disk.h"
#include "base/result.h"

namespace agentmesh::audit {

inline constexpr uint64_t kTileHashes = 256;

// The hashes of one tile as far as it is there; an error if it is missing or its length is no multiple of 32.
Result<std::vector<Hash>> read_tile(const std::string& log_dir, unsigned level, uint64_t index);

// One more than the index of the last tile that is kept of level 0.
uint64_t stored_tiles(const std::string& log_dir);

// Whether tile/0/`index` is there and its root stands in the tiles above, as far as their lengths tell.
bool has_tile(const std::string& log_dir, uint64_t index);

// Writes tile/0/`index` and what grows above it, in this order. Whoever calls holds lock.cp and goes by index, upwards.
Result<void> write_tile(const std::string& log_dir, uint64_t index, std::span<const Hash> leaves,
                        Disk& disk);

// Everything that the tiles of the first `size` leaves consist of is on the disk.
Result<void> sync_tiles(const std::string& log_dir, uint64_t size, Disk& disk);

}  // namespace agentmesh::audit
