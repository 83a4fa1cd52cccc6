// Log, on the thread that makes records: what was lost is told first, then the records are drafted, and written at once where
// that is possible; else they are handed to the committer.

#include <algorithm>
#include <cerrno>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "audit/log_impl.h"

namespace agentmesh::audit {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr size_t kRing = 4096;  // pieces that may wait
constexpr size_t kSeqAndLf = 17;
constexpr int64_t kLookEveryUs =
    100'000;  // at the log's path, whether it is still the same directory

// Whoever has the thread to spare waits for the disk himself; but after a sync that took longer not for so many appends (on a
// quiet disk, one sync of a hundred takes 4 ms).
constexpr int64_t kQuickSyncUs = 2'000;
constexpr int kSlowDisk = 16;

bool is_denied_without(const Record& record) {
  const auto* decision = std::get_if<Decision>(&record);
  return decision != nullptr && decision->mode != "shadow" && decision->verdict == "allow";
}

}  // namespace

uint64_t Log::next_wseq() const { return impl_->next_wseq(); }

uint64_t Log::Impl::next_wseq() {
  const std::lock_guard<std::mutex> lock(queue_mutex);
  if (!asked) {
    asked = true;
    promised_drop = gap.first.has_value();
    promised_io_error = !gap.op.empty();
  }
  return next + (promised_drop ? 1 : 0) + (promised_io_error ? 1 : 0);
}

std::optional<Appended> Log::append(std::span<const Record> records, bool durable,
                                    std::function<void(Appended)> done, Spare spare) {
  auto settled = impl_->append(records, durable, std::move(done), spare);
  if (settled) return impl_->told(*std::move(settled));
  return std::nullopt;
}

std::optional<Appended> Log::Impl::append(std::span<const Record> records, bool durable,
                                          std::function<void(Appended)> done, Spare spare) {
  if (records.empty()) return Appended(std::vector<Place>());
  piece.durable = durable || options.durability == Durability::kDurable;
  piece.done = std::move(done);
  if (auto ok = make(records); !ok) return tl::unexpected(ok.error());
  if (auto ok = may_grow(records); !ok) return tl::unexpected(ok.error());
  const bool waits = piece.durable || options.durability == Durability::kWritten;
  // (With a blob there are two syncs, which is no longer short.)
  const bool here = !piece.durable || (spare == Spare::kThread && !piece.blob && slow_disk == 0);
  if (piece.durable && slow_disk > 0) --slow_disk;
  if (waits && here) {
    if (auto answer = write_inline()) return answer;
  }
  return enqueue(waits);
}

// Nothing new begins where the hour's bytes are used up; what has begun may end: outcomes and ends of sessions are written.
Result<void> Log::Impl::may_grow(std::span<const Record> records) {
  const int64_t now = clock.mono_us();
  const bool begins = std::any_of(records.begin(), records.end(), [](const Record& record) {
    return std::holds_alternative<Decision>(record);
  });
  if (!begins || growth.admits(piece.bytes, options.max_bytes_per_hour, now)) {
    growth.add(piece.bytes, now);
    return {};
  }
  forget(piece, "growth", "", EDQUOT);
  return fail(
      fmt::format(
          "the audit log cannot be written: this session would add more than {} bytes to it within an hour "
          "(audit.max_bytes_per_hour)",
          options.max_bytes_per_hour),
      EDQUOT);
}

// What the next piece has to tell of. An error if the records to come were promised numbers that do not allow for it, or
// if it is not known yet which of our records were lost.
Result<Gap> Log::Impl::take_gap() {
  bool lost = false;
  {
    const std::lock_guard<std::mutex> lock(queue_mutex);
    lost = gap.first.has_value();
  }
  std::optional<uint64_t> stands;
  if (lost) {
    // A write that failed and could not be taken back may have left records of ours in the log.
    const std::unique_lock<std::mutex> hold(journal_mutex, std::try_to_lock);
    if (!hold) return fail("another thread is at it", EBUSY);
    if (journal->in_doubt()) {
      const auto lock = journal->try_lock();
      if (!lock) return tl::unexpected(lock.error());
      if (*lock != Journal::Lock::kHeld) return fail("another process is at it", EBUSY);
      const auto settled_now = journal->settle_doubt();
      journal->unlock();
      if (!settled_now) return tl::unexpected(settled_now.error());
    }
    stands = journal->stands();
  }
  const std::lock_guard<std::mutex> lock(queue_mutex);
  piece_losses = losses;
  if (stands && gap.first && *stands >= *gap.first) {
    if (*stands >= gap.last) {
      gap.first.reset();
    } else {
      gap.first = *stands + 1;
    }
  }
  if (asked && promised_drop != gap.first.has_value())
    return fail("records were lost a moment ago (" + gap.why + ")",
                gap.why == errno_name(kDamaged) ? kDamaged : EAGAIN);
  Gap told = gap;
  if (asked && !promised_io_error) {
    told.op.clear();
    told.denied = 0;
    gap = Gap{std::nullopt, 0, "", gap.errno_name, gap.op, gap.denied};
  } else {
    gap = Gap{};
  }
  return told;
}

// Drafts what the gap asks for and the records into `piece`. On an error its numbers are used up and count as lost.
Result<void> Log::Impl::make(std::span<const Record> records) {
  const int64_t ts = clock.wall_us();
  const int64_t mono = clock.mono_us();
  piece.count = 0;
  piece.own = 0;
  piece.bytes = 0;
  piece.denies = 0;
  piece.told = Gap{};
  piece.deadline.reset();
  piece.blob.reset();
  piece.first_wseq = next;
  if (options.on_error == OnError::kDeny)
    for (const Record& record : records) piece.denies += uint64_t{is_denied_without(record)};

  const uint64_t promised = asked ? uint64_t{promised_drop} + uint64_t{promised_io_error} : 0;
  auto told = take_gap();
  asked = false;
  if (!told) {
    piece.count = promised + records.size();
    next += piece.count;
    const Error error{"the audit log cannot be written: " + told.error().what,
                      told.error().errno_value};
    forget(piece, errno_name(error.errno_value), "", error.errno_value);
    piece.count = 0;
    return tl::unexpected(error);
  }
  piece.told = std::move(*told);
  if (piece.told.first) {
    const Drop drop{*piece.told.first, piece.told.last, piece.told.last - *piece.told.first + 1,
                    piece.told.why};
    draft(drop, made(ts, mono, next++), piece.next());
  }
  if (!piece.told.op.empty())
    draft(IoError{piece.told.errno_name, piece.told.op, piece.told.denied}, made(ts, mono, next++),
          piece.next());
  piece.own = piece.count;

  for (const Record& record : records) {
    const uint64_t wseq = next++;
    const Payload* payload = payload_of(record);
    std::optional<Commitment> commitment;
    if (payload != nullptr) {
      std::optional<std::string> masked = payload->masked;
      if (options.payloads == Payloads::kFull && !masked && mask) masked = mask(payload->data);
      auto committed = commitments->commit(payload->data, masked, wseq,
                                           is_result(record) ? "result" : "args", ts);
      if (!committed) {
        next += records.size() - (piece.count - piece.own) - 1;
        piece.count = piece.own + records.size();
        const Error error{"the audit log cannot be written: " + committed.error().what,
                          committed.error().errno_value};
        forget(piece, errno_name(error.errno_value),
               options.payloads == Payloads::kFull ? "write" : "open", error.errno_value);
        piece.count = 0;
        return tl::unexpected(error);
      }
      commitment = std::move(*committed);
      if (piece.durable) piece.blob = commitments->blob_file();
    }
    draft(record, made(ts, mono, wseq), commitment ? &*commitment : nullptr, piece.next());
  }
  for (size_t i = 0; i < piece.count; ++i) piece.bytes += piece.drafts[i].text.size() + kSeqAndLf;
  return {};
}

// The piece is not written: its numbers, and those it would have told of, are lost.
void Log::Impl::forget(const Piece& lost, const std::string& why, const char* op, int error) {
  const std::lock_guard<std::mutex> lock(queue_mutex);
  gap.take_back(lost.told);
  gap.lose(lost.first_wseq, lost.last_wseq(), why);
  if (*op != '\0' || lost.denies > 0) gap.note(errno_name(error), *op != '\0' ? op : "write");
  gap.denied += lost.denies;
  ++losses;
}

// Stages a piece; `places` are those of the records that append() was given.
void Log::Impl::stage(const Piece& staged, std::vector<Place>& places) {
  places.reserve(staged.count - staged.own);
  for (size_t i = 0; i < staged.count; ++i) {
    const uint64_t seq = journal->stage(staged.drafts[i]);
    if (i >= staged.own) places.push_back({staged.first_wseq + i, seq, journal->leaves().back()});
  }
}

std::optional<Appended> Log::Impl::write_inline() {
  {
    const std::lock_guard<std::mutex> lock(queue_mutex);
    if (!queue.empty()) return std::nullopt;
  }
  std::unique_lock<std::mutex> hold(journal_mutex, std::try_to_lock);
  if (!hold) return std::nullopt;
  {
    // Only now is it certain that nobody loses records before ours.
    const std::lock_guard<std::mutex> lock(queue_mutex);
    if (piece_losses != losses) return std::nullopt;
  }
  const bool look = piece.drafts[0].mono - looked >= kLookEveryUs;
  const auto lock = journal->try_lock(look ? Journal::Look::kAtThePath : Journal::Look::kLater);
  if (!lock || *lock != Journal::Lock::kHeld) return std::nullopt;
  if (journal->epoch() != epoch || !journal->current() ||
      journal->rotation_due(piece.bytes, piece.drafts[0].ts) ||
      journal->head().segment_bytes == 0) {
    journal->unlock();
    return std::nullopt;
  }
  if (look) looked = piece.drafts[0].mono;
  std::vector<Place> places;
  stage(piece, places);
  const auto written = journal->commit();
  if (written) keeper->appended(journal->head(), false);
  Result<Fd> segment;
  if (written && piece.durable) segment = journal->segment_to_sync();
  journal->unlock();
  if (written) {
    handed_over = next;
    if (piece.durable) {
      hold.unlock();
      if (auto synced = sync_inline(segment, epoch); !synced)
        return Appended(tl::unexpected(synced.error()));
    }
    return Appended(std::move(places));
  }
  forget(piece, errno_name(written.error().errno_value), journal->failed_op(),
         written.error().errno_value);
  return Appended(fail("the audit log cannot be written: " + written.error().what,
                       written.error().errno_value));
}

// The piece is in the file: waits until it is on the disk.
Result<void> Log::Impl::sync_inline(const Result<Fd>& segment, uint64_t of_epoch) {
  if (!segment) return fail("the audit log cannot be synced", EMFILE);
  const int64_t began = clock.mono_us();
  const auto synced = disk.sync_data(segment->get());
  if (clock.mono_us() - began > kQuickSyncUs) slow_disk = kSlowDisk;
  if (!synced) return tl::unexpected(cannot_sync(synced.error(), of_epoch, piece.denies));
  return {};
}

std::optional<Appended> Log::Impl::enqueue(bool waits) {
  std::optional<Error> refused;
  std::string why;
  std::vector<Place> places;
  if (!waits)
    for (size_t i = piece.own; i < piece.count; ++i)
      places.push_back({piece.first_wseq + i, std::nullopt, Hash{}});
  {
    const std::lock_guard<std::mutex> lock(queue_mutex);
    if (piece_losses != losses) {
      refused =
          Error{"the audit log cannot be written: records were lost a moment ago (" + gap.why + ")",
                EAGAIN};
      why = gap.why;
    } else if (queue.size() >= kRing) {
      refused = Error{"the audit log cannot be written: too many records are waiting", ENOBUFS};
      why = "ring_full";
    } else {
      if (!waits) {
        piece.done = nullptr;
        piece.denies = 0;  // its call goes on
      }
      if (waits) piece.deadline = steady_clock::now() + milliseconds(options.timeout_ms);
      handed_over = next;
      queue.push_back(std::move(piece));
      piece = Piece{};
      if (queue.size() == 1) wake.notify_one();
    }
  }
  if (refused) {
    forget(piece, why, "", refused->errno_value);
    return tl::unexpected(*refused);
  }
  if (waits) return std::nullopt;
  return Appended(std::move(places));
}

}  // namespace agentmesh::audit
