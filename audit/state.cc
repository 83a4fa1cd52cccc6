#include "audit/state.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/bytes.h"

namespace agentmesh::audit {

namespace {

// Little-endian, packed (audit.md section 3). The leaves of the unfinished tile, for which there is room behind it, are not
// kept: who writes a tile reads them from the lines, which is right in every case and off the message path (keeper.cc).
constexpr std::string_view kMagic = "AMSTATE1";
constexpr size_t kNextSeq = 8;
constexpr size_t kSegmentFirst = 16;
constexpr size_t kSegmentBytes = 24;
constexpr size_t kSegmentTs = 32;
constexpr size_t kLastLeaf = 40;
constexpr size_t kCheckpointSize = 72;
constexpr size_t kCheckpointTs = 80;
constexpr size_t kCount = 88;
constexpr size_t kFrontier = 89;
constexpr size_t kChecksum = kFrontier + 64 * sizeof(Hash);
constexpr size_t kBytes = kChecksum + 8;

Hash checksum(const uint8_t* map, size_t count) {
  return sha256(
      std::string_view(reinterpret_cast<const char*>(map), kFrontier + count * sizeof(Hash)));
}

Hash hash_at(const uint8_t* at) {
  Hash hash;
  std::memcpy(hash.data(), at, hash.size());
  return hash;
}

}  // namespace

StateFile::StateFile(StateFile&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::move(other.fd_)),
      map_(std::exchange(other.map_, nullptr)) {}

StateFile& StateFile::operator=(StateFile&& other) noexcept {
  if (this != &other) {
    detach();
    path_ = std::move(other.path_);
    fd_ = std::move(other.fd_);
    map_ = std::exchange(other.map_, nullptr);
  }
  return *this;
}

StateFile::~StateFile() { detach(); }

void StateFile::detach() {
  if (map_ != nullptr) ::munmap(map_, kBytes);
  map_ = nullptr;
  fd_.reset();
}

void StateFile::attach(Disk& disk) {
  struct stat info {};
  // Cut short by someone, a store would be SIGBUS; unlinked, nobody else would see it.
  if (map_ != nullptr && ::fstat(fd_.get(), &info) == 0 && info.st_nlink > 0 &&
      info.st_size >= static_cast<off_t>(kBytes))
    return;
  detach();
  auto fd = disk.open(path_, O_RDWR | O_CREAT, 0600);
  if (!fd) return;
  if (!disk.allocate(fd->get(), kBytes)) return;
  void* map = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd->get(), 0);
  if (map == MAP_FAILED) return;
  fd_ = std::move(*fd);
  map_ = static_cast<uint8_t*>(map);
}

bool StateFile::still(const Head& head) const {
  return map_ != nullptr && get_u64_le(map_ + kNextSeq) == head.next_seq &&
         get_u64_le(map_ + kSegmentFirst) == head.segment_first &&
         get_u64_le(map_ + kSegmentBytes) == head.segment_bytes &&
         std::memcmp(map_ + kLastLeaf, head.last_leaf.data(), head.last_leaf.size()) == 0;
}

void StateFile::refresh_checkpoint(Head& head) const {
  if (map_ == nullptr) return;
  head.checkpoint_size = std::min(get_u64_le(map_ + kCheckpointSize), head.next_seq);
  head.checkpoint_ts = static_cast<int64_t>(get_u64_le(map_ + kCheckpointTs));
}

std::optional<Head> StateFile::load() const {
  if (map_ == nullptr || std::memcmp(map_, kMagic.data(), 8) != 0) return std::nullopt;
  const size_t count = map_[kCount];
  if (count > 64) return std::nullopt;
  if (std::memcmp(map_ + kChecksum, checksum(map_, count).data(), 8) != 0) return std::nullopt;
  Head head;
  head.next_seq = get_u64_le(map_ + kNextSeq);
  head.segment_first = get_u64_le(map_ + kSegmentFirst);
  head.segment_bytes = get_u64_le(map_ + kSegmentBytes);
  head.segment_ts = static_cast<int64_t>(get_u64_le(map_ + kSegmentTs));
  head.last_leaf = hash_at(map_ + kLastLeaf);
  head.checkpoint_size = get_u64_le(map_ + kCheckpointSize);
  head.checkpoint_ts = static_cast<int64_t>(get_u64_le(map_ + kCheckpointTs));
  std::array<Hash, 64> hashes{};
  for (size_t i = 0; i < count; ++i) hashes[i] = hash_at(map_ + kFrontier + i * sizeof(Hash));
  const auto tree = Frontier::restore(head.next_seq, {hashes.data(), count});
  if (!tree) return std::nullopt;
  head.tree = *tree;
  return head;
}

void StateFile::store(const Head& head) {
  if (map_ == nullptr) return;
  std::memcpy(map_, kMagic.data(), 8);
  put_u64_le(map_ + kNextSeq, head.next_seq);
  put_u64_le(map_ + kSegmentFirst, head.segment_first);
  put_u64_le(map_ + kSegmentBytes, head.segment_bytes);
  put_u64_le(map_ + kSegmentTs, static_cast<uint64_t>(head.segment_ts));
  std::memcpy(map_ + kLastLeaf, head.last_leaf.data(), head.last_leaf.size());
  put_u64_le(map_ + kCheckpointSize, head.checkpoint_size);
  put_u64_le(map_ + kCheckpointTs, static_cast<uint64_t>(head.checkpoint_ts));
  const auto hashes = head.tree.hashes();
  map_[kCount] = static_cast<uint8_t>(hashes.size());
  for (size_t i = 0; i < hashes.size(); ++i)
    std::memcpy(map_ + kFrontier + i * sizeof(Hash), hashes[i].data(), sizeof(Hash));
  std::memcpy(map_ + kChecksum, checksum(map_, hashes.size()).data(), 8);
}

void StateFile::invalidate() {
  if (map_ != nullptr) put_u64_le(map_ + kNextSeq, UINT64_MAX);
}

}  // namespace agentmesh::audit
