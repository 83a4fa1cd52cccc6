// RecentLeaves: the leaves that this process appended last, so that a tile that is full need not be read and hashed again.
//
// A run without gaps: a record of another process in between begins it anew. Thread: one at a time (the journal's mutex).
// Cost: 32 KiB; a copy of what is added.

#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "audit/tree.h"

namespace agentmesh::audit {

class RecentLeaves {
 public:
  void add(uint64_t first, std::span<const Hash> leaves) {
    if (ring_.empty()) ring_.resize(kKept);
    if (first != end_) begin_ = first;
    for (size_t i = 0; i < leaves.size(); ++i) ring_[(first + i) % kKept] = leaves[i];
    end_ = first + leaves.size();
    begin_ = std::max(begin_, end_ - std::min<uint64_t>(end_, kKept));
  }
  // The leaves [first, first + count); none if not all of them are here.
  std::vector<Hash> get(uint64_t first, uint64_t count) const {
    std::vector<Hash> leaves;
    if (first < begin_ || first + count > end_) return leaves;
    leaves.reserve(count);
    for (uint64_t seq = first; seq < first + count; ++seq) leaves.push_back(ring_[seq % kKept]);
    return leaves;
  }
  void clear() { begin_ = end_ = 0; }

 private:
  static constexpr uint64_t kKept = 1024;  // four tiles
  std::vector<Hash> ring_;
  uint64_t begin_ = 0, end_ = 0;
};

}  // namespace agentmesh::audit
