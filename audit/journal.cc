#include "audit/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "audit/checkpoint.h"
#include "audit/disk_files.h"
#include "audit/in_force.h"
#include "audit/keys.h"
#include "audit/layout.h"
#include "audit/line_check.h"
#include "audit/rotation.h"
#include "audit/segment.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

constexpr int64_t kDayUs = 86'400'000'000;

// The size of a lock file that is no longer at its path: else it is empty.
constexpr uint64_t kMark = 1;

bool is_deleted(const Fd& file) {
  struct stat info {};
  return ::fstat(file.get(), &info) == 0 && info.st_nlink == 0;
}

bool is_marked(const Fd& lock) {
  struct stat info {};
  return ::fstat(lock.get(), &info) == 0 && info.st_size > 0;
}

bool is_signed(std::string_view note, const std::vector<VerifierKey>& keys) {
  const auto checkpoint = Checkpoint::parse(note);
  return checkpoint && signer_of(*checkpoint, keys) != nullptr;
}

int64_t utc_day_number(int64_t ts) { return ts >= 0 ? ts / kDayUs : (ts - kDayUs + 1) / kDayUs; }

}  // namespace

Journal::Journal(const Options& options, std::string writer, Disk& disk)
    : options_(options),
      writer_(std::move(writer)),
      disk_(disk),
      dir_(log_directory(options.state_dir, options.log)),
      lock_path_(dir_ + "/lock"),
      state_(dir_ + "/state") {}

Result<std::unique_ptr<Journal>> Journal::open(const Options& options, std::string writer,
                                               int64_t mono, Disk& disk) {
  std::unique_ptr<Journal> journal(new Journal(options, std::move(writer), disk));
  journal->newest_mono_ = mono;
  if (auto ok = journal->follow(); !ok) return tl::unexpected(ok.error());
  return journal;
}

Result<void> Journal::follow() {
  auto fd = disk_.open(lock_path_, O_RDWR | O_CREAT, 0600);
  if (!fd) return tl::unexpected(fd.error());
  ++epoch_;
  Fd directory(::open(dir_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return fail_errno("open directory " + dir_);
  lock_ = std::move(*fd);
  directory_ = std::move(directory);
  replaced_locks_.clear();
  state_ = StateFile(dir_ + "/state");
  segment_.reset();
  known_ = false;
  checked_ = false;
  suspect_ = false;
  doubt_.reset();
  stands_.reset();
  recent_leaves_.clear();
  clear_stage();
  return {};
}

Result<Journal::Lock> Journal::try_lock(Look look) {
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return fail_errno(lock_path_);
    return look == Look::kLater || !is_marked(lock_) ? Lock::kBusy : take_new_lock();
  }
  if (look == Look::kLater ? !is_deleted(lock_) : is_at(lock_path_, lock_.get()))
    return Lock::kHeld;
  if (is_at(dir_, directory_.get())) {
    if (auto ok = disk_.truncate(lock_.get(), kMark); !ok) return tl::unexpected(ok.error());
    return take_new_lock();
  }
  unlock();
  if (!file_exists(dir_))
    return Lock::kBusy;  // between two renames; or gone for good, and then the time runs out
  if (auto ok = follow(); !ok) {
    if (ok.error().errno_value == ENOENT) return Lock::kBusy;
    return tl::unexpected(ok.error());
  }
  return Lock::kMoved;
}

// The log is where it was, and only its lock file is another: somebody took it for something that may be deleted. The first to
// see it marks the old one and keeps it locked for good, so that whoever knows no other finds the mark, and nobody writes
// under the one while we write under the other.
Result<Journal::Lock> Journal::take_new_lock() {
  auto fd = disk_.open(lock_path_, O_RDWR | O_CREAT, 0600);
  if (!fd) return tl::unexpected(fd.error());
  replaced_locks_.push_back(std::exchange(lock_, std::move(*fd)));
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) == 0) return Lock::kHeld;
  if (errno == EWOULDBLOCK || errno == EINTR) return Lock::kBusy;
  return fail_errno(lock_path_);
}

std::optional<Head> Journal::own_head() const {
  if (!known_ || !checked_ || suspect_ || doubt_ || !is_at(lock_path_, lock_.get()))
    return std::nullopt;
  return head_;
}

void Journal::unlock() {
  (void)::flock(lock_.get(), LOCK_UN);
}  // cannot fail on an open descriptor

Result<void> Journal::open_segment() {
  auto fd = disk_.open(dir_ + "/" + segment_file(head_.segment_first), O_WRONLY | O_APPEND, 0);
  if (!fd) return tl::unexpected(fd.error());
  segment_ = std::move(*fd);
  return {};
}

bool Journal::current() { return checked_ && !doubt_ && !suspect_ && looks_current(); }

bool Journal::looks_current() {
  state_.attach(disk_);
  struct stat info {};
  const auto segment_fits = [&] {
    return ::fstat(segment_.get(), &info) == 0 && info.st_nlink > 0 &&
           static_cast<uint64_t>(info.st_size) == head_.segment_bytes;
  };
  if (known_ && state_.still(head_) && segment_fits()) {
    state_.refresh_checkpoint(head_);
    return true;
  }
  const auto head = state_.load();
  return head && adopt(*head);
}

// Takes the state file's word if the segment has exactly that size and no later one exists.
bool Journal::adopt(const Head& head) {
  if (head.next_seq == 0 || head.segment_bytes == 0) return false;
  const bool same_segment = known_ && segment_ && head.segment_first == head_.segment_first;
  known_ = false;
  head_ = head;
  if (!same_segment && !open_segment()) return false;
  struct stat info {};
  if (::fstat(segment_.get(), &info) != 0 || info.st_nlink == 0 ||
      static_cast<uint64_t>(info.st_size) != head.segment_bytes)
    return false;
  if (::stat((dir_ + "/" + segment_file(head.next_seq)).c_str(), &info) == 0) return false;
  known_ = true;
  return true;
}

Result<void> Journal::make_ready(const Made& made) {
  failed_op_ = "open";
  if (auto ok = settle_doubt(); !ok) return ok;
  if (checked_ && looks_current()) {
    if (!suspect_) return {};
    if (auto ok = read_back(); !ok) return ok;
    suspect_ = false;
    if (auto ok = rotate(made); !ok) return ok;
    return commit();
  }
  suspect_ = false;  // everything is read back anyway
  known_ = false;
  const auto keys = own_keys(options_.state_dir, options_.log);
  if (!keys) return tl::unexpected(keys.error());
  const auto end = read_tail_end(dir_, *keys, writer_);
  if (!end) return tl::unexpected(end.error());
  last_good_ = end->checkpoint;
  std::string damage = end->damage;
  if (auto fits = check_key(options_); !fits) {
    if (fits.error().errno_value != kDamaged) return fits;
    if (damage.empty()) damage = fits.error().what;
  }
  if (!damage.empty()) return fail("the audit log is damaged: " + damage, kDamaged);
  head_ = end->head;
  head_.checkpoint_size = end->checkpoint.size;
  head_.checkpoint_ts = made.ts;
  if (auto ok = open_segment(); !ok) return ok;
  clear_stage();
  const std::string saved = dir_ + "/" + recovered_file(head_.next_seq);
  if (end->torn) {
    if (auto ok = cut_off(*end, made); !ok) return ok;
  } else if (file_exists(saved)) {
    // Someone cut this off and did not live to say so.
    if (auto ok = write_recover(*end, saved, made); !ok) return ok;
  }
  if (staged_bytes() > 0) {
    if (auto ok = commit(); !ok) return ok;
  }
  state_.store(head_);
  known_ = true;
  checked_ = true;
  // All that it said is in the other one.
  if (const auto newest = read_regular(dir_ + "/checkpoint", 1U << 20);
      !newest || !is_signed(*newest, *keys))
    notice_ =
        fmt::format("{}{}the audit log's file checkpoint {}; it is made anew from checkpoints",
                    notice_, notice_.empty() ? "" : "; ",
                    newest ? "is none that a key of this log has signed"
                    : newest.error().errno_value == ENOENT ? "is gone"
                                                           : "cannot be read");
  return {};
}

// Keeps what follows the last whole record, cuts it off, and stages the record that says so.
Result<void> Journal::cut_off(const TailEnd& end, const Made& made) {
  const std::string file = dir_ + "/" + segment_file(head_.segment_first);
  std::string saved = dir_ + "/" + recovered_file(head_.next_seq);
  if (end.bytes > 0) {
    auto whole = read_regular(file, SIZE_MAX);
    if (!whole) return tl::unexpected(whole.error());
    const std::string_view cut = std::string_view(*whole).substr(head_.segment_bytes);
    if (auto ok = make_directories(dir_ + "/recovered", 0700); !ok) return ok;
    // What an earlier recovery kept under this name is never written over.
    for (int n = 2; file_exists(saved); ++n) {
      const auto there = read_regular(saved, SIZE_MAX);
      if (there && *there == cut) break;
      saved = fmt::format("{}-{}", dir_ + "/" + recovered_file(head_.next_seq), n);
    }
    if (auto ok = put_file(disk_, saved, cut); !ok) return ok;
    if (auto ok = disk_.sync_directory(dir_ + "/recovered"); !ok) return ok;
    if (auto ok = disk_.truncate(segment_.get(), head_.segment_bytes); !ok) return ok;
  }
  return write_recover(end, end.bytes > 0 ? saved : std::string(), made);
}

Result<void> Journal::write_recover(const TailEnd& end, const std::string& saved,
                                    const Made& made) {
  Recover record;
  record.file = segment_file(head_.segment_first);
  record.offset = head_.segment_bytes;
  record.checkpoint = end.checkpoint.size;
  std::string cut;
  if (!saved.empty()) {
    auto bytes = read_regular(saved, SIZE_MAX);
    if (!bytes) return tl::unexpected(bytes.error());
    cut = std::move(*bytes);
  }
  record.bytes = cut.size();
  record.sha256 = sha256(cut);
  if (auto ok = begin_segment(made); !ok) return ok;
  const Made own{made.writer, std::nullopt, made.ts, made.mono};
  Draft line;
  draft(record, own, line);
  (void)stage(line);
  notice_ =
      fmt::format("the audit log ended in the middle of a record: {} bytes cut off at record {}{}",
                  record.bytes, end.head.next_seq, saved.empty() ? "" : ", kept in " + saved);
  return {};
}

bool Journal::rotation_due(size_t bytes, int64_t ts) const {
  const uint64_t size = head_.segment_bytes + buffer_.size();
  if (size == 0) return false;
  return size + bytes > options_.segment_bytes ||
         utc_day_number(ts) > utc_day_number(head_.segment_ts);
}

Result<void> Journal::make_room(size_t bytes, const Made& made) {
  if (rotation_due(bytes, made.ts)) {
    if (auto ok = commit(); !ok) return ok;
    if (auto ok = rotate(made); !ok) return ok;
  }
  return begin_segment(made);
}

Result<void> Journal::rotate(const Made& made) {
  failed_op_ = "fdatasync";
  if (auto ok = disk_.sync_data(segment_.get()); !ok) return ok;
  const std::string file = dir_ + "/" + segment_file(head_.next_seq);
  failed_op_ = "open";
  // Killed from here on, we leave a segment that the state file does not know of: nobody may go by it.
  state_.invalidate();
  auto fd = disk_.open(file, O_WRONLY | O_APPEND | O_CREAT | O_EXCL, 0600);
  if (!fd) {
    if (fd.error().errno_value != EEXIST) state_.store(head_);
    return tl::unexpected(fd.error());
  }
  failed_op_ = "fdatasync";
  if (auto ok = disk_.sync_directory(dir_ + "/seg"); !ok) {
    (void)disk_.remove(file);  // an empty segment that stays is found torn, with 0 bytes
    known_ = false;
    return ok;
  }
  segment_ = std::move(*fd);
  head_.segment_first = head_.next_seq;
  head_.segment_bytes = 0;
  head_.segment_ts = made.ts;
  clear_stage();
  return begin_segment(made);
}

// Stages segment.open if the segment is empty.
Result<void> Journal::begin_segment(const Made& made) {
  if (head_.segment_bytes > 0 || !buffer_.empty()) return {};
  const auto key = key_in_force(options_);
  if (!key) return tl::unexpected(key.error());
  const auto segments = list_segments(dir_);
  if (!segments) return tl::unexpected(segments.error());
  const auto here = std::lower_bound(segments->begin(), segments->end(), head_.segment_first);
  if (here == segments->begin())
    return fail("the audit log is damaged: there is no segment before this one", kDamaged);
  const uint64_t prior = *(here - 1);
  const auto size = file_size(dir_ + "/" + segment_file(prior));
  if (!size) return tl::unexpected(size.error());
  SegmentOpen record;
  record.prior_file = segment_file(prior).substr(4);
  record.prior_bytes = *size;
  record.prior_records = head_.segment_first - prior;
  record.tree_size = head_.next_seq;
  record.tree_root = head_.tree.root();
  record.vkey = key->text();
  head_.segment_ts = made.ts;
  staged_.segment_ts = made.ts;
  const Made own{made.writer, std::nullopt, made.ts, made.mono};
  Draft line;
  draft(record, own, line);
  (void)stage(line);
  return {};
}

void Journal::clear_stage() {
  buffer_.clear();
  leaves_.clear();
  staged_ = head_;
}

uint64_t Journal::stage(const Draft& draft) {
  if (buffer_.empty()) clear_stage();
  const uint64_t seq = staged_.next_seq;
  const size_t before = buffer_.size();
  const Hash leaf = finish(draft, seq, staged_.last_leaf, buffer_);
  staged_.tree.add(leaf);
  staged_.last_leaf = leaf;
  staged_.next_seq = seq + 1;
  staged_.segment_bytes += buffer_.size() - before;
  leaves_.push_back(leaf);
  staged_mono_ = draft.mono;
  return seq;
}

Result<void> Journal::commit() {
  if (buffer_.empty()) return {};
  failed_op_ = "write";
  Result<size_t> wrote = disk_.write(segment_.get(), buffer_);
  while (!wrote && wrote.error().errno_value == EINTR) wrote = disk_.write(segment_.get(), buffer_);
  if (wrote && *wrote == buffer_.size()) {
    recent_leaves_.add(head_.next_seq, leaves_);
    head_ = staged_;
    newest_mono_ = staged_mono_;
    state_.store(head_);
    buffer_.clear();  // leaves() stay for the caller until the next piece
    return {};
  }
  const Error error =
      wrote ? Error{fmt::format("a write took {} of {} bytes", *wrote, buffer_.size()), ENOSPC}
            : wrote.error();
  struct stat info {};
  const bool seen = ::fstat(segment_.get(), &info) == 0;
  const auto size = static_cast<uint64_t>(info.st_size);
  // Without a byte written there is nothing to take back.
  if ((!seen || size != head_.segment_bytes) &&
      !disk_.truncate(segment_.get(), head_.segment_bytes))
    doubt_ = size;
  clear_stage();
  return tl::unexpected(error);
}

Result<void> Journal::settle_doubt() {
  if (!doubt_) return {};
  failed_op_ = "truncate";
  state_.attach(disk_);
  struct stat info {};
  if (::fstat(segment_.get(), &info) != 0)
    return fail_errno(dir_ + "/" + segment_file(head_.segment_first));
  if (state_.still(head_) && static_cast<uint64_t>(info.st_size) == *doubt_) {
    if (auto ok = disk_.truncate(segment_.get(), head_.segment_bytes); !ok) return ok;
    doubt_.reset();
    return {};
  }
  // Someone else found our lines and may have built upon them: they stand.
  auto cursor =
      LineCursor::open(dir_ + "/" + segment_file(head_.segment_first), head_.segment_bytes);
  if (!cursor) return tl::unexpected(cursor.error());
  for (;;) {
    const auto more = cursor->next();
    if (!more) return tl::unexpected(more.error());
    if (!*more) break;
    const LineCheck check = check_line(cursor->line());
    if (check.fault != LineFault::kNone) break;
    if (check.facts.w == writer_ && check.facts.wseq) stands_ = check.facts.wseq;
  }
  doubt_.reset();
  known_ = false;
  return {};
}

Result<void> Journal::read_back() {
  if (auto ok = open_segment(); !ok) return ok;
  if (auto ok = disk_.sync_data(segment_.get()); !ok) return ok;
  // What a failed write-back left clean in memory is read from the disk again.
  if (const int error = ::posix_fadvise(segment_.get(), 0, 0, POSIX_FADV_DONTNEED); error != 0) {
    errno = error;
    return fail_errno(dir_ + "/" + segment_file(head_.segment_first));
  }
  const auto keys = own_keys(options_.state_dir, options_.log);
  if (!keys) return tl::unexpected(keys.error());
  const auto end = read_tail_end(dir_, *keys, writer_);
  if (!end) return tl::unexpected(end.error());
  if (!end->damage.empty() || end->torn || end->head.next_seq != head_.next_seq ||
      end->head.last_leaf != head_.last_leaf)
    return fail(
        "the audit log is damaged: what was written before a failed sync does not read back",
        kDamaged);
  return {};
}

bool Journal::ends_with_ours(const Head& head) const {
  const auto last = recent_leaves_.get(head.next_seq - 1, 1);
  return !last.empty() && last.front() == head.last_leaf;
}

void Journal::note_checkpoint(uint64_t size, int64_t ts) {
  head_.checkpoint_size = size;
  head_.checkpoint_ts = ts;
  state_.store(head_);
}

Result<Fd> Journal::segment_to_sync() const {
  Fd fd(::fcntl(segment_.get(), F_DUPFD_CLOEXEC, 0));
  if (!fd) return fail_errno("dup");
  return fd;
}

std::string Journal::take_notice() { return std::exchange(notice_, std::string()); }

}  // namespace agentmesh::audit
