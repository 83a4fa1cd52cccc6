#include "audit/log.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "audit/birth.h"
#include "audit/commitment.h"
#include "audit/journal.h"
#include "audit/keeper.h"
#include "audit/keys.h"
#include "audit/layout.h"
#include "audit/pieces.h"
#include "base/bytes.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr size_t kRing = 4096;             // pieces that may wait
constexpr size_t kBatchBytes = 256 << 10;  // written at once
constexpr size_t kSeqAndLf = 17;
constexpr milliseconds kOpenPatience{10'000};
constexpr int64_t kLookEveryUs =
    100'000;  // at the log's path, whether it is still the same directory

std::string errno_name(int error) {
  const char* name = ::strerrorname_np(error);
  return name != nullptr ? name : "EIO";
}

// "20261118-093000", as good a name for a directory as for a log.
std::string time_name(int64_t wall_us) {
  const std::string text = rfc3339(wall_us);  // 2026-11-18T09:30:00.000123Z
  return text.substr(0, 4) + text.substr(5, 2) + text.substr(8, 2) + "-" + text.substr(11, 2) +
         text.substr(14, 2) + text.substr(17, 2);
}

bool is_denied_without(const Record& record) {
  const auto* decision = std::get_if<Decision>(&record);
  return decision != nullptr && decision->mode != "shadow" && decision->verdict == "allow";
}

}  // namespace

Result<void> check_options(const Options& options) {
  if (!is_log_name(options.log))
    return fail("audit.log '" + options.log + "': use 1 to 32 of a-z, 0-9 and '-'");
  if (!options.origin.empty() && !is_key_name(options.origin))
    return fail("audit.origin '" + options.origin + "': no spaces, no '+'");
  if (options.origin.size() > 200) return fail("audit.origin: at most 200 bytes");
  if (options.segment_bytes < 4096)
    return fail(fmt::format("audit.segment_bytes {}: at least 4096", options.segment_bytes));
  if (options.checkpoint_records < 1) return fail("audit.checkpoint_records 0: at least 1");
  if (options.checkpoint_ms < 1) return fail("audit.checkpoint_ms 0: at least 1");
  if (options.timeout_ms < 1) return fail("audit.timeout_ms 0: at least 1");
  if (options.state_dir.empty()) return fail("audit: no state directory");
  return {};
}

struct Log::Impl {
  Impl(const Options& given, Disk& d, const Clock& c, Random& r)
      : options(given), disk(d), clock(c), random(r), writer(random_hex(r, 8)) {}

  // Opening.
  Result<void> open();
  Result<void> take_first_hold();
  Result<void> seal(const Error& damage);

  // The io thread.
  uint64_t next_wseq();
  std::optional<Appended> append(std::span<const Record> records, bool durable,
                                 std::function<void(Appended)> done);
  Result<void> make(std::span<const Record> records);
  Result<Gap> take_gap();
  std::optional<Appended> write_inline();
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
  void moved();

  // Any thread.
  void stage(const Piece& piece, std::vector<Place>& places);
  void forget(const Piece& piece, const std::string& why, const char* op, int error);
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
  steady_clock::time_point stop_by;
  std::deque<std::string> said;
  std::atomic<const std::string*> notice{nullptr};
  std::atomic<uint64_t> handed_over{0};  // the wseq after the last piece that was written or queued

  // The io thread's own.
  uint64_t next = 0;  // wseq
  Piece piece;        // the one at hand
  uint64_t piece_losses = 0;
  int64_t looked =
      INT64_MIN / 2;   // mono, when the log's path was last looked at by an inline append
  bool asked = false;  // next_wseq() was called and promised what the two below say
  bool promised_drop = false, promised_io_error = false;
  std::unique_ptr<Commitments> commitments;
  Mask mask;

  // The committer's own.
  struct Settled {
    std::function<void(Appended)> done;
    Appended result;
    bool durable = false;
    std::shared_ptr<const Fd> blob = nullptr;
  };
  std::vector<Settled> settled;

  std::unique_ptr<Keeper> keeper;
  std::thread committer;
};

// ---- opening

Result<std::unique_ptr<Log>> Log::open(const Options& options, Disk& disk, const Clock& clock,
                                       Random& random) {
  if (auto ok = check_options(options); !ok) return tl::unexpected(ok.error());
  auto impl = std::make_unique<Impl>(options, disk, clock, random);
  if (auto ok = impl->open(); !ok) return tl::unexpected(ok.error());
  return std::unique_ptr<Log>(new Log(std::move(impl)));
}

Log::Log(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Log::~Log() {
  {
    const std::lock_guard<std::mutex> lock(impl_->queue_mutex);
    impl_->stop = true;
    impl_->stop_by = steady_clock::now() + milliseconds(impl_->options.timeout_ms);
    impl_->wake.notify_one();
  }
  impl_->committer.join();
  impl_->keeper->stop();
}

Result<void> Log::Impl::open() {
  if (auto ok = ensure_log(options, made(clock.wall_us(), clock.mono_us()), disk, random); !ok)
    return ok;
  const auto signer = load_signer(options.state_dir, options.log);
  if (!signer) return tl::unexpected(signer.error());
  origin = signer->verifier.name;
  const auto secret = load_or_make_secret(mac_path(options.state_dir, options.log), disk, random);
  if (!secret) return tl::unexpected(secret.error());
  mac = *secret;
  commitments = std::make_unique<Commitments>(options, origin, writer, disk, random);
  auto opened = Journal::open(options, writer, clock.mono_us(), disk);
  if (!opened) return tl::unexpected(opened.error());
  journal = std::move(*opened);
  if (auto ok = take_first_hold(); !ok) return ok;
  remark = journal->take_notice();
  keeper = std::make_unique<Keeper>(options, writer, *journal, journal_mutex, disk, clock,
                                    [this](const char* op, const Error& error) {
                                      const std::lock_guard<std::mutex> lock(queue_mutex);
                                      gap.note(errno_name(error.errno_value), op);
                                    });
  keeper->start();
  keeper->appended(journal->head(), false);
  committer = std::thread([this] { run(); });
  return {};
}

// Finds the end of the log once, so that what is wrong with it is said now and not at the first call.
Result<void> Log::Impl::take_first_hold() {
  const auto deadline =
      steady_clock::now() + std::max(kOpenPatience, milliseconds(options.timeout_ms));
  bool sealed = false;
  for (;;) {
    const auto lock = journal->try_lock();
    if (!lock) return tl::unexpected(lock.error());
    if (*lock == Journal::Lock::kHeld) {
      const auto ready = journal->make_ready(made(clock.wall_us(), clock.mono_us()));
      auto aside = Result<void>();
      const bool damaged = !ready && ready.error().errno_value == kDamaged;
      if (damaged && options.on_damage == OnDamage::kSeal && !sealed) aside = seal(ready.error());
      journal->unlock();
      epoch = journal->epoch();
      if (!aside) return aside;
      if (!damaged || options.on_damage == OnDamage::kDeny || sealed) return ready;
      sealed = true;
      continue;
    }
    if (steady_clock::now() > deadline)
      return fail(journal->directory() + "/lock: another process keeps it locked", ETIMEDOUT);
    std::this_thread::sleep_for(microseconds(100));
  }
}

// Under the log's lock: sets the damaged log aside and begins a new one.
Result<void> Log::Impl::seal(const Error& damage) {
  const TreeHead& good = journal->last_good();
  const std::string name = time_name(clock.wall_us());
  const Genesis::After after{good.origin.empty() ? origin : good.origin, good.size, good.root};
  if (auto ok =
          set_aside(options, name, after, made(clock.wall_us(), clock.mono_us()), disk, random);
      !ok)
    return ok;
  say(fmt::format("{}; it was set aside as {} and a new log was begun", damage.what,
                  log_directory(options.state_dir, name)));
  return {};
}

void Log::Impl::say(std::string text) {
  const std::lock_guard<std::mutex> lock(queue_mutex);
  said.push_back(std::move(text));
  notice = &said.back();
}

// ---- the io thread

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
                                    std::function<void(Appended)> done) {
  return impl_->append(records, durable, std::move(done));
}

std::optional<Appended> Log::Impl::append(std::span<const Record> records, bool durable,
                                          std::function<void(Appended)> done) {
  if (records.empty()) return Appended(std::vector<Place>());
  piece.durable = durable || options.durability == Durability::kDurable;
  piece.done = std::move(done);
  if (auto ok = make(records); !ok) return tl::unexpected(ok.error());
  const bool waits = piece.durable || options.durability == Durability::kWritten;
  if (waits && !piece.durable) {
    if (auto answer = write_inline()) return answer;
  }
  return enqueue(waits);
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
    return fail("records were lost a moment ago (" + gap.why + ")", EAGAIN);
  Gap told = gap;
  if (asked && !promised_io_error) {
    told.op.clear();
    gap = Gap{std::nullopt, 0, "", gap.errno_name, gap.op, 0};
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
    forget(piece, errno_name(error.errno_value), "", 0);
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
  if (*op != '\0') gap.note(errno_name(error), op);
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
  const std::unique_lock<std::mutex> hold(journal_mutex, std::try_to_lock);
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
  journal->unlock();
  if (written) {
    handed_over = next;
    return Appended(std::move(places));
  }
  forget(piece, errno_name(written.error().errno_value), journal->failed_op(),
         written.error().errno_value);
  return Appended(fail("the audit log cannot be written: " + written.error().what,
                       written.error().errno_value));
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
      if (!waits) piece.done = nullptr;
      if (waits) piece.deadline = steady_clock::now() + milliseconds(options.timeout_ms);
      handed_over = next;
      queue.push_back(std::move(piece));
      piece = Piece{};
      if (queue.size() == 1) wake.notify_one();
    }
  }
  if (refused) {
    forget(piece, why, "", 0);
    return tl::unexpected(*refused);
  }
  if (waits) return std::nullopt;
  return Appended(std::move(places));
}

// ---- the committer

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
      const Error error{"the audit log cannot be synced: " + synced.error().what,
                        synced.error().errno_value};
      for (Settled& s : settled)
        if (s.durable && s.result) s.result = tl::unexpected(error);
      {
        const std::lock_guard<std::mutex> hold_journal(journal_mutex);
        if (journal->epoch() == of_epoch) journal->suspect();
      }
      const std::lock_guard<std::mutex> lock(queue_mutex);
      gap.note(errno_name(error.errno_value), "fdatasync");
    }
  }
  for (Settled& s : settled)
    if (s.done) s.done(std::move(s.result));
  settled.clear();
}

// The payloads of durable records, before anyone is told.
void Log::Impl::sync_payloads() {
  const Fd* synced = nullptr;
  for (Settled& s : settled) {
    if (!s.blob || !s.result || s.blob.get() == synced) continue;
    if (auto ok = disk.sync_data(s.blob->get()); !ok) {
      s.result = fail("the audit log cannot be synced: " + ok.error().what, ok.error().errno_value);
      const std::lock_guard<std::mutex> lock(queue_mutex);
      gap.note(errno_name(ok.error().errno_value), "fdatasync");
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
      moved();
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
    if (damaged && options.on_damage == OnDamage::kSeal) {
      if (auto sealed = seal(error); !sealed)
        error.what += "; setting it aside failed: " + sealed.error().what;
    }
    lose_all(error, damaged ? "" : journal->failed_op());
    return;
  }
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
                       std::move(batch[i].blob)});
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
void Log::Impl::moved() {
  const bool new_to_us = notice == nullptr;
  epoch = journal->epoch();
  if (new_to_us) say("the audit log was damaged and set aside; a new log was begun");
  lose_all({"the damaged log was set aside and a new one was begun", ESTALE}, "");
  const std::lock_guard<std::mutex> lock(queue_mutex);
  if (handed_over == 0) return;
  ++losses;
  gap.lose(0, handed_over - 1, "moved");
  gap.why = "moved";
}

// ---- facts

void Log::mask_with(Mask mask) { impl_->mask = std::move(mask); }

void Log::before_prune(std::function<std::vector<TrustSnapshot>()> snapshots) {
  impl_->keeper->before_prune(std::move(snapshots));
}

const std::string& Log::origin() const { return impl_->origin; }
const std::string& Log::writer() const { return impl_->writer; }
const std::string& Log::remark() const { return impl_->remark; }

const std::string& Log::notice() const {
  static const std::string kNone;
  const std::string* said = impl_->notice;
  return said != nullptr ? *said : kNone;
}

std::string Log::command_mac(std::span<const std::string> argv) const {
  std::string words;
  for (const std::string& word : argv) words.append(word).push_back('\0');
  return to_hex(blake2b256(words, impl_->mac));
}

}  // namespace agentmesh::audit
