#include "audit/prove.h"

#include <algorithm>

#include <fmt/format.h>

#include "audit/line_check.h"
#include "audit/read.h"
#include "audit/segment.h"
#include "audit/stored_tree.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

constexpr size_t kHistoryBytes = size_t{1} << 30;

struct Found {
  Checkpoint checkpoint;
  std::string note;
};

Result<Found> newest_checkpoint(const std::string& log_dir) {
  auto bytes = read_regular(log_dir + "/checkpoint", 1U << 20);
  if (!bytes) return tl::unexpected(bytes.error());
  auto checkpoint = Checkpoint::parse(*bytes);
  if (!checkpoint) return fail(log_dir + "/checkpoint: not a checkpoint", kDisagrees);
  return Found{std::move(*checkpoint), std::move(*bytes)};
}

// The checkpoint of that size in the history.
Result<Found> checkpoint_of(const std::string& log_dir, uint64_t size) {
  auto newest = newest_checkpoint(log_dir);
  if (!newest) return newest;
  if (newest->checkpoint.head.size == size) return newest;
  const auto bytes = read_regular(log_dir + "/checkpoints", kHistoryBytes);
  if (!bytes) return tl::unexpected(bytes.error());
  const std::string begin = fmt::format("{}\n{}\n", newest->checkpoint.head.origin, size);
  for (size_t at = bytes->find(begin); at != std::string::npos; at = bytes->find(begin, at + 1)) {
    if (at > 0 && (*bytes)[at - 1] != '\n') continue;
    const size_t next =
        std::min(bytes->find("\n" + newest->checkpoint.head.origin + "\n", at), bytes->size() - 1);
    std::string note = bytes->substr(at, next + 1 - at);
    if (auto checkpoint = Checkpoint::parse(note))
      return Found{std::move(*checkpoint), std::move(note)};
  }
  return fail(fmt::format("no checkpoint of {} records was signed", size), kNotCovered);
}

Result<void> check_signed(const Found& found, std::span<const VerifierKey> keys) {
  if (keys.empty() || signer_of(found.checkpoint, keys) != nullptr) return {};
  return fail(fmt::format("the checkpoint of {} records is not signed by the log's key",
                          found.checkpoint.head.size),
              kDisagrees);
}

RangeRoot ranges_of(StoredTree& tree) {
  return [&tree](uint64_t begin, uint64_t end) { return tree.range(begin, end); };
}

constexpr auto kSources = {StoredTree::From::kTilesAndLines, StoredTree::From::kLinesAlone};

}  // namespace

Result<Proof> prove_record(const std::string& log_dir, uint64_t seq, std::optional<uint64_t> size,
                           std::span<const VerifierKey> keys) {
  auto found = size ? checkpoint_of(log_dir, *size) : newest_checkpoint(log_dir);
  if (!found) return tl::unexpected(found.error());
  if (auto ok = check_signed(*found, keys); !ok) return tl::unexpected(ok.error());
  const TreeHead& head = found->checkpoint.head;
  if (seq >= head.size)
    return fail(
        fmt::format("record {} is not covered by the checkpoint of {} records", seq, head.size),
        kNotCovered);
  Proof proof;
  proof.first = seq;
  proof.head = head;
  proof.checkpoint = std::move(found->note);
  const auto line = find_record(log_dir, seq);
  std::optional<Error> last;
  for (const StoredTree::From from : kSources) {
    StoredTree tree(log_dir, from);
    // The line itself where it is left: what is proven must be what stands there.
    const auto leaf = line && *line ? Result<Hash>(hash_leaf(**line)) : tree.leaf(seq);
    if (!leaf) {
      last = leaf.error();
      continue;
    }
    auto path = inclusion_path(seq, head.size, ranges_of(tree));
    if (!path) {
      last = path.error();
      continue;
    }
    proof.leaf = *leaf;
    proof.path = std::move(*path);
    if (proves(proof.text(), *leaf, keys)) return proof;
    last =
        Error{fmt::format("record {} does not lead to the signed root of {} records: the log was "
                          "changed (agentmesh audit verify says where)",
                          seq, head.size),
              kDisagrees};
  }
  return tl::unexpected(*last);
}

Result<Proof> prove_consistency(const std::string& log_dir, uint64_t old_size, uint64_t new_size,
                                std::span<const VerifierKey> keys) {
  if (old_size > new_size)
    return fail(fmt::format("{} records do not extend {}", new_size, old_size), kNotCovered);
  auto found = checkpoint_of(log_dir, new_size);
  if (!found) return tl::unexpected(found.error());
  if (auto ok = check_signed(*found, keys); !ok) return tl::unexpected(ok.error());
  Proof proof;
  proof.consistency = true;
  proof.first = old_size;
  proof.head = found->checkpoint.head;
  proof.checkpoint = std::move(found->note);
  // An older head that was signed, too, is what the proof must begin with.
  const auto old = checkpoint_of(log_dir, old_size);
  std::optional<Error> last;
  for (const StoredTree::From from : kSources) {
    StoredTree tree(log_dir, from);
    const auto old_root = tree.root(old_size);
    if (!old_root) {
      last = old_root.error();
      continue;
    }
    auto path = consistency_path(old_size, new_size, ranges_of(tree));
    if (!path) {
      last = path.error();
      continue;
    }
    const bool same = !old || old->checkpoint.head.root == *old_root;
    proof.path = std::move(*path);
    if (same && proves(proof.text(), *old_root, keys)) return proof;
    last =
        Error{fmt::format("the first {} records do not lead to the signed root of {}: the log was "
                          "changed (agentmesh audit verify says where)",
                          old_size, new_size),
              kDisagrees};
  }
  return tl::unexpected(*last);
}

}  // namespace agentmesh::audit
