#include "audit/segment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "audit/layout.h"
#include "audit/line_check.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

constexpr size_t kPiece = 256 << 10;

Result<size_t> read_at(int fd, char* into, size_t bytes, uint64_t offset) {
  for (;;) {
    const ssize_t got = ::pread(fd, into, bytes, static_cast<off_t>(offset));
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) return fail_errno("reading a segment");
  }
}

// The line around or behind `from` that begins first at or after it; `from` 0 is a line's start.
struct Found {
  uint64_t offset = 0;
  uint64_t seq = 0;
};

Result<std::optional<Found>> line_at_or_after(int fd, uint64_t from, uint64_t size,
                                              std::string& buffer) {
  // One byte before tells whether `from` itself begins a line.
  uint64_t start = from == 0 ? 0 : from - 1;
  buffer.resize(2 * (kMaxLineBytes + 1));
  const auto got =
      read_at(fd, buffer.data(), std::min<uint64_t>(buffer.size(), size - start), start);
  if (!got) return tl::unexpected(got.error());
  std::string_view view(buffer.data(), *got);
  if (from != 0) {
    const size_t lf = view.find('\n');
    if (lf == std::string_view::npos) return std::optional<Found>();
    view.remove_prefix(lf + 1);
    start += lf + 1;
  }
  const size_t end = view.find('\n');
  if (end == std::string_view::npos) return std::optional<Found>();
  const LineCheck check = check_line(view.substr(0, end));
  if (check.fault != LineFault::kNone) return std::optional<Found>();
  return std::optional<Found>(Found{start, check.facts.seq});
}

}  // namespace

Result<std::vector<uint64_t>> list_segments(const std::string& log_dir) {
  const auto names = list_directory(log_dir + "/seg");
  if (!names) return tl::unexpected(names.error());
  std::vector<uint64_t> segments;
  for (const std::string& name : *names)
    if (const auto first = segment_first_seq(name)) segments.push_back(*first);
  std::sort(segments.begin(), segments.end());
  return segments;
}

Result<LineCursor> LineCursor::open(const std::string& path, uint64_t offset, uint64_t end) {
  auto fd = open_regular(path);
  if (!fd) return tl::unexpected(fd.error());
  LineCursor cursor(std::move(*fd));
  cursor.offset_ = offset;
  cursor.read_ = offset;
  cursor.end_ = end;
  cursor.buffer_.resize(kPiece);
  return cursor;
}

Result<bool> LineCursor::fill() {
  if (at_end_) return false;
  if (at_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + at_, filled_ - at_);
    filled_ -= at_;
    at_ = 0;
  }
  if (filled_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  const uint64_t left = end_ > read_ ? end_ - read_ : 0;
  const auto got = read_at(fd_.get(), buffer_.data() + filled_,
                           std::min<uint64_t>(buffer_.size() - filled_, left), read_);
  if (!got) return tl::unexpected(got.error());
  at_end_ = *got == 0;
  filled_ += *got;
  read_ += *got;
  return !at_end_;
}

Result<bool> LineCursor::next() {
  line_ = {};
  offset_ = read_ - (filled_ - at_);
  size_t looked = at_;
  for (;;) {
    const auto* lf =
        static_cast<const char*>(std::memchr(buffer_.data() + looked, '\n', filled_ - looked));
    if (lf != nullptr) {
      const auto end = static_cast<size_t>(lf - buffer_.data());
      line_ = std::string_view(buffer_).substr(at_, end - at_);
      at_ = end + 1;
      return true;
    }
    // A text that is longer than any line is not read to its end: it is handed over as the line that it cannot be.
    if (filled_ - at_ > 4 * kMaxLineBytes) {
      line_ = std::string_view(buffer_).substr(at_, filled_ - at_);
      at_ = filled_;
      return true;
    }
    const size_t waiting = filled_ - at_;
    const auto more = fill();
    if (!more) return tl::unexpected(more.error());
    if (!*more) return false;
    looked = at_ + waiting;
  }
}

void LineCursor::look_again() {
  read_ -= filled_ - at_;
  filled_ = at_;
  at_end_ = false;
}

Result<std::optional<uint64_t>> find_line(const std::string& path, uint64_t seq) {
  auto fd = open_regular(path);
  if (!fd) return tl::unexpected(fd.error());
  const auto size = file_size(path);
  if (!size) return tl::unexpected(size.error());
  std::string buffer;
  uint64_t low = 0;       // a line at or before the wanted one begins at or after this
  uint64_t high = *size;  // the wanted line begins before this
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    const auto found = line_at_or_after(fd->get(), middle, *size, buffer);
    if (!found) return tl::unexpected(found.error());
    if (!*found || (*found)->seq > seq || (*found)->offset >= high) {
      if (*found && (*found)->seq == seq) return std::optional<uint64_t>((*found)->offset);
      high = middle;
    } else if ((*found)->seq == seq) {
      return std::optional<uint64_t>((*found)->offset);
    } else {
      low = std::max(middle, (*found)->offset) + 1;
    }
  }
  return std::optional<uint64_t>();
}

Result<std::string> line_before(const std::string& path, uint64_t end) {
  const auto fd = open_regular(path);
  if (!fd) return tl::unexpected(fd.error());
  for (const size_t most : {size_t{2048}, kMaxLineBytes + 2}) {
    std::string bytes(std::min<uint64_t>(end, most), '\0');
    const auto got = read_at(fd->get(), bytes.data(), bytes.size(), end - bytes.size());
    if (!got) return tl::unexpected(got.error());
    if (*got != bytes.size() || bytes.empty() || bytes.back() != '\n') break;
    bytes.pop_back();
    const size_t lf = bytes.rfind('\n');
    if (lf != std::string::npos) return bytes.substr(lf + 1);
    if (bytes.size() + 1 == end) return bytes;
  }
  return fail(path + ": no line ends at byte " + std::to_string(end), EILSEQ);
}

Result<Rest> look_at_rest(const std::string& path, uint64_t offset, uint64_t end) {
  auto fd = open_regular(path);
  if (!fd) return tl::unexpected(fd.error());
  Rest rest;
  std::string buffer(kPiece, '\0');
  while (offset + rest.bytes < end) {
    const uint64_t at = offset + rest.bytes;
    const auto got =
        read_at(fd->get(), buffer.data(), std::min<uint64_t>(buffer.size(), end - at), at);
    if (!got) return tl::unexpected(got.error());
    if (*got == 0) break;
    rest.bytes += *got;
    rest.has_lf = rest.has_lf || std::memchr(buffer.data(), '\n', *got) != nullptr;
    rest.has_nul = rest.has_nul || std::memchr(buffer.data(), '\0', *got) != nullptr;
  }
  return rest;
}

Result<uint64_t> file_size(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return fail_errno(path);
  return static_cast<uint64_t>(info.st_size);
}

Result<std::string> read_file_end(const std::string& path, uint64_t most) {
  const auto size = file_size(path);
  if (!size) return tl::unexpected(size.error());
  const auto fd = open_regular(path);
  if (!fd) return tl::unexpected(fd.error());
  const uint64_t from = *size > most ? *size - most : 0;
  std::string bytes(*size - from, '\0');
  size_t filled = 0;
  while (filled < bytes.size()) {
    const auto got =
        read_at(fd->get(), bytes.data() + filled, bytes.size() - filled, from + filled);
    if (!got) return tl::unexpected(got.error());
    if (*got == 0) break;
    filled += *got;
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace agentmesh::audit
