#include "audit/tree.h"

#include <algorithm>
#include <bit>

namespace agentmesh::audit {

namespace {

constexpr std::string_view kLeaf("\x00", 1);
constexpr std::string_view kNode("\x01", 1);

// The largest power of two below n; n > 1.
uint64_t split(uint64_t n) { return std::bit_floor(n - 1); }

}  // namespace

Hash hash_leaf(std::string_view line) {
  const std::array<std::string_view, 2> parts = {kLeaf, line};
  return sha256(parts);
}

Hash hash_node(const Hash& left, const Hash& right) {
  std::array<char, 65> bytes{};
  bytes[0] = kNode[0];
  std::copy(left.begin(), left.end(), bytes.begin() + 1);
  std::copy(right.begin(), right.end(), bytes.begin() + 33);
  return sha256(std::string_view(bytes.data(), bytes.size()));
}

std::optional<Frontier> Frontier::restore(uint64_t size, std::span<const Hash> hashes) {
  if (static_cast<size_t>(std::popcount(size)) != hashes.size()) return std::nullopt;
  Frontier frontier;
  frontier.size_ = size;
  frontier.count_ = hashes.size();
  std::copy(hashes.begin(), hashes.end(), frontier.hashes_.begin());
  return frontier;
}

Hash Frontier::root() const {
  if (count_ == 0) return sha256(std::string_view());
  Hash hash = hashes_[count_ - 1];
  for (size_t i = count_ - 1; i > 0; --i) hash = hash_node(hashes_[i - 1], hash);
  return hash;
}

Result<std::vector<Hash>> inclusion_path(uint64_t index, uint64_t size, const RangeRoot& range) {
  std::vector<Hash> path;
  uint64_t begin = 0;
  uint64_t end = size;
  while (end - begin > 1) {
    const uint64_t middle = begin + split(end - begin);
    const bool left = index < middle;
    auto other = left ? range(middle, end) : range(begin, middle);
    if (!other) return tl::unexpected(other.error());
    path.push_back(*other);
    (left ? end : begin) = middle;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

Result<std::vector<Hash>> consistency_path(uint64_t old_size, uint64_t new_size,
                                           const RangeRoot& range) {
  std::vector<Hash> path;
  if (old_size == 0 || old_size == new_size) return path;
  uint64_t begin = 0;
  uint64_t end = new_size;
  // Down to the subtree that ends where the old tree ended.
  while (end != old_size) {
    const uint64_t middle = begin + split(end - begin);
    const bool left = old_size <= middle;
    auto other = left ? range(middle, end) : range(begin, middle);
    if (!other) return tl::unexpected(other.error());
    path.push_back(*other);
    (left ? end : begin) = middle;
  }
  if (begin != 0) {
    auto last = range(begin, end);
    if (!last) return tl::unexpected(last.error());
    path.push_back(*last);
  }
  std::reverse(path.begin(), path.end());
  return path;
}

bool inclusion_holds(const Hash& leaf, uint64_t index, uint64_t size, std::span<const Hash> path,
                     const Hash& root) {
  if (index >= size) return false;
  uint64_t node = index;
  uint64_t last = size - 1;
  Hash hash = leaf;
  for (const Hash& other : path) {
    if (last == 0) return false;
    if ((node & 1) != 0 || node == last) {
      hash = hash_node(other, hash);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = hash_node(hash, other);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && hash == root;
}

bool consistency_holds(uint64_t old_size, const Hash& old_root, uint64_t new_size,
                       const Hash& new_root, std::span<const Hash> path) {
  if (old_size > new_size) return false;
  if (old_size == new_size) return path.empty() && old_root == new_root;
  if (old_size == 0) return path.empty();
  if (path.empty()) return false;
  uint64_t node = old_size - 1;
  uint64_t last = new_size - 1;
  while ((node & 1) != 0) {
    node >>= 1;
    last >>= 1;
  }
  size_t next = 0;
  // An old tree that is one complete subtree stands for itself and is not in the path.
  Hash old_hash = std::has_single_bit(old_size) ? old_root : path[next++];
  Hash new_hash = old_hash;
  for (; next < path.size(); ++next) {
    if (last == 0) return false;
    if ((node & 1) != 0 || node == last) {
      old_hash = hash_node(path[next], old_hash);
      new_hash = hash_node(path[next], new_hash);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      new_hash = hash_node(new_hash, path[next]);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && old_hash == old_root && new_hash == new_root;
}

}  // namespace agentmesh::audit
