// One log at work: what log.cc (opening, facts), log_append.cc (the thread that makes records) and log_commit.cc (the thread
// that writes what could not be written at once) share. Not for others: log.h is.
//
// Thread: each function says whose it is; what is shared is under one of two mutexes, journal_mutex taken first.

#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "audit/commitment.h"
#include "audit/growth.h"
#include "audit/journal.h"
#include "audit/keeper.h"
#include "audit/log.h"
#include "audit/pieces.h"

namespace agentmesh::audit {

// "ENOSPC", as the log names it.
std::string errno_name(int error);

struct Log::Impl {
  Impl(const Options& given, Disk& d, const Clock& c, Random& r)
      : options(given), disk(d), clock(c), random(r), writer(random_hex(r, 8)) {}

  // Opening.
  Result<void> open(Log::Damaged damaged);
  Result<void> take_first_hold();
  Result<void> seal(const Error& damage);

  // The io thread.
  uint64_t next_wseq();
  std::optional<Appended> append(std::span<const Record> records, bool durable,
                                 std::function<void(Appended)> done, Spare spare);
  Result<void> make(std::span<const Record> records);
  Result<Gap> take_gap();
  Result<void> may_grow(std::span<const Record> records);
  std::optional<Appended> write_inline();
  Result<void> sync_inline(const Result<Fd>& segment, uint64_t of_epoch);
  std::optional<Appended> enqueue(bool waits);

  // The committer.
  void run();
  void work();
  bool hold();
  void write_batch();
  void sync_payloads();
  void lose_from(size_t index, const Error& error, const std::string& why, const char* op);
  void lose_all(const Error& error, const char* op);
  void expire();
  void moved(bool by_us);
  Appended told(Appended result) const;

  // Any thread.
  Error cannot_sync(const Error& error, std::optional<uint64_t> of_epoch, uint64_t denies);
  void stage(const Piece& staged, std::vector<Place>& places);
  void forget(const Piece& lost, const std::string& why, const char* op, int error);
  void say(std::string text);
  Made made(int64_t ts, int64_t mono, std::optional<uint64_t> wseq = std::nullopt) const {
    return {writer, wseq, ts, mono};
  }

  const Options options;
  Disk& disk;
  const Clock& clock;
  Random& random;
  const std::string writer;
  std::string origin;
  std::string remark;
  std::array<uint8_t, 32> mac{};

  // Guarded by journal_mutex; taken before queue_mutex where both are.
  std::mutex journal_mutex;
  std::unique_ptr<Journal> journal;
  uint64_t epoch = 0;

  // Guarded by queue_mutex.
  std::mutex queue_mutex;
  std::condition_variable wake;
  std::deque<Piece> queue;
  Gap gap;
  uint64_t losses = 0;  // counts what gap gained: a piece made before must not follow it
  bool stop = false;
  std::chrono::steady_clock::time_point stop_by;
  std::deque<std::string> said;
  std::atomic<const std::string*> notice{nullptr};
  std::atomic<bool> is_damaged{false};  // found so when it was last tried to be written
  std::atomic<uint32_t> seals{0};
  std::atomic<uint64_t> handed_over{0};  // the wseq after the last piece that was written or queued

  // The io thread's own.
  uint64_t next = 0;  // wseq
  Piece piece;        // the one at hand
  uint64_t piece_losses = 0;
  int64_t looked =
      INT64_MIN / 2;   // mono, when the log's path was last looked at by an inline append
  int slow_disk = 0;   // so many durable appends more go to the committer
  bool asked = false;  // next_wseq() was called and promised what the two below say
  bool promised_drop = false, promised_io_error = false;
  std::unique_ptr<Commitments> commitments;
  Mask mask;
  Growth growth;

  // The committer's own.
  struct Settled {
    std::function<void(Appended)> done;
    Appended result;
    bool durable = false;
    std::shared_ptr<const Fd> blob = nullptr;
    uint64_t denies = 0;
  };
  std::vector<Settled> settled;

  std::unique_ptr<Keeper> keeper;
  std::thread committer;
};

}  // namespace agentmesh::audit
