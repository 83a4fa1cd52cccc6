#include "audit/keeper.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "audit/disk_files.h"
#include "audit/in_force.h"
#include "audit/layout.h"
#include "audit/prune.h"
#include "audit/rotation.h"
#include "audit/segment.h"
#include "audit/signing.h"
#include "audit/stored_tree.h"
#include "audit/tail_end.h"
#include "audit/tiles.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLookAgain{20};
constexpr milliseconds kLastChance{2000};

}  // namespace

Keeper::Keeper(const Options& options, std::string writer, Journal& journal,
               std::mutex& journal_mutex, Disk& disk, const Clock& clock,
               std::function<void(const char*, const Error&)> failed)
    : options_(options),
      writer_(std::move(writer)),
      journal_(journal),
      journal_mutex_(journal_mutex),
      disk_(disk),
      clock_(clock),
      failed_(std::move(failed)) {}

Keeper::~Keeper() { stop(); }

void Keeper::start() {
  thread_ = std::thread([this] { run(); });
}

void Keeper::appended(const Head& head, bool now) {
  // The lock is held here anyway.
  const uint64_t epoch = journal_.epoch();
  if (const uint64_t size = std::exchange(signed_, Size{}).of(epoch); size > head.checkpoint_size)
    journal_.note_checkpoint(size, clock_.wall_us());
  const uint64_t covered = std::max(head.checkpoint_size, under_way_.of(epoch));
  const bool due =
      now || head.next_seq - std::min(head.next_seq, covered) >= options_.checkpoint_records;
  const bool first = !armed_.exchange(true);
  const bool faster = due && !hurry_.exchange(true);
  if (!first && !faster) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  wake_.notify_one();
}

void Keeper::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
    wake_.notify_one();
  }
  thread_.join();
}

void Keeper::run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stop_) {
    wake_.wait(lock, [this] { return stop_ || armed_.load(); });
    wake_.wait_for(lock, milliseconds(options_.checkpoint_ms),
                   [this] { return stop_ || hurry_.load(); });
    if (stop_) break;
    armed_ = false;
    hurry_ = false;
    lock.unlock();
    const Done done = checkpoint(Cover::kOurs);
    tell_of_signing();
    if (done == Done::kYes) prune_old();
    lock.lock();
    if (done == Done::kYes) continue;
    armed_ = true;
    if (done == Done::kFailed) continue;  // after the usual time
    wake_.wait_for(lock, kLookAgain, [this] { return stop_; });
    hurry_ = true;
  }
  lock.unlock();
  // The last one covers everything: whoever has the lock is waited for, within reason.
  const auto deadline = steady_clock::now() + kLastChance;
  while (checkpoint(Cover::kAll) == Done::kBusy && steady_clock::now() < deadline)
    std::this_thread::sleep_for(kLookAgain);
  tell_of_signing();
}

// Takes the journal's mutex and lock, and makes it ready. False if the lock was not to be had in time.
Result<bool> Keeper::hold_journal(uint64_t& epoch) {
  const auto deadline = steady_clock::now() + milliseconds(options_.timeout_ms);
  for (;;) {
    journal_mutex_.lock();
    const auto lock = journal_.try_lock();
    if (!lock) {
      failed_("open", lock.error());
      journal_mutex_.unlock();
      return tl::unexpected(lock.error());
    }
    if (*lock == Journal::Lock::kHeld) break;
    journal_mutex_.unlock();
    if (steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  epoch = journal_.epoch();
  if (journal_.current()) return true;
  if (auto ready = journal_.make_ready(
          Made{writer_, std::nullopt, clock_.wall_us(), journal_.newest_mono()});
      !ready) {
    const Error error = ready.error();
    if (error.errno_value != kDamaged) failed_(journal_.failed_op(), error);
    journal_.unlock();
    journal_mutex_.unlock();
    return tl::unexpected(error);
  }
  return true;
}

// Under the journal's mutex: whoever was appended so far is covered, and asks for no further checkpoint.
void Keeper::begin_with(const Head& head) {
  under_way_ = {head.next_seq, journal_.epoch()};
  armed_ = false;
  hurry_ = false;
}

// Our own newest head. Nobody's lock is needed for that: an append that met us under the log's lock had to go through the
// committer.
bool Keeper::take_own_head(Taken& taken) {
  const std::lock_guard<std::mutex> guard(journal_mutex_);
  const auto head = journal_.own_head();
  if (!head) return false;
  auto segment = journal_.segment_to_sync();
  if (!segment) return false;
  taken = {*head, std::move(*segment), journal_.epoch()};
  begin_with(*head);
  return true;
}

// The head of all that is in the log. False if the lock was not to be had in time.
Result<bool> Keeper::take_head(Taken& taken) {
  const auto held = hold_journal(taken.epoch);
  if (!held || !*held) return held;
  taken.head = journal_.head();
  auto segment = journal_.segment_to_sync();
  if (segment) begin_with(taken.head);
  journal_.unlock();
  journal_mutex_.unlock();
  if (!segment) return tl::unexpected(segment.error());
  taken.segment = std::move(*segment);
  return true;
}

// The next append tells the others of it, which holds the lock for that anyway; where none is to come, we do.
void Keeper::note_signed(const Taken& taken, Cover cover) {
  if (cover == Cover::kOurs) {
    const std::lock_guard<std::mutex> guard(journal_mutex_);
    signed_ = {taken.head.next_seq, taken.epoch};
    return;
  }
  uint64_t now = 0;
  const auto again = hold_journal(now);
  if (!again || !*again) return;
  if (now == taken.epoch) journal_.note_checkpoint(taken.head.next_seq, clock_.wall_us());
  journal_.unlock();
  journal_mutex_.unlock();
}

Keeper::Done Keeper::checkpoint(Cover cover) {
  const std::string path = journal_.directory() + "/lock.cp";
  const auto lock = disk_.open(path, O_RDWR | O_CREAT, 0600);
  if (!lock) {
    return cannot("open", lock.error());
  }
  if (::flock(lock->get(), LOCK_EX | LOCK_NB) != 0) return Done::kBusy;
  if (!is_at(path, lock->get())) return Done::kBusy;  // the log was set aside in between
  if (auto settled = settle_rotation(options_, disk_); !settled) {
    return cannot("open", settled.error());
  }

  Taken taken;
  if (cover == Cover::kAll || !take_own_head(taken)) {
    const auto held = take_head(taken);
    if (!held && held.error().errno_value == kDamaged) return Done::kYes;
    if (!held) {
      cannot_ = held.error();
      return Done::kFailed;
    }
    if (!*held) return Done::kBusy;
  }
  const Done done = sign_what_is_on_disk(taken, cover);
  {
    const std::lock_guard<std::mutex> guard(journal_mutex_);
    under_way_ = {};
  }
  if (done != Done::kYes) return done;
  if (tiles_epoch_ != taken.epoch) tiles_done_ = 0;
  tiles_epoch_ = taken.epoch;
  write_full_tiles(
      journal_.directory(), taken.head.next_seq, tiles_done_, disk_, [&](uint64_t first) {
        const std::lock_guard<std::mutex> guard(journal_mutex_);
        return journal_.epoch() == taken.epoch ? journal_.recent_leaves().get(first, kTileHashes)
                                               : std::vector<Hash>();
      });
  return done;
}

Keeper::Done Keeper::sign_what_is_on_disk(const Taken& taken, Cover cover) {
  // Payloads first: their records are covered by what is signed now.
  if (auto synced = sync_blobs(journal_.directory(), blobs_, disk_); !synced) {
    return cannot("fdatasync", synced.error());
  }
  if (auto synced = disk_.sync_data(taken.segment.get()); !synced) {
    {
      const std::lock_guard<std::mutex> guard(journal_mutex_);
      if (journal_.epoch() == taken.epoch) journal_.suspect();
    }
    return cannot("fdatasync", synced.error());
  }
  const auto signed_all = sign(taken);
  if (!signed_all) {
    return cannot("write", signed_all.error());
  }
  cannot_.reset();
  if (*signed_all) note_signed(taken, cover);
  return Done::kYes;
}

Keeper::Done Keeper::cannot(const char* op, const Error& error) {
  failed_(op, error);
  cannot_ = error;
  return Done::kFailed;
}

void Keeper::tell_of_signing() {
  if (cannot_.has_value() == told_) return;
  Tell tell;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    tell = tell_;
  }
  if (!tell) return;  // the next time, if it is so then
  told_ = cannot_.has_value();
  tell(told_ ? "the audit log cannot be signed: " + cannot_->what +
                   "; what is recorded is not protected until it can be"
             : "the audit log is signed again");
}

void Keeper::tell_of_signing(Tell tell) {
  const std::lock_guard<std::mutex> lock(mutex_);
  tell_ = std::move(tell);
}

void Keeper::before_prune(std::function<Result<std::vector<TrustSnapshot>>()> snapshots) {
  const std::lock_guard<std::mutex> lock(mutex_);
  snapshots_ = std::move(snapshots);
}

// Segments older than keep_days, once a day. What fails is tried again tomorrow, or by another process.
void Keeper::prune_old() {
  constexpr int64_t kDayUs = 86'400'000'000;
  const int64_t now = clock_.wall_us();
  if (options_.keep_days == 0 || now / kDayUs == pruned_on_) return;
  pruned_on_ = now / kDayUs;
  const PruneBefore before{std::nullopt, now - int64_t{options_.keep_days} * kDayUs};
  const auto point = prune_point(journal_.directory(), before);
  if (!point || !*point) return;
  std::function<Result<std::vector<TrustSnapshot>>()> snapshots;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    snapshots = snapshots_;
  }
  const auto kept = snapshots ? snapshots() : std::vector<TrustSnapshot>();
  if (!kept) return failed_("open", kept.error());
  SystemRandom random;  // the log's own belongs to another thread
  const auto pruned = prune(options_, before, "keep_days", *kept, disk_, clock_, random);
  if (!pruned && pruned.error().errno_value != kDamaged) failed_("open", pruned.error());
}

Result<bool> Keeper::sign(const Taken& taken) {
  // Read each time: the key may have been changed since.
  const auto signer = signer_in_force(options_);
  if (!signer) return tl::unexpected(signer.error());
  const auto by = [&] {
    const std::lock_guard<std::mutex> guard(journal_mutex_);
    const bool ours = journal_.epoch() == taken.epoch && journal_.ends_with_ours(taken.head);
    return ours ? LastRecord::kOurs : LastRecord::kAnybodys;
  }();
  return sign_end(journal_.directory(), taken.head, by, *signer, {&*signer}, disk_);
}

void write_full_tiles(const std::string& log_dir, uint64_t size, uint64_t& done, Disk& disk,
                      const KnownLeaves& known) {
  const uint64_t full = size / kTileHashes;
  if (done == 0) {
    done = full;
    while (done > 0 && !has_tile(log_dir, done - 1)) --done;
  }
  for (; done < full; ++done) {
    if (has_tile(log_dir, done)) continue;  // another process was faster
    std::vector<Hash> leaves = known ? known(done * kTileHashes) : std::vector<Hash>();
    if (leaves.empty()) {
      auto read = leaves_of_lines(log_dir, done * kTileHashes, kTileHashes);
      if (!read || read->size() != kTileHashes) return;
      leaves = std::move(*read);
    }
    if (!write_tile(log_dir, done, leaves, disk)) return;
  }
}

}  // namespace agentmesh::audit
