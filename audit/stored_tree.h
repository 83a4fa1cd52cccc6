// StoredTree: the hashes of a log's tree at any size, from its tiles where they are and from its lines where not.
//
// What it says is worth what the tiles are: whoever uses it compares the root that follows with a signed one.
// Thread: one. Cost: a range of n leaves reads O(log n) tiles and at most 255 lines; without tiles, the lines.
// Failure: ENOENT where neither a tile nor a line is left.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "audit/tree.h"
#include "base/result.h"

namespace agentmesh::audit {

class StoredTree {
 public:
  // kTilesAlone: what the tiles do not say is an error, however much the lines would.
  enum class From : uint8_t { kTilesAndLines, kTilesAlone, kLinesAlone };
  explicit StoredTree(std::string log_dir, From from = From::kTilesAndLines)
      : log_dir_(std::move(log_dir)), from_(from) {}

  Result<Hash> leaf(uint64_t seq);
  // The root of the leaves [begin, end) as a tree of their own; begin < end.
  Result<Hash> range(uint64_t begin, uint64_t end);
  // The root of the first `size` leaves.
  Result<Hash> root(uint64_t size);
  // The same as a Frontier, which can be added to.
  Result<Frontier> frontier(uint64_t size);

 private:
  const std::vector<Hash>* stored(unsigned level, uint64_t index);
  Result<const std::vector<Hash>*> leaves(uint64_t tile);

  const std::string log_dir_;
  const From from_;
  std::map<std::pair<unsigned, uint64_t>, std::vector<Hash>> tiles_;  // empty: not there
  std::map<uint64_t, std::vector<Hash>> leaves_;                      // by tile of level 0
};

// The leaves of at most `most` lines from record `first` on; fewer where the log ends. ENOENT if that record's line is not
// here.
Result<std::vector<Hash>> leaves_of_lines(const std::string& log_dir, uint64_t first,
                                          uint64_t most);

}  // namespace agentmesh::audit
