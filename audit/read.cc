#include "audit/read.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "audit/checkpoint.h"
#include "audit/layout.h"
#include "audit/line_check.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

std::string segment_path(const std::string& log_dir, uint64_t first) {
  return log_dir + "/" + segment_file(first);
}

// How many records the newest checkpoint covers; 0 without one.
uint64_t signed_size(const std::string& log_dir) {
  const auto note = read_regular(log_dir + "/checkpoint", 1U << 20);
  const auto checkpoint = note ? Checkpoint::parse(*note) : std::nullopt;
  return checkpoint ? checkpoint->head.size : 0;
}

// What is missing between the lines of a segment and record `due`. The lines end at byte `end` of it; by their number record
// `counted` is next. Of the last segment its last line says, too, how many there should be.
Result<std::optional<Missing>> missing_behind(const std::string& path, uint64_t first,
                                              uint64_t counted, uint64_t end, uint64_t due,
                                              bool last) {
  std::optional<uint64_t> said;  // the last line's own number
  if (end > 0 && (last || counted < due)) {
    const auto line = line_before(path, end);
    if (!line && line.error().errno_value != EILSEQ) return tl::unexpected(line.error());
    const LineCheck check = line ? check_line(*line) : LineCheck{LineFault::kForm, "", {}};
    if (check.fault == LineFault::kNone) said = check.facts.seq;
  }
  if (last && said) due = std::max(due, *said + 1);
  if (counted >= due) return std::optional<Missing>();
  const bool all_behind = end == 0 || (said && *said + 1 == counted);
  return std::optional<Missing>(Missing{all_behind ? counted : first, due - 1, due - counted});
}

// Whether the line is a prune that accounts for all records before `first`.
bool prunes_up_to(std::string_view line, uint64_t first) {
  if (line.find("\"type\":\"prune\"") == std::string_view::npos) return false;
  const LineCheck check = check_line(line);
  return check.fault == LineFault::kNone && check.facts.type == Type::kPrune && check.facts.first &&
         *check.facts.first >= first;
}

}  // namespace

std::string to_text(const Missing& missing) {
  const auto& [first, last, count] = missing;
  if (first == last) return fmt::format("record {} is missing", first);
  if (count > last - first) return fmt::format("records {} to {} are missing", first, last);
  return fmt::format("{} of the records {} to {} {} missing", count, first, last,
                     count == 1 ? "is" : "are");
}

Result<Tail> Tail::open(const std::string& log_dir, uint64_t count) {
  Tail tail(log_dir);
  const uint64_t signed_records = signed_size(log_dir);  // before the lines, which may grow
  const auto segments = list_segments(log_dir);
  if (!segments) return tl::unexpected(segments.error());
  if (segments->empty()) return fail(log_dir + "/seg: no segment", ENOENT);
  const uint64_t beginning = segments->front();
  bool pruned = beginning == 0;
  // The last segment first; older ones only if it has too few lines.
  for (auto segment = segments->rbegin(); segment != segments->rend(); ++segment) {
    auto cursor = LineCursor::open(segment_path(log_dir, *segment));
    if (!cursor) return tl::unexpected(cursor.error());
    std::deque<std::string> lines;
    uint64_t seq = *segment;
    for (;; ++seq) {
      const auto more = cursor->next();
      if (!more) return tl::unexpected(more.error());
      if (!*more) break;
      pruned = pruned || prunes_up_to(cursor->line(), beginning);
      lines.emplace_back(cursor->line());
      if (lines.size() + tail.waiting_.size() > count) lines.pop_front();
    }
    tail.waiting_.insert(tail.waiting_.begin(), std::make_move_iterator(lines.begin()),
                         std::make_move_iterator(lines.end()));
    const bool last = segment == segments->rbegin();
    const auto missing =
        missing_behind(segment_path(log_dir, *segment), *segment, seq, cursor->offset(),
                       last ? signed_records : *(segment - 1), last);
    if (!missing) return tl::unexpected(missing.error());
    if (*missing) tail.missing_.insert(tail.missing_.begin(), **missing);
    if (last) {
      tail.cursor_ = std::move(*cursor);
      tail.segment_ = *segment;
    }
    if (tail.waiting_.size() >= count) return tail;
  }
  if (!pruned) tail.missing_.insert(tail.missing_.begin(), Missing{0, beginning - 1, beginning});
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

Result<std::vector<Missing>> each_line(
    const std::string& log_dir, uint64_t from,
    const std::function<bool(std::string_view, uint64_t)>& visit) {
  const uint64_t signed_records = signed_size(log_dir);  // before the lines, which may grow
  const auto segments = list_segments(log_dir);
  if (!segments) return tl::unexpected(segments.error());
  if (segments->empty()) return fail(log_dir + "/seg: no segment", ENOENT);
  const auto end = file_size(segment_path(log_dir, segments->back()));
  if (!end) return tl::unexpected(end.error());
  auto segment = std::upper_bound(segments->begin(), segments->end(), from);
  if (segment != segments->begin()) --segment;
  std::vector<Missing> missing;
  const uint64_t beginning = segments->front();
  bool pruned = beginning <= from;
  bool enough = false;
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
    if (!cursor && enough) return missing;
    if (!cursor) return tl::unexpected(cursor.error());
    const uint64_t first = seq;
    for (;; ++seq) {
      const auto more = cursor->next();
      if (!more && enough) return missing;  // what was asked for is read
      if (!more) return tl::unexpected(more.error());
      if (!*more) break;
      pruned = pruned || prunes_up_to(cursor->line(), beginning);
      enough = enough || (seq >= from && !visit(cursor->line(), seq));
      if (enough && pruned) return missing;
    }
    if (enough) continue;  // only for a prune
    const auto gap = missing_behind(path, first, seq, cursor->offset(),
                                    last ? signed_records : *(segment + 1), last);
    if (!gap) return tl::unexpected(gap.error());
    if (*gap && (*gap)->last >= from) missing.push_back(**gap);
  }
  if (!pruned) missing.insert(missing.begin(), Missing{from, beginning - 1, beginning - from});
  return missing;
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

Result<std::optional<Missing>> missing_at(const std::string& log_dir, uint64_t seq) {
  const auto segments = list_segments(log_dir);
  if (!segments) return tl::unexpected(segments.error());
  const auto later = std::upper_bound(segments->begin(), segments->end(), seq);
  if (segments->empty()) return std::optional<Missing>();
  if (later == segments->begin()) {
    // Before the beginning: nothing is missing if a prune says so.
    const auto missing = each_line(log_dir, 0, [](std::string_view, uint64_t) { return false; });
    if (!missing) return tl::unexpected(missing.error());
    return missing->empty() ? std::optional<Missing>() : missing->front();
  }
  const uint64_t stop = later == segments->end() ? UINT64_MAX : *later;
  const auto missing =
      each_line(log_dir, *(later - 1), [&](std::string_view, uint64_t at) { return at < stop; });
  if (!missing) return tl::unexpected(missing.error());
  for (const Missing& gap : *missing)
    if (gap.first <= seq && seq <= gap.last) return std::optional<Missing>(gap);
  return std::optional<Missing>();
}

}  // namespace agentmesh::audit
