#include "audit/tiles.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <set>

#include "audit/disk_files.h"
#include "audit/layout.h"
#include "audit/segment.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

std::string bytes_of(std::span<const Hash> hashes) {
  std::string out;
  out.reserve(hashes.size() * sizeof(Hash));
  for (const Hash& hash : hashes)
    out.append(reinterpret_cast<const char*>(hash.data()), hash.size());
  return out;
}

Hash root_of(std::span<const Hash> hashes) {
  Frontier tree;
  for (const Hash& hash : hashes) tree.add(hash);
  return tree.root();
}

// The largest number that the names under `path` spell, behind `begin`.
std::optional<uint64_t> largest_tile(const std::string& path, uint64_t begin, int depth) {
  std::optional<uint64_t> largest;
  const auto names = list_directory(path);
  if (!names) return largest;
  for (const std::string& name : *names) {
    const bool folder = name.starts_with('x');
    const std::string_view digits = std::string_view(name).substr(folder ? 1 : 0);
    uint64_t number = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (digits.size() != 3 || read.ptr != digits.data() + digits.size()) continue;
    number += begin * 1000;
    std::optional<uint64_t> found = number;
    if (folder)
      found = depth > 0 ? largest_tile(path + "/" + name, number, depth - 1) : std::nullopt;
    if (found && (!largest || *found > *largest)) largest = found;
  }
  return largest;
}

}  // namespace

Result<std::vector<Hash>> read_tile(const std::string& log_dir, unsigned level, uint64_t index) {
  const std::string path = log_dir + "/" + tile_file(level, index);
  const auto bytes = read_regular(path, kTileHashes * sizeof(Hash));
  if (!bytes) return tl::unexpected(bytes.error());
  if (bytes->size() % sizeof(Hash) != 0) return fail(path + ": not a whole number of hashes");
  std::vector<Hash> hashes(bytes->size() / sizeof(Hash));
  for (size_t i = 0; i < hashes.size(); ++i)
    std::memcpy(hashes[i].data(), bytes->data() + i * sizeof(Hash), sizeof(Hash));
  return hashes;
}

uint64_t stored_tiles(const std::string& log_dir) {
  constexpr int kFolders = 4;  // a thousand times more in each
  const auto largest = largest_tile(log_dir + "/tile/0", 0, kFolders);
  return largest ? *largest + 1 : 0;
}

bool has_tile(const std::string& log_dir, uint64_t index) {
  if (!file_exists(log_dir + "/" + tile_file(0, index))) return false;
  for (unsigned level = 1; level < 8; ++level) {
    const uint64_t place = index % kTileHashes;
    index /= kTileHashes;
    const auto above = file_size(log_dir + "/" + tile_file(level, index));
    if (!above || *above < (place + 1) * sizeof(Hash)) return false;
    if (place + 1 < kTileHashes) break;
  }
  return true;
}

Result<void> sync_tiles(const std::string& log_dir, uint64_t size, Disk& disk) {
  std::set<std::string> directories;
  for (unsigned level = 0; level < 8; ++level) {
    const uint64_t width = uint64_t{1} << (8 * level);
    const uint64_t hashes = level == 0 ? (size + kTileHashes - 1) / kTileHashes * kTileHashes
                                       : (size + width - 1) / width;
    for (uint64_t index = 0; index * kTileHashes < hashes; ++index) {
      const std::string path = log_dir + "/" + tile_file(level, index);
      if (!file_exists(path)) continue;  // of the upper levels: nothing is complete there yet
      const auto fd = disk.open(path, O_RDONLY, 0);
      if (!fd) return tl::unexpected(fd.error());
      if (auto synced = disk.sync_data(fd->get()); !synced) return synced;
      directories.insert(path.substr(0, path.rfind('/')));
    }
    if (hashes <= 1) break;
  }
  for (const std::string& directory : directories)
    if (auto synced = disk.sync_directory(directory); !synced) return synced;
  return disk.sync_directory(log_dir + "/tile");
}

Result<void> write_tile(const std::string& log_dir, uint64_t index, std::span<const Hash> leaves,
                        Disk& disk) {
  const std::string path = log_dir + "/" + tile_file(0, index);
  if (auto made = make_directories(path.substr(0, path.rfind('/')), 0700); !made) return made;
  {
    const auto fd = disk.open(path + ".tmp", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (!fd) return tl::unexpected(fd.error());
    if (auto wrote = write_all(disk, fd->get(), bytes_of(leaves)); !wrote) return wrote;
  }
  if (auto renamed = disk.rename(path + ".tmp", path); !renamed) return renamed;
  // Each full tile puts its root at its place one level up; a tile that this fills does the same.
  Hash root = root_of(leaves);
  for (unsigned level = 1; level < 8; ++level) {
    const uint64_t place = index % kTileHashes;
    index /= kTileHashes;
    const std::string above = log_dir + "/" + tile_file(level, index);
    if (auto made = make_directories(above.substr(0, above.rfind('/')), 0700); !made) return made;
    const auto fd = disk.open(above, O_WRONLY | O_CREAT, 0600);
    if (!fd) return tl::unexpected(fd.error());
    if (::lseek(fd->get(), static_cast<off_t>(place * sizeof(Hash)), SEEK_SET) < 0)
      return fail_errno(above);
    if (auto wrote = write_all(disk, fd->get(), bytes_of({&root, 1})); !wrote) return wrote;
    if (place + 1 < kTileHashes) return {};
    const auto full = read_tile(log_dir, level, index);
    if (!full) return tl::unexpected(full.error());
    if (full->size() != kTileHashes) return fail(above + ": shorter than it should be");
    root = root_of(*full);
  }
  return {};
}

}  // namespace agentmesh::audit
