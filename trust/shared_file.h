// SharedFile: the mapped file behind Shared (shared.h): its layout, its lock, and what happens when it is broken.
//
// Layout, native byte order, one machine only:
//     Header   4096
//     HaltEntry[64]      who is halted
//     TicketEntry[256]   approvals
//     LimitSlot[4096]    hash of a limit's key → its ring; open addressing, linear probing
//     int64[524288]      stamps of all rings (4 MiB), allotted when a limit is first used
// The file is preallocated: a store into a hole on a full disk would be a SIGBUS.
//
// Order: everything in the file is touched only while a SharedLock is held, but for Header::halts (atomic).
// What a process killed in the middle leaves: `busy` in the header. Each kind of change is ordered so that it is harmless
// when cut off (a stamp before its count, a ticket's state last); moving a ring goes through Header::redo.

#pragma once

#include <string.h>
#include <sys/types.h>

#include <cstdint>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/fd.h"
#include "base/result.h"

namespace agentmesh::trust {

inline constexpr size_t kMaxHalts = 64;
inline constexpr size_t kMaxTickets = 256;
inline constexpr size_t kMaxTicketsOfServers = 64;
inline constexpr size_t kMaxTicketsOfServer = 8;  // of one, and of one kind
inline constexpr size_t kMaxLimits = 4096;
inline constexpr size_t kMaxStamps = 524'288;

struct RingPlace {
  uint32_t offset = 0;    // index into the stamps
  uint32_t capacity = 0;  // 0: this slot has no ring
  uint32_t head = 0;      // where the next stamp goes
  uint32_t count = 0;
};

struct LimitSlot {
  uint8_t key[16];  // BLAKE2b of the limit's key; all zero: never used
  RingPlace ring;
  int64_t window_us;  // the longest one it was asked with
};
static_assert(sizeof(LimitSlot) == 40);

struct HaltEntry {
  uint64_t check;  // over what follows; 0 with `used` 0
  uint64_t used;
  int64_t since_us;
  char server[256];
  char why[512];
  char by[64];
};

struct TicketEntry {
  uint8_t state;  // TicketState; 0: free
  uint8_t kind;
  uint8_t of_server;  // 1: a request of the server
  uint8_t reserved[5];
  uint64_t claim;  // random, of who is answering; 0: nobody
  int64_t claim_until_us;
  int64_t asked_us, deadline_us, answered_us;
  uint8_t digest[32];
  uint8_t who[32];   // hash of agent and server, whole
  uint8_t seal[32];  // of an answered one
  char id[17];
  char agent[256], server[256], tool[256], method[64], rule[256], brief[512], approvers[128],
      by[64];
};

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t busy;
  uint64_t size;
  uint32_t halts;       // how many; read without the lock
  uint32_t high_water;  // stamps from here on were never allotted
  uint32_t redo;        // 1: `redo_place` is to be written to slot `redo_slot`
  uint32_t redo_slot;
  RingPlace redo_place;
  int64_t made_us;  // wall clock; 0: by a version that did not say
  uint64_t lost;    // 1: begun anew, and nothing was read back from the log yet
};
static_assert(sizeof(Header) <= 4096);

class SharedFile {
 public:
  SharedFile(std::string path, Random& random) : path_(std::move(path)), random_(random) {}
  ~SharedFile();
  SharedFile(const SharedFile&) = delete;
  SharedFile& operator=(const SharedFile&) = delete;

  // Before the first SharedLock: the file is not made, mended or moved aside, and changes stay in this process.
  void only_read() { only_read_ = true; }

  // Valid while a SharedLock is held, `header().halts` also while attached().
  Header& header() const { return *at<Header>(0); }
  HaltEntry* halts() const;
  TicketEntry* tickets() const;
  LimitSlot* limits() const;
  int64_t* stamps() const;

  // True if what is mapped is still the file under its path, whole and ours. One stat.
  bool attached() const;
  uint64_t random_word();
  // Without the lock: true if the file is there and no halt holds. One stat, one load.
  bool nobody_halted();

  int64_t made_us();
  std::string take_notice();

 private:
  friend class SharedLock;
  Result<void> attach();
  Result<bool> map(Fd file);  // false: it was moved aside or replaced meanwhile, try again
  void initialise();
  Result<void> repair();  // after a change that was cut off
  Result<void> move_aside(int fd, std::string_view why);
  void unmap();
  template <class T>
  T* at(size_t offset) const {
    return reinterpret_cast<T*>(base_ + offset);
  }

  std::string path_;
  Random& random_;
  Fd file_;
  uint8_t* base_ = nullptr;
  ino_t inode_ = 0;
  dev_t device_ = 0;
  int64_t made_us_ = 0;
  bool only_read_ = false;
  std::string notice_;
  std::vector<HaltEntry> saved_;  // halts of a broken file, for the next one
  std::mutex mutex_;              // flock does not exclude threads that share a descriptor
};

// Holds the file's lock, all threads and processes; between begin() and its end the header says `busy`.
class SharedLock {
 public:
  static Result<SharedLock> take(SharedFile& file);
  SharedLock(SharedLock&& other) noexcept : file_(other.file_), guard_(std::move(other.guard_)) {
    other.file_ = nullptr;
  }
  SharedLock& operator=(SharedLock&&) = delete;
  SharedLock(const SharedLock&) = delete;
  SharedLock& operator=(const SharedLock&) = delete;
  ~SharedLock();

  // Before the first change.
  void begin();

 private:
  SharedLock(SharedFile& file, std::unique_lock<std::mutex> guard)
      : file_(&file), guard_(std::move(guard)) {}
  SharedFile* file_;
  std::unique_lock<std::mutex> guard_;
};

// What the tables check about themselves.
bool limits_are_sound(const SharedFile& file);
uint64_t check_of(const HaltEntry& entry);

// Fixed fields: texts cut at a character, always with a NUL.
template <size_t N>
void put_text(char (&field)[N], std::string_view text) {
  text = cut_utf8(text, N - 1);
  std::memset(field, 0, N);
  std::memcpy(field, text.data(), text.size());
}
template <size_t N>
std::string text_of(const char (&field)[N]) {
  return std::string(field, ::strnlen(field, N));
}

}  // namespace agentmesh::trust
