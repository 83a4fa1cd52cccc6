// Keeper: the thread that does what may wait: syncs, checkpoints, tiles (audit.md section 4), and once a day with `keep_days` a
// prune, which reads the whole log before it takes anything away.
//
// Order: start(); appended() after every commit; stop() makes the last checkpoint. Thread: appended() from any thread that
// holds the journal's mutex; everything else from the owner. Cost: appended() wakes the thread twice per checkpoint. Whoever
// appends is kept waiting by it for the copy of a head, not for the log's lock.
// Failure: a checkpoint that cannot be made is tried again, and told once; what a sync said is passed on through `failed`.

#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "audit/blob_store.h"
#include "audit/journal.h"
#include "audit/options.h"
#include "audit/record.h"
#include "base/clock.h"
#include "base/disk.h"

namespace agentmesh::audit {

class Keeper {
 public:
  // `failed(op, error)` is called on the keeper's thread, sometimes under the journal's mutex.
  Keeper(const Options& options, std::string writer, Journal& journal, std::mutex& journal_mutex,
         Disk& disk, const Clock& clock, std::function<void(const char* op, const Error&)> failed);
  ~Keeper();

  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  void start();
  // `head` is that of the journal after a commit; `now`: a checkpoint is due at once (a rotation).
  void appended(const Head& head, bool now);
  void stop();
  // With `keep_days`: the scores to keep before their records go. An error: nothing is pruned.
  void before_prune(std::function<Result<std::vector<TrustSnapshot>>()> snapshots);
  // For people, in one sentence: that no checkpoint can be made, and why; and that one was made again. Called on the keeper,
  // which holds no lock then.
  using Tell = std::function<void(std::string)>;
  void tell_of_signing(Tell tell);

 private:
  enum class Done : uint8_t { kYes, kBusy, kFailed };
  // What a checkpoint has to cover: what is in the log by our hand, or by anybody's.
  enum class Cover : uint8_t { kOurs, kAll };
  struct Taken {
    Head head;
    Fd segment;  // that its newest lines are in
    uint64_t epoch = 0;
  };
  void run();
  Done checkpoint(Cover cover);
  void begin_with(const Head& head);
  bool take_own_head(Taken& taken);
  Result<bool> take_head(Taken& taken);
  Result<bool> hold_journal(uint64_t& epoch);
  Done sign_what_is_on_disk(const Taken& taken, Cover cover);
  void note_signed(const Taken& taken, Cover cover);
  Result<bool> sign(const Taken& taken);  // false: not the end, and so nothing
  Done cannot(const char* op, const Error& error);
  void tell_of_signing();
  void prune_old();

  const Options& options_;
  const std::string writer_;
  Journal& journal_;
  std::mutex& journal_mutex_;
  Disk& disk_;
  const Clock& clock_;
  const std::function<void(const char*, const Error&)> failed_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> armed_{false};  // there is something to sign
  std::atomic<bool> hurry_{false};  // without waiting for the time to pass
  bool stop_ = false;
  // Sizes of the log with that epoch; guarded by journal_mutex_.
  struct Size {
    uint64_t size = 0, epoch = 0;
    uint64_t of(uint64_t log) const { return log == epoch ? size : 0; }
  };
  Size under_way_;  // what is being signed
  Size signed_;     // what was signed and is not noted in the journal yet
  uint64_t tiles_done_ = 0;
  uint64_t tiles_epoch_ = 0;
  SyncedBlobs blobs_;
  int64_t pruned_on_ = -1;  // the day, so that it is looked at once a day
  std::function<Result<std::vector<TrustSnapshot>>()> snapshots_;  // guarded by mutex_
  Tell tell_;                                                      // guarded by mutex_
  std::optional<Error> cannot_;  // why the last checkpoint could not be made
  bool told_ = false;            // that one could not
  std::thread thread_;
};

// Writes the full tiles of `size` records that are not there yet, upwards from `done` (0: look where), which it moves on.
// `known` gives the leaves of the tile that begins with record `first`, or nothing: then the lines are read and hashed again.
// Tiles are derived: what fails here is done by a later call. The caller holds lock.cp.
using KnownLeaves = std::function<std::vector<Hash>(uint64_t first)>;
void write_full_tiles(const std::string& log_dir, uint64_t size, uint64_t& done, Disk& disk,
                      const KnownLeaves& known = {});

}  // namespace agentmesh::audit
