// The log as a static C2SP tlog-tiles directory: anyone who can serve files can serve it, and anyone's tlog client reads it.

#include <fcntl.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "audit/checkpoint.h"
#include "audit/disk_files.h"
#include "audit/export.h"
#include "audit/layout.h"
#include "audit/read.h"
#include "audit/segment.h"
#include "audit/tail_end.h"
#include "audit/tiles.h"
#include "audit/tree.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

Result<void> put(const std::string& path, std::string_view bytes, Disk& disk) {
  if (auto made = make_directories(path.substr(0, path.rfind('/')), 0700); !made) return made;
  const auto fd = disk.open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (!fd) return tl::unexpected(fd.error());
  return write_all(disk, fd->get(), bytes);  // a copy: nothing is lost if it has to be made again
}

// "tile/0/x001/234" or, of an unfinished one, "tile/0/x001/234.p/17".
std::string name_of(unsigned level, uint64_t index, uint64_t count) {
  std::string name = tile_file(level, index);
  if (count < kTileHashes) name += fmt::format(".p/{}", count);
  return name;
}
std::string bundle_name(uint64_t index, uint64_t count) {
  std::string name = name_of(0, index, count);
  return name.replace(0, std::string_view("tile/0/").size(), "tile/entries/");
}

auto refused(const std::string& why) { return fail(why + ": nothing was exported", kDamaged); }

using Visit = std::function<Result<void>(const Hash& leaf, std::optional<std::string_view> line)>;

// The leaves of records that were pruned, from the tiles that stand for them.
Result<void> each_pruned(const std::string& log_dir, uint64_t count, const Visit& visit) {
  std::vector<Hash> tile;
  for (uint64_t seq = 0; seq < count; ++seq) {
    const uint64_t place = seq % kTileHashes;
    if (place == 0) {
      auto read = read_tile(log_dir, 0, seq / kTileHashes);
      if (!read) return refused(read.error().what);
      tile = std::move(*read);
    }
    if (place >= tile.size())
      return refused(fmt::format("the tile of record {} is too short", seq));
    if (auto ok = visit(tile[place], std::nullopt); !ok) return ok;
  }
  return {};
}

// The first `size` leaves, in order: of each line that is here, whatever the tiles say of it, and of pruned records.
Result<void> each_leaf(const std::string& log_dir, uint64_t size, const Visit& visit) {
  const auto segments = list_segments(log_dir);
  if (!segments) return tl::unexpected(segments.error());
  if (!segments->empty())
    if (auto ok = each_pruned(log_dir, std::min(segments->front(), size), visit); !ok) return ok;
  Result<void> visited;
  const auto missing = each_line(log_dir, 0, [&](std::string_view line, uint64_t seq) {
    if (seq < size) visited = visit(hash_leaf(line), line);
    return visited.has_value();
  });
  if (!missing) return tl::unexpected(missing.error());
  if (!visited) return visited;
  if (!missing->empty() && missing->front().first < size) return refused(to_text(missing->front()));
  return {};
}

// Whether the leaves lead to the signed root, before anything is written.
Result<void> check_root(const std::string& log_dir, const TreeHead& head) {
  Frontier tree;
  auto read = each_leaf(log_dir, head.size, [&](const Hash& leaf, const auto&) -> Result<void> {
    tree.add(leaf);
    return {};
  });
  if (!read) return read;
  if (tree.size() == head.size && tree.root() == head.root) return {};
  return refused("what is stored does not lead to the signed root");
}

// Writes the tiles and bundles of a tree as its leaves come. What it wrote stands if root() is the signed one.
class TileWriter {
 public:
  TileWriter(std::string directory, uint64_t size, Disk& disk)
      : directory_(std::move(directory)), size_(size), disk_(disk) {}

  Result<void> add(const Hash& leaf, std::optional<std::string_view> line) {
    if (line) {
      ++lines_;
      // Each line behind its length in two bytes.
      bundle_ += static_cast<char>(line->size() >> 8);
      bundle_ += static_cast<char>(line->size() & 0xff);
      bundle_ += *line;
    }
    const uint64_t seq = tree_.size();
    Result<void> wrote;
    tree_.add_subtree(0, leaf, [&](unsigned height, const Hash& hash) {
      if (height % 8 == 0 && wrote) wrote = add_hash(height / 8, seq >> height, hash);
    });
    if (wrote && (seq + 1 == size_ || (seq + 1) % kTileHashes == 0))
      wrote = put_bundle(seq / kTileHashes, seq % kTileHashes + 1);
    return wrote;
  }

  // The unfinished tiles of all levels, after the last leaf.
  Result<void> finish() {
    for (unsigned level = 0; level < levels_.size(); ++level) {
      const uint64_t hashes = tree_.size() >> (8 * level);
      if (levels_[level].empty()) continue;
      if (auto ok = put_tile(level, hashes / kTileHashes); !ok) return ok;
    }
    return {};
  }

  Hash root() const { return tree_.root(); }
  uint64_t entries() const { return entries_; }
  uint64_t missing() const { return missing_; }

 private:
  Result<void> add_hash(unsigned level, uint64_t index, const Hash& hash) {
    if (levels_.size() <= level) levels_.resize(level + 1);
    levels_[level].append(reinterpret_cast<const char*>(hash.data()), hash.size());
    if ((index + 1) % kTileHashes != 0) return {};
    return put_tile(level, index / kTileHashes);
  }

  Result<void> put_tile(unsigned level, uint64_t index) {
    const std::string hashes = std::exchange(levels_[level], {});
    return put(directory_ + "/" + name_of(level, index, hashes.size() / sizeof(Hash)), hashes,
               disk_);
  }

  // A bundle is whole or, where records of it were pruned, left out.
  Result<void> put_bundle(uint64_t index, uint64_t count) {
    const std::string bundle = std::exchange(bundle_, {});
    if (std::exchange(lines_, 0) < count) {
      ++missing_;
      return {};
    }
    ++entries_;
    return put(directory_ + "/" + bundle_name(index, count), bundle, disk_);
  }

  const std::string directory_;
  const uint64_t size_;
  Disk& disk_;
  Frontier tree_;
  std::vector<std::string> levels_;  // the hashes of each level's unfinished tile
  std::string bundle_;
  uint64_t lines_ = 0;  // in the bundle
  uint64_t entries_ = 0;
  uint64_t missing_ = 0;
};

}  // namespace

// All is read twice: nothing is written unless it leads to the signed root, and what was read the second time has to lead there,
// too, before the checkpoint makes a log of it.
Result<ExportedTiles> export_tiles(const std::string& log_dir, const std::string& directory,
                                   std::span<const VerifierKey> keys, Disk& disk) {
  const auto note = read_regular(log_dir + "/checkpoint", 1U << 20);
  if (!note) return tl::unexpected(note.error());
  const auto checkpoint = Checkpoint::parse(*note);
  if (!checkpoint) return fail(log_dir + "/checkpoint: not a checkpoint", kDamaged);
  if (const auto names = list_directory(directory); names && !names->empty())
    return fail(directory + ": is not empty", EEXIST);
  const TreeHead& head = checkpoint->head;
  if (!keys.empty() && signer_of(*checkpoint, keys) == nullptr)
    return refused(
        fmt::format("the checkpoint of {} records is not signed by the log's key", head.size));
  if (auto ok = check_root(log_dir, head); !ok) return tl::unexpected(ok.error());
  TileWriter tiles(directory, head.size, disk);
  auto wrote = each_leaf(log_dir, head.size,
                         [&](const Hash& leaf, const auto& line) { return tiles.add(leaf, line); });
  if (wrote) wrote = tiles.finish();
  if (!wrote) return tl::unexpected(wrote.error());
  if (tiles.root() != head.root)
    return fail("the log was changed while it was read: what is in " + directory + " is none",
                kDamaged);
  if (auto ok = put(directory + "/checkpoint", *note, disk); !ok) return tl::unexpected(ok.error());
  return ExportedTiles{head.size, tiles.entries(), tiles.missing()};
}

}  // namespace agentmesh::audit
