#include "audit/stored_tree.h"

#include <algorithm>
#include <bit>
#include <cerrno>

#include <fmt/format.h>

#include "audit/layout.h"
#include "audit/line_check.h"
#include "audit/segment.h"
#include "audit/tiles.h"

namespace agentmesh::audit {

namespace {

constexpr size_t kKept = 64;  // tiles in memory, 8 KiB each

}  // namespace

Result<std::vector<Hash>> leaves_of_lines(const std::string& log_dir, uint64_t first,
                                          uint64_t most) {
  const auto gone = [&] { return fail(fmt::format("record {} is not here", first), ENOENT); };
  const auto segments = list_segments(log_dir);
  if (!segments) return tl::unexpected(segments.error());
  auto segment = std::upper_bound(segments->begin(), segments->end(), first);
  if (segment == segments->begin()) return gone();
  --segment;
  const auto found = find_line(log_dir + "/" + segment_file(*segment), first);
  if (!found) return tl::unexpected(found.error());
  if (!*found) return gone();
  std::vector<Hash> leaves;
  leaves.reserve(most);
  // Up to a gap: what stands behind one has other numbers.
  for (uint64_t offset = **found;
       segment != segments->end() && leaves.size() < most && *segment <= first + leaves.size();
       ++segment, offset = 0) {
    auto cursor = LineCursor::open(log_dir + "/" + segment_file(*segment), offset);
    if (!cursor) return tl::unexpected(cursor.error());
    while (leaves.size() < most) {
      const auto more = cursor->next();
      if (!more) return tl::unexpected(more.error());
      if (!*more) break;
      leaves.push_back(hash_leaf(cursor->line()));
    }
  }
  return leaves;
}

const std::vector<Hash>* StoredTree::stored(unsigned level, uint64_t index) {
  if (from_ == From::kLinesAlone) return nullptr;
  if (tiles_.size() > kKept) tiles_.clear();
  const auto [at, is_new] = tiles_.try_emplace({level, index});
  if (is_new)
    if (auto read = read_tile(log_dir_, level, index)) at->second = std::move(*read);
  return &at->second;
}

// The leaves of one tile of level 0, as many as there are.
Result<const std::vector<Hash>*> StoredTree::leaves(uint64_t tile) {
  if (const auto* full = stored(0, tile); full != nullptr && full->size() == kTileHashes)
    return full;
  if (from_ == From::kTilesAlone) return fail(fmt::format("tile {} is not here", tile), ENOENT);
  if (leaves_.size() > kKept) leaves_.clear();
  auto at = leaves_.find(tile);
  if (at == leaves_.end()) {
    auto read = leaves_of_lines(log_dir_, tile * kTileHashes, kTileHashes);
    if (!read) return tl::unexpected(read.error());
    at = leaves_.emplace(tile, std::move(*read)).first;
  }
  return &at->second;
}

Result<Hash> StoredTree::leaf(uint64_t seq) {
  const auto there = leaves(seq / kTileHashes);
  if (!there) return tl::unexpected(there.error());
  if (seq % kTileHashes >= (*there)->size())
    return fail(fmt::format("record {} is not here", seq), ENOENT);
  return (**there)[seq % kTileHashes];
}

Result<Hash> StoredTree::range(uint64_t begin, uint64_t end) {
  const uint64_t count = end - begin;
  if (count == 1) return leaf(begin);
  const auto height = static_cast<unsigned>(std::countr_zero(count));
  const bool whole = std::has_single_bit(count) && begin % count == 0;
  if (whole && height >= 8) {
    // 2^(height mod 8) neighbours of one tile.
    const unsigned level = height / 8;
    const uint64_t first = begin >> (level * 8);
    const uint64_t width = uint64_t{1} << (height % 8);
    const auto* tile = stored(level, first / kTileHashes);
    if (tile != nullptr && tile->size() >= first % kTileHashes + width) {
      Frontier tree;
      for (uint64_t i = 0; i < width; ++i) tree.add((*tile)[first % kTileHashes + i]);
      return tree.root();
    }
  }
  const uint64_t middle = begin + std::bit_floor(count - 1);
  const auto left = range(begin, middle);
  if (!left) return left;
  const auto right = range(middle, end);
  if (!right) return right;
  return hash_node(*left, *right);
}

Result<Hash> StoredTree::root(uint64_t size) {
  if (size == 0) return Frontier().root();
  return range(0, size);
}

Result<Frontier> StoredTree::frontier(uint64_t size) {
  Frontier out;
  for (uint64_t rest = size; rest > 0;) {
    const uint64_t width = std::bit_floor(rest);
    const auto hash = range(size - rest, size - rest + width);
    if (!hash) return tl::unexpected(hash.error());
    out.add_subtree(static_cast<unsigned>(std::countr_zero(width)), *hash,
                    [](unsigned, const Hash&) {});
    rest -= width;
  }
  return out;
}

}  // namespace agentmesh::audit
