// The Merkle tree of RFC 6962: hashes of leaves and nodes, the frontier that an append needs, and the two proofs.
//
// A Frontier holds the roots of the complete subtrees that make up a tree of any size, left to right (a "compact range"):
// all that is needed to add a leaf or to give the root. Proofs are paths of hashes, lowest first.
// Thread: values and pure functions. Cost: one hash per added leaf on average; root() at most 64.

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/result.h"

namespace agentmesh::audit {

Hash hash_leaf(std::string_view line);                // SHA-256(0x00 ‖ line)
Hash hash_node(const Hash& left, const Hash& right);  // SHA-256(0x01 ‖ left ‖ right)

class Frontier {
 public:
  Frontier() = default;
  Frontier(const Frontier&) = default;
  // Copies the hashes that are there, not room for 64: an append sets one aside twice.
  Frontier& operator=(const Frontier& other) {
    size_ = other.size_;
    count_ = other.count_;
    std::copy_n(other.hashes_.begin(), count_, hashes_.begin());
    return *this;
  }
  ~Frontier() = default;

  // Takes the hashes of an older Frontier; nothing if their number is not the one that `size` asks for.
  static std::optional<Frontier> restore(uint64_t size, std::span<const Hash> hashes);

  uint64_t size() const { return size_; }
  std::span<const Hash> hashes() const { return {hashes_.data(), count_}; }

  void add(const Hash& leaf) {
    add_subtree(0, leaf, [](unsigned, const Hash&) {});
  }

  // Adds the root of 2^height further leaves; size() must be a multiple of that. `complete(height, root)` is called for
  // every subtree that this makes complete, the given one included, lowest first.
  template <class Complete>
  void add_subtree(unsigned height, const Hash& root, Complete complete) {
    Hash hash = root;
    complete(height, hash);
    const uint64_t leaves = uint64_t{1} << height;
    for (uint64_t rest = size_ >> height; (rest & 1) != 0; rest >>= 1) {
      hash = hash_node(hashes_[--count_], hash);
      complete(++height, hash);
    }
    hashes_[count_++] = hash;
    size_ += leaves;
  }

  Hash root() const;  // of the empty tree: SHA-256 of nothing

 private:
  uint64_t size_ = 0;
  size_t count_ = 0;
  std::array<Hash, 64> hashes_{};
};

// The root of the leaves [begin, end) taken as a tree of their own.
using RangeRoot = std::function<Result<Hash>(uint64_t begin, uint64_t end)>;

// RFC 6962 section 2.1.1, PATH(index, D[size]); index < size.
Result<std::vector<Hash>> inclusion_path(uint64_t index, uint64_t size, const RangeRoot& range);
// RFC 6962 section 2.1.2, PROOF(old_size, D[new_size]); old_size <= new_size; empty for 0 and for equal sizes.
Result<std::vector<Hash>> consistency_path(uint64_t old_size, uint64_t new_size,
                                           const RangeRoot& range);

// RFC 9162 section 2.1.3.2.
bool inclusion_holds(const Hash& leaf, uint64_t index, uint64_t size, std::span<const Hash> path,
                     const Hash& root);
// RFC 9162 section 2.1.4.2. Everything is consistent with the empty tree.
bool consistency_holds(uint64_t old_size, const Hash& old_root, uint64_t new_size,
                       const Hash& new_root, std::span<const Hash> path);

}  // namespace agentmesh::audit
