#include "trust/shared_file.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <vector>

#include <fmt/format.h>

#include "base/clock.h"

namespace agentmesh::trust {

namespace {

constexpr std::string_view kMagic = "AMSHARE1";
constexpr std::string_view kRetired = "AMRETIRD";
constexpr uint32_t kVersion = 1;
constexpr int kAttempts = 8;
constexpr auto kPatience = std::chrono::milliseconds(50);

constexpr size_t kHaltsAt = 4096;
constexpr size_t kTicketsAt = kHaltsAt + kMaxHalts * sizeof(HaltEntry);
constexpr size_t kLimitsAt = kTicketsAt + kMaxTickets * sizeof(TicketEntry);
constexpr size_t kStampsAt = (kLimitsAt + kMaxLimits * sizeof(LimitSlot) + 4095) / 4096 * 4096;
constexpr size_t kSize = kStampsAt + kMaxStamps * sizeof(int64_t);
static_assert(kTicketsAt % 8 == 0 && kLimitsAt % 8 == 0);

// Changes take microseconds: a lock that is not had soon belongs to a process that was stopped in the middle.
Result<void> lock(int fd, const std::string& path) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  for (int tries = 0;; ++tries) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return {};
    if (errno != EWOULDBLOCK && errno != EINTR) return fail_errno("lock " + path);
    if (tries < 64) {
      ::sched_yield();
      continue;
    }
    if (std::chrono::steady_clock::now() >= give_up)
      return fail(path + ": another process keeps it locked", EWOULDBLOCK);
    const timespec pause{0, 20'000};
    ::nanosleep(&pause, nullptr);
  }
}

bool has_magic(const Header& header, std::string_view magic) {
  return std::string_view(header.magic, sizeof header.magic) == magic;
}

}  // namespace

uint64_t check_of(const HaltEntry& entry) {
  const auto* bytes = reinterpret_cast<const char*>(&entry) + sizeof entry.check;
  const Hash hash = sha256(std::string_view(bytes, sizeof entry - sizeof entry.check));
  return get_u64_le(hash.data());
}

bool limits_are_sound(const SharedFile& file) {
  std::vector<std::pair<uint32_t, uint32_t>> rings;
  for (size_t i = 0; i < kMaxLimits; ++i) {
    const RingPlace& ring = file.limits()[i].ring;
    if (ring.capacity == 0) continue;
    if (ring.offset > kMaxStamps || ring.capacity > kMaxStamps - ring.offset) return false;
    if (ring.head >= ring.capacity || ring.count > ring.capacity) return false;
    rings.emplace_back(ring.offset, ring.capacity);
  }
  std::sort(rings.begin(), rings.end());
  for (size_t i = 1; i < rings.size(); ++i) {
    if (rings[i - 1].first + rings[i - 1].second > rings[i].first) return false;
  }
  // New rings begin at the mark: within the file, and behind those that are there.
  const uint32_t end = rings.empty() ? 0 : rings.back().first + rings.back().second;
  const uint32_t mark = file.header().high_water;
  return end <= mark && mark <= kMaxStamps;
}

SharedFile::~SharedFile() { unmap(); }

void SharedFile::unmap() {
  if (base_ != nullptr) ::munmap(base_, kSize);
  base_ = nullptr;
  file_.reset();
}

HaltEntry* SharedFile::halts() const { return at<HaltEntry>(kHaltsAt); }
TicketEntry* SharedFile::tickets() const { return at<TicketEntry>(kTicketsAt); }
LimitSlot* SharedFile::limits() const { return at<LimitSlot>(kLimitsAt); }
int64_t* SharedFile::stamps() const { return at<int64_t>(kStampsAt); }

uint64_t SharedFile::random_word() {
  uint8_t bytes[8];
  random_.fill(bytes);
  const uint64_t word = get_u64_le(bytes);
  return word == 0 ? 1 : word;
}

bool SharedFile::attached() const {
  if (base_ == nullptr) return false;
  // Asked by name: a file that was removed, replaced, renamed or cut short is not touched (a cut one would be a SIGBUS).
  struct stat named {};
  if (::stat(path_.c_str(), &named) != 0 || named.st_size != static_cast<off_t>(kSize))
    return false;
  return named.st_ino == inode_ && named.st_dev == device_ && has_magic(header(), kMagic);
}

bool SharedFile::nobody_halted() {
  const std::lock_guard guard(mutex_);
  return attached() && __atomic_load_n(&header().halts, __ATOMIC_ACQUIRE) == 0;
}

int64_t SharedFile::made_us() {
  const std::lock_guard guard(mutex_);
  return made_us_;
}

std::string SharedFile::take_notice() {
  const std::lock_guard guard(mutex_);
  return std::exchange(notice_, {});
}

void SharedFile::initialise() {
  std::memset(base_, 0, kStampsAt);
  Header& head = header();
  head.version = kVersion;
  head.size = kSize;
  head.made_us = made_us_ = SystemClock().wall_us();
  head.lost = 1;
  const size_t kept = std::min(saved_.size(), kMaxHalts);
  std::copy_n(saved_.begin(), kept, halts());
  head.halts = static_cast<uint32_t>(kept);
  saved_.clear();
  std::atomic_thread_fence(std::memory_order_release);
  std::memcpy(head.magic, kMagic.data(), kMagic.size());
}

// Whoever still has it mapped sees that it is retired and turns to the new one.
Result<void> SharedFile::move_aside(int fd, std::string_view why) {
  if (only_read_) return fail(fmt::format("{} {}", path_, why));
  for (size_t i = 0; i < kMaxHalts; ++i) {
    HaltEntry entry{};
    const auto place = static_cast<off_t>(kHaltsAt + i * sizeof entry);
    if (::pread(fd, &entry, sizeof entry, place) != static_cast<ssize_t>(sizeof entry)) break;
    if (entry.used == 1 && entry.check == check_of(entry)) saved_.push_back(entry);
  }
  const std::string aside = fmt::format("{}.bad-{}", path_, SystemClock().wall_us());
  if (::rename(path_.c_str(), aside.c_str()) != 0) return fail_errno("move aside " + path_);
  if (::pwrite(fd, kRetired.data(), kRetired.size(), 0) < 0) return fail_errno("mark " + aside);
  notice_ = fmt::format(
      "{} {} and is now {}; open approvals are lost{}; counted limits are read from the log again, as far as it tells",
      path_, why, aside, saved_.empty() ? "" : ", halts were kept");
  return {};
}

Result<bool> SharedFile::map(Fd file) {
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return fail_errno(path_);
  struct stat named {};
  if (::stat(path_.c_str(), &named) != 0 || named.st_ino != info.st_ino ||
      named.st_dev != info.st_dev)
    return false;
  if (info.st_size == 0 && !only_read_) {
    const int error = ::posix_fallocate(file.get(), 0, static_cast<off_t>(kSize));
    if (error != 0) {
      (void)::ftruncate(file.get(), 0);  // the error that counts is the other one
      errno = error;
      return fail_errno("make " + path_);
    }
  } else if (info.st_size != static_cast<off_t>(kSize)) {
    if (auto moved = move_aside(file.get(), "has the wrong size"); !moved)
      return tl::unexpected(moved.error());
    return false;
  }
  void* mapped = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE,
                        only_read_ ? MAP_PRIVATE : MAP_SHARED, file.get(), 0);
  if (mapped == MAP_FAILED) return fail_errno("map " + path_);
  base_ = static_cast<uint8_t*>(mapped);
  file_ = std::move(file);
  inode_ = info.st_ino;
  device_ = info.st_dev;

  const Header& head = header();
  if (has_magic(head, std::string_view("\0\0\0\0\0\0\0\0", 8))) {
    initialise();
    return true;
  }
  if (has_magic(head, kMagic) && head.version > kVersion) {
    unmap();
    return fail(path_ + ": made by a newer agentmesh; stop it, or use that version");
  }
  if (has_magic(head, kMagic) && head.version == kVersion && head.size == kSize &&
      limits_are_sound(*this)) {
    made_us_ = head.made_us;
    return true;
  }
  const auto moved = move_aside(file_.get(), "was damaged");
  unmap();
  if (!moved) return tl::unexpected(moved.error());
  return false;
}

Result<void> SharedFile::attach() {
  unmap();
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const int how = only_read_ ? O_RDONLY : O_RDWR | O_CREAT;
    Fd file(::open(path_.c_str(), how | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
    if (!file) return fail_errno(path_);
    struct stat what {};
    if (::fstat(file.get(), &what) != 0) return fail_errno(path_);
    if (!S_ISREG(what.st_mode)) return fail(path_ + ": it is no file");
    if (auto locked = lock(file.get(), path_); !locked) return tl::unexpected(locked.error());
    auto mapped = map(std::move(file));
    if (!mapped) return tl::unexpected(mapped.error());
    if (*mapped) {
      // Making the file and looking whether it is sound touched 700 KB of it, which would count as ours from here on: what is needed
      // again comes back by itself, from the page cache.
      if (!only_read_) (void)::madvise(base_, kSize, MADV_DONTNEED);
      ::flock(file_.get(), LOCK_UN);
      return {};
    }
  }
  return fail(path_ + ": it is replaced again and again");
}

Result<void> SharedFile::repair() {
  Header& head = header();
  if (head.redo == 1 && head.redo_slot < kMaxLimits) {
    limits()[head.redo_slot].ring = head.redo_place;
    head.redo = 0;
  }
  uint32_t halted = 0;
  for (size_t i = 0; i < kMaxHalts; ++i) halted += halts()[i].used == 1 ? 1U : 0U;
  if (limits_are_sound(*this) && head.version == kVersion && head.size == kSize) {
    __atomic_store_n(&head.halts, halted, __ATOMIC_RELEASE);
    head.busy = 0;
    return {};
  }
  auto moved = move_aside(file_.get(), "was left half written");
  unmap();
  return moved;
}

Result<SharedLock> SharedLock::take(SharedFile& file) {
  std::unique_lock guard(file.mutex_);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (file.base_ == nullptr) {
      if (auto attached = file.attach(); !attached) return tl::unexpected(attached.error());
    }
    if (auto locked = lock(file.file_.get(), file.path_); !locked)
      return tl::unexpected(locked.error());
    if (!file.attached()) {
      file.unmap();  // closes the descriptor, and with it the lock
      continue;
    }
    if (file.header().busy != 0) {
      if (auto repaired = file.repair(); !repaired) return tl::unexpected(repaired.error());
      if (file.base_ == nullptr) continue;
    }
    return SharedLock(file, std::move(guard));
  }
  return fail(file.path_ + ": it is replaced again and again");
}

void SharedLock::begin() {
  __atomic_store_n(&file_->header().busy, 1U, __ATOMIC_RELEASE);
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

SharedLock::~SharedLock() {
  if (file_ == nullptr) return;
  __atomic_store_n(&file_->header().busy, 0U, __ATOMIC_RELEASE);
  ::flock(file_->file_.get(), LOCK_UN);
}

}  // namespace agentmesh::trust
