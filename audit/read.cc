#include "audit/read.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "audit/layout.h"
#include "audit/line_check.h"

namespace agentmesh::audit {

namespace {

std::string segment_path(const std::string& log_dir, uint64_t first) {
  return log_dir + "/" + segment_file(first);
}

}  // namespace

Result<Tail> Tail::open(const std::string& log_dir, uint64_t count) {
  Tail tail(log_dir);
  const auto segments = list_segments(log_dir);
  if (!segments) return tl::unexpected(segments.error());
  if (segments->empty()) return fail(log_dir + "/seg: no segment", ENOENT);
  // The last segment first; older ones only if it has too few lines.
  for (auto segment = segments->rbegin(); segment != segments->rend(); ++segment) {
    auto cursor = LineCursor::open(segment_path(log_dir, *segment));
    if (!cursor) return tl::unexpected(cursor.error());
    std::deque<std::string> lines;
    for (;;) {
      const auto more = cursor->next();
      if (!more) return tl::unexpected(more.error());
      if (!*more) break;
      lines.emplace_back(cursor->line());
      if (lines.size() + tail.waiting_.size() > count) lines.pop_front();
    }
    tail.waiting_.insert(tail.waiting_.begin(), std::make_move_iterator(lines.begin()),
                         std::make_move_iterator(lines.end()));
    if (segment == segments->rbegin()) {
      tail.cursor_ = std::move(*cursor);
      tail.segment_ = *segment;
    }
    if (tail.waiting_.size() >= count) break;
  }
  return tail;
}

Result<void> Tail::open_segment(uint64_t first, uint64_t offset) {
  auto cursor = LineCursor::open(segment_path(log_dir_, first), offset);
  if (!cursor) return tl::unexpected(cursor.error());
  cursor_ = std::move(*cursor);
  segment_ = first;
  return {};
}

// Whether another log took the place of the one we read.
Result<bool> Tail::moved() const {
  struct stat ours {};
  struct stat there {};
  if (::fstat(cursor_->fd(), &ours) != 0) return fail_errno("a segment");
  if (::stat(segment_path(log_dir_, segment_).c_str(), &there) != 0) {
    if (errno != ENOENT) return fail_errno(segment_path(log_dir_, segment_));
    return ::stat(segment_path(log_dir_, 0).c_str(), &there) == 0;
  }
  return ours.st_ino != there.st_ino || ours.st_dev != there.st_dev;
}

Result<std::optional<std::string>> Tail::next() {
  if (!waiting_.empty()) {
    std::optional<std::string> line = std::move(waiting_.front());
    waiting_.pop_front();
    return line;
  }
  for (bool again = false;; again = true) {
    // Whether there is a later segment is asked before the end is: a segment that has a successor does not grow.
    const auto segments = list_segments(log_dir_);
    if (!segments && segments.error().errno_value != ENOENT)
      return tl::unexpected(segments.error());
    const auto more = cursor_->next();
    if (!more) return tl::unexpected(more.error());
    if (*more) return std::optional<std::string>(cursor_->line());
    cursor_->look_again();
    if (!segments) return std::optional<std::string>();  // the directory is being exchanged
    const auto now = cursor_->next();
    if (!now) return tl::unexpected(now.error());
    if (*now) return std::optional<std::string>(cursor_->line());
    cursor_->look_again();
    if (again) return std::optional<std::string>();
    const auto other = moved();
    if (!other) return tl::unexpected(other.error());
    const auto later = std::upper_bound(segments->begin(), segments->end(), segment_);
    if (*other) {
      if (segments->empty()) return std::optional<std::string>();
      if (auto ok = open_segment(segments->front(), 0); !ok) return tl::unexpected(ok.error());
    } else if (later != segments->end()) {
      if (auto ok = open_segment(*later, 0); !ok) return tl::unexpected(ok.error());
    } else {
      return std::optional<std::string>();
    }
  }
}

Result<void> each_line(const std::string& log_dir, uint64_t from,
                       const std::function<bool(std::string_view, uint64_t)>& visit) {
  const auto segments = list_segments(log_dir);
  if (!segments) return tl::unexpected(segments.error());
  if (segments->empty()) return fail(log_dir + "/seg: no segment", ENOENT);
  const auto end = file_size(segment_path(log_dir, segments->back()));
  if (!end) return tl::unexpected(end.error());
  auto segment = std::upper_bound(segments->begin(), segments->end(), from);
  if (segment != segments->begin()) --segment;
  for (; segment != segments->end(); ++segment) {
    const std::string path = segment_path(log_dir, *segment);
    uint64_t seq = *segment;
    uint64_t offset = 0;
    if (from > *segment) {
      const auto found = find_line(path, from);
      if (!found) return tl::unexpected(found.error());
      if (*found) {
        offset = **found;
        seq = from;
      }
    }
    const bool last = segment + 1 == segments->end();
    auto cursor = LineCursor::open(path, offset, last ? *end : UINT64_MAX);
    if (!cursor) return tl::unexpected(cursor.error());
    for (;; ++seq) {
      const auto more = cursor->next();
      if (!more) return tl::unexpected(more.error());
      if (!*more) break;
      if (seq >= from && !visit(cursor->line(), seq)) return {};
    }
  }
  return {};
}

Result<std::optional<std::string>> find_record(const std::string& log_dir, uint64_t seq) {
  const auto segments = list_segments(log_dir);
  if (!segments) return tl::unexpected(segments.error());
  auto segment = std::upper_bound(segments->begin(), segments->end(), seq);
  if (segment == segments->begin()) return std::optional<std::string>();
  const std::string path = segment_path(log_dir, *--segment);
  const auto found = find_line(path, seq);
  if (!found) return tl::unexpected(found.error());
  auto cursor = LineCursor::open(path, found->value_or(0));
  if (!cursor) return tl::unexpected(cursor.error());
  // Where halving led nowhere (a damaged file), line by line.
  for (;;) {
    const auto more = cursor->next();
    if (!more) return tl::unexpected(more.error());
    if (!*more) return std::optional<std::string>();
    const LineCheck check = check_line(cursor->line());
    if (check.facts.seq == seq && check.fault == LineFault::kNone)
      return std::optional<std::string>(cursor->line());
  }
}

}  // namespace agentmesh::audit
