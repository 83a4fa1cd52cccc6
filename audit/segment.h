// Segments: the files that hold the lines, and how to read them from any place.
//
// Thread: one per cursor. Cost: reads in pieces of 256 KiB; find_line() halves its way to a line by the numbers the lines
// carry, so it reads a few KiB of a segment of any size.
// Failure: what cannot be read is an error with its errno; what is not a line is the caller's business.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace agentmesh::audit {

// First seqs of the segments of a log directory, in order. Other files in seg/ are left out.
Result<std::vector<uint64_t>> list_segments(const std::string& log_dir);

// Whole lines of one file, one after the other.
class LineCursor {
 public:
  // Begins at `offset`, which is the start of a line; reads no further than `end` bytes into the file.
  static Result<LineCursor> open(const std::string& path, uint64_t offset = 0,
                                 uint64_t end = UINT64_MAX);

  // Moves to the next line. False at the end; then rest() says how many bytes are left that no LF ends.
  Result<bool> next();
  std::string_view line() const { return line_; }  // without LF; good until the next call
  uint64_t offset() const { return offset_; }      // of line(), or of the rest
  uint64_t end_offset() const { return offset_ + line_.size() + 1; }
  uint64_t rest() const { return filled_ - at_; }
  // After next() said that there is no more: reads again from the rest on, which may have grown, or been cut off.
  void look_again();
  int fd() const { return fd_.get(); }

 private:
  explicit LineCursor(Fd fd) : fd_(std::move(fd)) {}
  Result<bool> fill();

  Fd fd_;
  std::string buffer_;
  std::string_view line_;
  size_t at_ = 0;  // of the next line in the buffer
  size_t filled_ = 0;
  uint64_t offset_ = 0;  // in the file, of line()
  uint64_t read_ = 0;    // in the file, of the buffer's end
  uint64_t end_ = UINT64_MAX;
  bool at_end_ = false;
};

// The offset at which the line with that seq begins in this segment; nothing if it is not found by halving (the line is
// not there, or the file is not what it should be).
Result<std::optional<uint64_t>> find_line(const std::string& path, uint64_t seq);

// The line that ends with its LF at byte `end` of the file.
Result<std::string> line_before(const std::string& path, uint64_t end);

// A hash of what the file has from `offset` to its end, and whether there is an LF or a NUL among it.
struct Rest {
  uint64_t bytes = 0;
  bool has_lf = false;
  bool has_nul = false;
};
Result<Rest> look_at_rest(const std::string& path, uint64_t offset, uint64_t end = UINT64_MAX);

Result<uint64_t> file_size(const std::string& path);
// The last `most` bytes of a file, or all of it.
Result<std::string> read_file_end(const std::string& path, uint64_t most);

}  // namespace agentmesh::audit
