// LineStream: all lines of a log in order, checked and hashed by several threads, a few MiB of them in memory at a time.
//
// Used to verify: it reads what is there and stops at the end it saw when it opened the last segment. A last line without
// its LF is read again while a writer holds the log's lock.
// Thread: next() from one. Cost: about 1.2 us per line of 600 bytes, shared by the threads; 2 MiB per thread and two more.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "audit/line_check.h"
#include "base/crypto.h"
#include "base/fd.h"
#include "base/result.h"

namespace agentmesh::audit {

class LineStream {
 public:
  struct Line {
    LineCheck check;
    Hash leaf{};         // only without a fault
    uint32_t begin = 0;  // in its piece
    uint32_t bytes = 0;
    std::string_view text;  // good until the next call of next()
    uint64_t offset = 0;    // in its segment
  };

  LineStream(std::string log_dir, std::vector<uint64_t> segments, unsigned threads);
  ~LineStream();
  LineStream(const LineStream&) = delete;
  LineStream& operator=(const LineStream&) = delete;

  // The next line, whatever is wrong with it; null at the end of a segment, and then segment() is that one still;
  // next_segment() goes on. Errors: what cannot be read.
  Result<const Line*> next();
  // Bytes at the end of segment() that no LF ends; known after next() gave null.
  uint64_t rest() const { return rest_; }
  // Goes to the next segment; false if there is none.
  bool next_segment();

  uint64_t segment_first() const { return segments_[segment_]; }
  bool last_segment() const { return segment_ + 1 == segments_.size(); }
  // Where in the segment the line after the last one given begins.
  uint64_t offset() const { return offset_; }
  // How far the last segment is read.
  uint64_t end() const { return end_; }

 private:
  struct Piece {
    std::string data;
    size_t segment = 0;
    uint64_t offset = 0;
    std::vector<Line> lines;
    bool last = false;  // of its segment
    uint64_t rest = 0;
    std::optional<Error> error;
    bool done = false;
  };

  void work();
  static void check(Piece& piece);
  void read_ahead();
  Result<std::unique_ptr<Piece>> read_piece();
  Result<void> open_next();
  Result<void> wait_for_writer(Piece& piece);
  std::string path(size_t segment) const;

  const std::string log_dir_;
  const std::vector<uint64_t> segments_;

  // Reading, on the caller's thread.
  Fd fd_;
  size_t reading_ = 0;  // segment
  bool opened_ = false;
  uint64_t read_ = 0;  // offset of what follows carry_
  uint64_t end_ = UINT64_MAX;
  std::string carry_;
  bool exhausted_ = false;

  // Giving out.
  std::unique_ptr<Piece> current_;
  size_t at_ = 0;
  size_t segment_ = 0;
  uint64_t offset_ = 0;
  uint64_t rest_ = 0;

  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable ready_;
  std::deque<std::unique_ptr<Piece>> pieces_;  // in order
  std::deque<Piece*> waiting_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace agentmesh::audit
