#include "audit/line_stream.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "audit/disk_files.h"
#include "audit/layout.h"
#include "audit/segment.h"
#include "audit/tree.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

constexpr size_t kPieceBytes = 1 << 20;
constexpr std::chrono::seconds kWriterPatience{5};

Result<size_t> read_at(int fd, char* into, size_t bytes, uint64_t offset) {
  for (;;) {
    const ssize_t got = ::pread(fd, into, bytes, static_cast<off_t>(offset));
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) return fail_errno("reading a segment");
  }
}

}  // namespace

LineStream::LineStream(std::string log_dir, std::vector<uint64_t> segments, unsigned threads)
    : log_dir_(std::move(log_dir)), segments_(std::move(segments)), exhausted_(segments_.empty()) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

LineStream::~LineStream() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
    work_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
}

std::string LineStream::path(size_t segment) const {
  return log_dir_ + "/" + segment_file(segments_[segment]);
}

Result<const LineStream::Line*> LineStream::next() {
  for (;;) {
    if (current_ && at_ < current_->lines.size()) {
      Line& line = current_->lines[at_++];
      line.text = std::string_view(current_->data).substr(line.begin, line.bytes);
      line.offset = current_->offset + line.begin;
      offset_ = line.offset + line.bytes + 1;
      return &line;
    }
    if (current_ && current_->error) return tl::unexpected(*current_->error);
    if (current_ && current_->last) {
      rest_ = current_->rest;
      return nullptr;
    }
    read_ahead();
    std::unique_lock<std::mutex> lock(mutex_);
    ready_.wait(lock, [this] { return pieces_.front()->done; });
    current_ = std::move(pieces_.front());
    pieces_.pop_front();
    at_ = 0;
  }
}

bool LineStream::next_segment() {
  if (last_segment()) return false;
  ++segment_;
  offset_ = 0;
  current_.reset();
  return true;
}

// Keeps every thread busy and one piece in hand.
void LineStream::read_ahead() {
  for (;;) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (exhausted_ || pieces_.size() > threads_.size()) return;
    }
    auto piece = read_piece();
    if (!piece) {
      auto failed = std::make_unique<Piece>();
      failed->error = piece.error();
      failed->done = true;
      exhausted_ = true;
      const std::lock_guard<std::mutex> lock(mutex_);
      pieces_.push_back(std::move(failed));
      return;
    }
    const bool here = threads_.empty();
    if (here) check(**piece);
    const std::lock_guard<std::mutex> lock(mutex_);
    (*piece)->done = here;
    if (!here) waiting_.push_back(piece->get());
    pieces_.push_back(std::move(*piece));
    work_.notify_one();
  }
}

Result<void> LineStream::open_next() {
  auto fd = open_regular(path(reading_));
  if (!fd) return tl::unexpected(fd.error());
  fd_ = std::move(*fd);
  const auto size = file_size(path(reading_));
  if (!size) return tl::unexpected(size.error());
  // Only the last one may still grow.
  end_ = reading_ + 1 == segments_.size() ? *size : UINT64_MAX;
  read_ = 0;
  carry_.clear();
  opened_ = true;
  return {};
}

Result<std::unique_ptr<LineStream::Piece>> LineStream::read_piece() {
  if (!opened_) {
    if (auto ok = open_next(); !ok) return tl::unexpected(ok.error());
  }
  auto piece = std::make_unique<Piece>();
  piece->segment = reading_;
  piece->offset = read_ - carry_.size();
  piece->data = std::move(carry_);
  carry_.clear();
  bool end = false;
  for (;;) {
    const size_t before = piece->data.size();
    const size_t want =
        static_cast<size_t>(std::min<uint64_t>(kPieceBytes, end_ > read_ ? end_ - read_ : 0));
    piece->data.resize(before + want);
    const auto got = read_at(fd_.get(), piece->data.data() + before, want, read_);
    if (!got) return tl::unexpected(got.error());
    piece->data.resize(before + *got);
    read_ += *got;
    end = *got == 0;
    // More than fits a piece without an LF is no line: it goes out as one, and is found too long.
    if (end || piece->data.find('\n', before) != std::string::npos ||
        piece->data.size() > kPieceBytes)
      break;
  }
  if (end && reading_ + 1 == segments_.size()) {
    if (auto ok = wait_for_writer(*piece); !ok) return tl::unexpected(ok.error());
  }
  const size_t lf = piece->data.rfind('\n');
  const size_t whole = lf == std::string::npos ? 0 : lf + 1;
  if (end) {
    piece->rest = piece->data.size() - whole;
    piece->last = true;
    opened_ = false;
    exhausted_ = ++reading_ == segments_.size();
  } else if (whole > 0) {
    carry_ = piece->data.substr(whole);
    piece->data.resize(whole);
  }
  return piece;
}

// The last line of the log has no LF yet (or the segment nothing at all): while a writer is at work it may get one.
Result<void> LineStream::wait_for_writer(Piece& piece) {
  const auto unfinished = [&] {
    return piece.data.empty() ? piece.offset == 0 : piece.data.back() != '\n';
  };
  if (!unfinished()) return {};
  const auto deadline = std::chrono::steady_clock::now() + kWriterPatience;
  for (bool locked = true; locked && unfinished() && std::chrono::steady_clock::now() < deadline;) {
    locked = is_locked(log_dir_ + "/lock");
    if (locked) std::this_thread::sleep_for(std::chrono::microseconds(500));
    // What is there now, up to the LF that was missing; or less, if the writer took it back.
    const size_t start =
        piece.data.rfind('\n') == std::string::npos ? 0 : piece.data.rfind('\n') + 1;
    std::string again(2 * (kMaxLineBytes + 1), '\0');
    const auto got = read_at(fd_.get(), again.data(), again.size(), piece.offset + start);
    if (!got) return tl::unexpected(got.error());
    again.resize(*got);
    const size_t lf = again.find('\n');
    if (lf != std::string::npos) again.resize(lf + 1);
    piece.data.resize(start);
    piece.data += again;
  }
  read_ = piece.offset + piece.data.size();
  end_ = read_;
  return {};
}

void LineStream::work() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    work_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
    if (stop_) return;
    Piece* piece = waiting_.front();
    waiting_.pop_front();
    lock.unlock();
    check(*piece);
    lock.lock();
    piece->done = true;
    ready_.notify_one();
  }
}

void LineStream::check(Piece& piece) {
  const std::string_view data = piece.data;
  const size_t end = data.size() - static_cast<size_t>(piece.rest);
  piece.lines.reserve(end / 512 + 1);
  for (size_t at = 0; at < end;) {
    const size_t lf = std::min(data.find('\n', at), end);
    Line line;
    line.begin = static_cast<uint32_t>(at);
    line.bytes = static_cast<uint32_t>(lf - at);
    const std::string_view text = data.substr(at, lf - at);
    line.check = check_line(text);
    const bool good = line.check.fault == LineFault::kNone;
    if (good) line.leaf = hash_leaf(text);
    piece.lines.push_back(line);
    if (!good) break;  // nobody reads on
    at = lf + 1;
  }
}

}  // namespace agentmesh::audit
