// Log, on the committer's thread: what was handed over is written in batches, synced where somebody waits for the disk, and
// given up, newest first, where it cannot be.

#include <algorithm>
#include <cerrno>
#include <utility>

#include "audit/log_impl.h"

namespace agentmesh::audit {

namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

constexpr size_t kBatchBytes = 256 << 10;  // written at once

}  // namespace

void Log::Impl::run() {
  for (;;) {
    {
      std::unique_lock<std::mutex> lock(queue_mutex);
      wake.wait(lock, [this] { return stop || !queue.empty(); });
      if (queue.empty()) return;
    }
    work();
  }
}

void Log::Impl::work() {
  std::optional<Fd> segment;
  uint64_t of_epoch = 0;
  {
    const std::lock_guard<std::mutex> hold_journal(journal_mutex);
    if (hold()) {
      write_batch();
      of_epoch = journal->epoch();
      const bool durable = std::any_of(settled.begin(), settled.end(),
                                       [](const Settled& s) { return s.durable && s.result; });
      if (durable) {
        auto fd = journal->segment_to_sync();
        if (fd) segment = std::move(*fd);
      }
      journal->unlock();
      for (Settled& s : settled)
        if (s.durable && s.result && !segment)
          s.result = fail("the audit log cannot be synced", EMFILE);
    }
  }
  sync_payloads();
  if (segment) {
    // One sync for all who wait for the disk, and nobody's lock is held.
    if (auto synced = disk.sync_data(segment->get()); !synced) {
      uint64_t denies = 0;
      for (const Settled& s : settled)
        if (s.durable && s.result) denies += s.denies;
      const Error error = cannot_sync(synced.error(), of_epoch, denies);
      for (Settled& s : settled)
        if (s.durable && s.result) s.result = tl::unexpected(error);
    }
  }
  for (Settled& s : settled)
    if (s.done) s.done(told(std::move(s.result)));
  settled.clear();
}

// While the log is damaged that is why nothing is written, whatever else kept this piece from being tried.
Appended Log::Impl::told(Appended result) const {
  if (!result && is_damaged) result.error().errno_value = kDamaged;
  return result;
}

// A sync failed: the next append tells of it, and nobody builds upon the segment of that epoch before it was read back.
Error Log::Impl::cannot_sync(const Error& error, std::optional<uint64_t> of_epoch,
                             uint64_t denies) {
  if (of_epoch) {
    const std::lock_guard<std::mutex> hold_journal(journal_mutex);
    if (journal->epoch() == *of_epoch) journal->suspect();
  }
  const std::lock_guard<std::mutex> lock(queue_mutex);
  gap.note(errno_name(error.errno_value), "fdatasync");
  gap.denied += denies;
  return {"the audit log cannot be synced: " + error.what, error.errno_value};
}

// The payloads of durable records, before anyone is told.
void Log::Impl::sync_payloads() {
  const Fd* synced = nullptr;
  for (Settled& s : settled) {
    if (!s.blob || !s.result || s.blob.get() == synced) continue;
    if (auto ok = disk.sync_data(s.blob->get()); !ok) {
      s.result = tl::unexpected(cannot_sync(ok.error(), std::nullopt, s.denies));
    } else {
      synced = s.blob.get();
    }
  }
}

// Takes the log's lock for the queue. False if there is nothing left to write.
bool Log::Impl::hold() {
  microseconds pause{10};
  for (;;) {
    expire();
    {
      const std::lock_guard<std::mutex> lock(queue_mutex);
      if (queue.empty()) return false;
    }
    const auto lock = journal->try_lock();
    if (!lock) {
      lose_all(lock.error(), "open");
      return false;
    }
    if (*lock == Journal::Lock::kHeld) {
      if (journal->epoch() == epoch) return true;
      journal->unlock();
      moved(false);
      return false;
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, microseconds(400));
  }
}

void Log::Impl::write_batch() {
  Made at = made(clock.wall_us(), clock.mono_us());
  {
    const std::lock_guard<std::mutex> lock(queue_mutex);
    at = made(queue.front().drafts[0].ts, queue.front().drafts[0].mono);
  }
  if (auto ready = journal->make_ready(at); !ready) {
    Error error = ready.error();
    const bool damaged = error.errno_value == kDamaged;
    is_damaged = damaged;
    bool aside = false;
    if (damaged && options.on_damage == OnDamage::kSeal) {
      if (auto sealed = seal(error); sealed)
        aside = true;
      else
        error.what += "; setting it aside failed: " + sealed.error().what;
    }
    lose_all(error, damaged ? "" : journal->failed_op());
    // The next piece goes into the new log.
    if (const auto lock = aside ? journal->try_lock() : Journal::Lock::kBusy;
        lock && *lock == Journal::Lock::kMoved)
      moved(true);
    return;
  }
  is_damaged = false;
  const uint64_t segment = journal->head().segment_first;
  std::deque<Piece> batch;
  {
    // What is taken from here can no longer be withdrawn.
    const std::lock_guard<std::mutex> lock(queue_mutex);
    for (size_t bytes = 0;
         !queue.empty() && (batch.empty() || bytes + queue.front().bytes <= kBatchBytes);) {
      bytes += queue.front().bytes;
      batch.push_back(std::move(queue.front()));
      queue.pop_front();
    }
  }
  size_t written = 0;  // pieces
  std::vector<std::vector<Place>> places(batch.size());
  Result<void> ok;
  for (size_t i = 0; i < batch.size() && ok; ++i) {
    const Made first = made(batch[i].drafts[0].ts, batch[i].drafts[0].mono);
    if (journal->rotation_due(batch[i].bytes, first.ts) && (ok = journal->commit())) written = i;
    if (ok) ok = journal->make_room(batch[i].bytes, first);
    if (ok) stage(batch[i], places[i]);
  }
  if (ok && (ok = journal->commit())) written = batch.size();
  keeper->appended(journal->head(), journal->head().segment_first != segment);
  for (size_t i = 0; i < written; ++i)
    settled.push_back({std::move(batch[i].done), std::move(places[i]), batch[i].durable,
                       std::move(batch[i].blob), batch[i].denies});
  if (ok) return;
  {
    const std::lock_guard<std::mutex> lock(queue_mutex);
    while (batch.size() > written) {
      queue.push_front(std::move(batch.back()));
      batch.pop_back();
    }
  }
  lose_all(ok.error(), journal->failed_op());
}

// Gives up the pieces from `index` on: only the newest may go, or numbers would be missing in between.
void Log::Impl::lose_from(size_t index, const Error& error, const std::string& why,
                          const char* op) {
  std::deque<Piece> lost;
  {
    const std::lock_guard<std::mutex> lock(queue_mutex);
    while (queue.size() > index) {
      lost.push_front(std::move(queue.back()));
      queue.pop_back();
    }
  }
  for (Piece& each : lost) {
    forget(each, why, op, error.errno_value);
    settled.push_back(
        {std::move(each.done),
         tl::unexpected(Error{"the audit log cannot be written: " + error.what, error.errno_value}),
         false});
  }
}

void Log::Impl::lose_all(const Error& error, const char* op) {
  lose_from(0, error, errno_name(error.errno_value), op);
}

void Log::Impl::expire() {
  const auto now = steady_clock::now();
  size_t index = 0;
  {
    const std::lock_guard<std::mutex> lock(queue_mutex);
    const bool over = stop && now > stop_by;
    while (index < queue.size() && !over &&
           !(queue[index].deadline && *queue[index].deadline < now))
      ++index;
    if (index == queue.size()) return;
  }
  lose_from(index, {"the log's lock was not to be had in time", ETIMEDOUT}, "timeout", "");
}

// Another log took the place of ours. It has no record of this writer yet: all of them are in the one set aside.
void Log::Impl::moved(bool by_us) {
  epoch = journal->epoch();
  is_damaged = false;
  if (!by_us) say("the audit log was damaged and set aside; a new log was begun");
  lose_all({"the damaged log was set aside and a new one was begun", ESTALE}, "");
  const std::lock_guard<std::mutex> lock(queue_mutex);
  if (handed_over == 0) return;
  ++losses;
  gap.lose(0, handed_over - 1, "moved");
  gap.why = "moved";
}

}  // namespace agentmesh::audit
