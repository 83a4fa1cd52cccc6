// Journal: the growing end of one log, shared by several processes under flock of its `lock`.
//
// Order: try_lock(); then either current() or make_ready() must have said yes before anything else; stage() and commit();
// unlock(). One piece is what is staged together and written by one write. A commit that fails leaves the log as it was.
// Thread: one at a time; flock does not tell threads apart, so the owner has a mutex around all of it.
// Cost of the usual case: flock, two stats of open files, one write, one hash per line and one for the state file.
// Failure: an Error whose errno is kDamaged (tail_end.h) means that the log must not be extended.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audit/line.h"
#include "audit/options.h"
#include "audit/recent_leaves.h"
#include "audit/state.h"
#include "audit/tail_end.h"
#include "base/disk.h"
#include "base/fd.h"
#include "base/result.h"

namespace agentmesh::audit {

class Journal {
 public:
  // `mono`: now, earlier than any record that will be staged.
  static Result<std::unique_ptr<Journal>> open(const Options& options, std::string writer,
                                               int64_t mono, Disk& disk);

  enum class Lock : uint8_t {
    kHeld,
    kBusy,
    kMoved,  // the directory was set aside and another log took its place: not locked, but now that log is followed
  };
  // Whoever sets the directory aside makes its state file say nothing, so that current() is false for all who have it open.
  // kLater leaves out the look at the path, which is a fifth of the usual append: only for who asks current() next, and
  // looks every now and then (someone may move the directory by hand).
  enum class Look : uint8_t { kAtThePath, kLater };
  Result<Lock> try_lock(Look look = Look::kAtThePath);
  void unlock();

  // Counts the logs that were followed: who remembers another number has to begin anew.
  uint64_t epoch() const { return epoch_; }

  // With the lock. True if cheap tests show where the log ends; false: make_ready() has to see to it.
  bool current();
  // Finds the end, whatever it takes; cuts a torn end off and says so in a `recover` record, made at `made`. The first time
  // the state file's word is not enough: nobody builds upon lines that the last checkpoint did not sign (a few hundred are
  // read).
  Result<void> make_ready(const Made& made);

  // Whether the segment has to change before a piece of that many bytes whose first record was made at `ts`.
  bool rotation_due(size_t bytes, int64_t ts) const;
  // Before the first line of a piece is staged: writes what is staged and goes to the next segment if that is due. A new
  // segment opens with a segment.open record of the time in `made`: that of the record that follows.
  Result<void> make_room(size_t bytes, const Made& made);

  // Adds a line to the piece. Returns its seq; its leaf goes to leaves().
  uint64_t stage(const Draft& draft);
  std::span<const Hash> leaves() const { return leaves_; }
  size_t staged_bytes() const { return buffer_.size(); }
  // Writes the piece. `op` of failed_op() says what failed.
  Result<void> commit();
  const char* failed_op() const { return failed_op_; }

  const Head& head() const { return head_; }
  // Without the lock: where the log ended when we last let go of it, if there is no doubt about that and it is still the
  // log at its path. Others may have appended since; all that this head covers is in the file.
  std::optional<Head> own_head() const;
  // The leaves that went into the log by our hand.
  const RecentLeaves& recent_leaves() const { return recent_leaves_; }
  // Whether we wrote the last record that `head` covers. False also for one of ours that is too long ago.
  bool ends_with_ours(const Head& head) const;
  // The mono of our newest record in the log: what is made now by another thread than the one that makes records must not
  // claim a later moment, or records that are waiting would seem to go back in time.
  int64_t newest_mono() const { return newest_mono_; }
  // A checkpoint of that size was made.
  void note_checkpoint(uint64_t size, int64_t ts);
  // The open segment, to be synced without the lock.
  Result<Fd> segment_to_sync() const;

  // An fdatasync of the segment failed: make_ready() will read back what is there and change the segment.
  void suspect() { suspect_ = true; }

  // A commit failed, and so did taking its bytes back: whether some of its lines stand in the log is not known yet.
  bool in_doubt() const { return doubt_.has_value(); }
  // With the lock: takes them back, or reads which of them others have built upon.
  Result<void> settle_doubt();
  // The last wseq of ours that stands in the log although its commit failed.
  std::optional<uint64_t> stands() const { return stands_; }

  // The last good checkpoint of a log that make_ready() found damaged.
  const TreeHead& last_good() const { return last_good_; }
  // What make_ready() did, for people: "" or one sentence. Taken once.
  std::string take_notice();
  const std::string& directory() const { return dir_; }

 private:
  Journal(const Options& options, std::string writer, Disk& disk);
  Result<void> follow();
  Result<Lock> take_new_lock();
  bool looks_current();
  Result<void> rotate(const Made& made);
  Result<void> read_back();
  bool adopt(const Head& head);
  Result<void> open_segment();
  Result<void> cut_off(const TailEnd& end, const Made& made);
  Result<void> write_recover(const TailEnd& end, const std::string& saved, const Made& made);
  Result<void> begin_segment(const Made& made);
  void clear_stage();

  const Options& options_;
  const std::string writer_;
  Disk& disk_;
  const std::string dir_;
  const std::string lock_path_;
  Fd lock_, directory_;
  std::vector<Fd> replaced_locks_;  // lock files of this log that are no longer at their path
  StateFile state_;
  Fd segment_;
  bool known_ = false;    // head_ was true when we last let go of the lock
  bool checked_ = false;  // we have read the end of this log ourselves, against its last checkpoint
  Head head_;

  Head staged_;
  std::string buffer_;
  std::vector<Hash> leaves_;
  RecentLeaves recent_leaves_;
  int64_t staged_mono_ = 0, newest_mono_ = 0;
  uint64_t epoch_ = 0;
  bool suspect_ = false;
  std::optional<uint64_t> doubt_;  // the segment's size after a commit that could not be taken back
  std::optional<uint64_t> stands_;
  TreeHead last_good_;
  const char* failed_op_ = "";
  std::string notice_;
};

}  // namespace agentmesh::audit
