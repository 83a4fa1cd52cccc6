// The log as a static C2SP tlog-tiles directory: anyone who can serve files can serve it, and anyone's tlog client reads it.

#include <fcntl.h>

#include <algorithm>

#include <fmt/format.h>

#include "audit/checkpoint.h"
#include "audit/disk_files.h"
#include "audit/export.h"
#include "audit/layout.h"
#include "audit/read.h"
#include "audit/segment.h"
#include "audit/stored_tree.h"
#include "audit/tail_end.h"
#include "audit/tiles.h"
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

Result<void> export_hashes(const std::string& log_dir, const std::string& directory, uint64_t size,
                           Disk& disk) {
  StoredTree tree(log_dir);
  uint64_t hashes = size;
  for (unsigned level = 0; hashes > 0; ++level, hashes /= kTileHashes) {
    for (uint64_t index = 0; index * kTileHashes < hashes; ++index) {
      const uint64_t count = std::min(kTileHashes, hashes - index * kTileHashes);
      const auto tile = tree.tile(level, index, count);
      if (!tile) return tl::unexpected(tile.error());
      std::string bytes;
      for (const Hash& hash : *tile)
        bytes.append(reinterpret_cast<const char*>(hash.data()), hash.size());
      if (auto ok = put(directory + "/" + name_of(level, index, count), bytes, disk); !ok)
        return ok;
    }
  }
  return {};
}

}  // namespace

Result<ExportedTiles> export_tiles(const std::string& log_dir, const std::string& directory,
                                   Disk& disk) {
  const auto note = read_regular(log_dir + "/checkpoint", 1U << 20);
  if (!note) return tl::unexpected(note.error());
  const auto checkpoint = Checkpoint::parse(*note);
  if (!checkpoint) return fail(log_dir + "/checkpoint: not a checkpoint", kDamaged);
  if (const auto names = list_directory(directory); names && !names->empty())
    return fail(directory + ": is not empty", EEXIST);
  ExportedTiles out;
  out.size = checkpoint->head.size;
  const auto root = StoredTree(log_dir, StoredTree::From::kTilesAndLines).root(out.size);
  if (!root) return tl::unexpected(root.error());
  if (*root != checkpoint->head.root)
    return fail(
        "what is stored does not lead to the signed root: nothing was exported (agentmesh "
        "audit verify says what is wrong)",
        kDamaged);
  if (auto ok = export_hashes(log_dir, directory, out.size, disk); !ok)
    return tl::unexpected(ok.error());

  // Bundles of entries: each line behind its length in two bytes.
  std::string bundle;
  uint64_t seq = 0;
  uint64_t index = 0;
  uint64_t in_bundle = 0;
  const auto close = [&]() -> Result<void> {
    const uint64_t count = std::min(kTileHashes, out.size - index * kTileHashes);
    if (in_bundle == count) {
      if (auto ok = put(directory + "/" + bundle_name(index, count), bundle, disk); !ok) return ok;
      ++out.entries;
    } else {
      ++out.missing;
    }
    bundle.clear();
    in_bundle = 0;
    ++index;
    return {};
  };
  Result<void> wrote;
  bool first = true;
  const auto read = each_line(log_dir, 0, [&](std::string_view line, uint64_t at) {
    if (first) {
      index = at / kTileHashes;  // pruned before
      out.missing = index;
      first = false;
    }
    seq = at;
    if (seq >= out.size) return false;
    bundle += static_cast<char>(line.size() >> 8);
    bundle += static_cast<char>(line.size() & 0xff);
    bundle += line;
    ++in_bundle;
    if (seq + 1 == out.size || (seq + 1) % kTileHashes == 0) wrote = close();
    return wrote.has_value();
  });
  if (!read) return tl::unexpected(read.error());
  if (!wrote) return tl::unexpected(wrote.error());
  if (auto ok = put(directory + "/checkpoint", *note, disk); !ok) return tl::unexpected(ok.error());
  return out;
}

}  // namespace agentmesh::audit
