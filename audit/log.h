// Audit: one log for the machine, many writers; every line chained, hashed into a tree, and signed often.
//
// What this folder does: writes records (record.h) so that nothing that was forwarded is lost to a crash, signs tree heads
// (checkpoint.h, keys.h), reads the log back (verify.h, read.h, story.h, prove.h, export.h, report.h) and looks after it
// (recover.h, rotation.h, prune.h, erase.h, all by a clerk.h). What it does not do: decide anything, or know a proxy, a policy
// or a message. docs/audit.md is for who uses it.
//
// Start here, then record.h (what), line.h (the form of a line), tree.h (RFC 6962), segment.h and state.h (how several
// processes share one file), verify.h.
// Thread: append() from one thread (the io thread); `done` is called on the committer. Checkpoints, tiles and syncs belong
// to the keeper. Cost: one flock, one write and one hash for what is appended together.
// Failure: an append that cannot be written says so and leaves the log as it was; it never writes half a record.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audit/options.h"
#include "audit/record.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/disk.h"
#include "base/result.h"

namespace agentmesh::audit {

// Where a record ended up.
struct Place {
  uint64_t wseq = 0;            // known at once
  std::optional<uint64_t> seq;  // not with durability queued
  Hash leaf{};                  // likewise
};

// Every place of one append(), in order, or why nothing of it was written.
using Appended = Result<std::vector<Place>>;

// What cannot be worked with, in one sentence that names the key.
Result<void> check_options(const Options& options);

class Log {
 public:
  // Opens (or gives birth to) the log and starts the committer and the keeper. Recovers a torn tail first.
  // Errors: damage with OnDamage::kDeny, keys that are too open, a directory that is not ours, no room.
  // kOpened: even then a damaged log is opened; what is appended fails until a person has set it aside.
  enum class Damaged : uint8_t { kRefused, kOpened };
  static Result<std::unique_ptr<Log>> open(const Options& options, Disk& disk, const Clock& clock,
                                           Random& random, Damaged damaged = Damaged::kRefused);
  // Writes what is queued, makes a last checkpoint, ends the threads.
  ~Log();

  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // The wseq that the next record will get: records of one writer refer to each other by it.
  uint64_t next_wseq() const;

  // Appends all records as one piece, in order. Settled at once (the usual case: the lock was free, the records are in
  // the file, or durability is `queued`): returns the places or the error, and `done` is not called. Else nothing is
  // returned and `done` is called exactly once, on the committer thread, also when timeout_ms passed.
  // After a failure the next append writes what was lost (`drop`, `io_error`) before its own records; these two take a
  // wseq each, which next_wseq() allows for.
  // `durable` asks for the disk for this append alone, whatever the options say. `Spare::kThread`: nobody else waits for the
  // calling thread, which may wait for the disk itself. It does while the disk is quick: being woken twice, by the committer
  // and before it, costs a quarter of a sync.
  enum class Spare : uint8_t { kNothing, kThread };
  std::optional<Appended> append(std::span<const Record> records, bool durable,
                                 std::function<void(Appended)> done, Spare spare = Spare::kNothing);

  // With `payloads: full`: what to seal instead of a value that holds secrets; nothing if it holds none. Called by append().
  // To be set before the first record.
  using Mask = std::function<std::optional<std::string>(std::string_view json)>;
  void mask_with(Mask mask);
  // With `keep_days`: the scores to keep before their records go. An error: nothing is pruned. Called on the keeper, seldom.
  void before_prune(std::function<Result<std::vector<TrustSnapshot>>()> snapshots);
  // What is worth a line on stderr while it runs: that no checkpoint can be made, and why, and that one was made again. Called on
  // the keeper, the last time while the log is closed.
  void tell_of_signing(std::function<void(std::string)> tell);

  const std::string& origin() const;
  const std::string& writer() const;  // 16 hex digits
  std::string command_mac(
      std::span<const std::string> argv) const;  // cmd_mac: keyed BLAKE2b-256, 64 hex digits
  // What everyone should hear about: a damaged log was set aside and a new one begun. "" if nothing.
  const std::string& notice() const;
  // How often this process did that: the records that scores came from are not in the new log. Any thread.
  uint32_t seals() const;
  // What is worth a line on stderr (a torn end that was cut off at the start). "" if nothing.
  const std::string& remark() const;

 private:
  struct Impl;
  explicit Log(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace agentmesh::audit
