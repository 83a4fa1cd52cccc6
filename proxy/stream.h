// Streams: the ends we read and write, so that no call ever blocks and nobody else's descriptor is changed.
//
// O_NONBLOCK belongs to the open file, which our parent shares and keeps. So: a pipe or terminal is opened again through
// /proc/self/fd for a description of our own; a socket is asked per call (MSG_DONTWAIT); a file never blocks; and what
// cannot be opened again is written only as far as poll(2) promises. No flag of a foreign description is ever touched.
//
// Thread: one. Cost: one system call per read() and per flush(). Failure: an error is the end of the stream.

#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace agentmesh::proxy {

// Opens descriptors 0, 1 and 2 on /dev/null where the parent left them closed, so that no file of ours gets such a number.
// Call it before anything else is opened.
void open_standard_streams();
// Takes descriptor 0 or 1 away: what it was is returned, and /dev/null is left in its place.
Fd take_standard_stream(int fd);

enum class Access : uint8_t {
  kPrivate,   // O_NONBLOCK, and nobody shares it
  kSocket,    // MSG_DONTWAIT
  kFile,      // never blocks
  kCautious,  // shared and blocking: at most PIPE_BUF bytes at a time, and only when poll(2) says so
};

struct Stream {
  Fd fd;
  Access access = Access::kCautious;

  static Stream shared(Fd fd, bool writing);  // somebody else has it too
  static Stream own(Fd fd);                   // a pipe end that only we have
};

class Source {
 public:
  Source() = default;
  explicit Source(Stream stream) : stream_(std::move(stream)) {}

  // Bytes read; 0 at the end (an error is one); -1 if there is nothing now. Call it when poll(2) says readable.
  ssize_t read(std::span<char> room);
  int fd() const { return stream_.fd.get(); }
  bool is_open() const { return static_cast<bool>(stream_.fd); }
  void close() { stream_.fd.reset(); }

 private:
  Stream stream_;
};

// Order: put() any number of times, flush() once; again when poll(2) says writable and waiting().
class Sink {
 public:
  Sink() = default;
  explicit Sink(Stream stream) : stream_(std::move(stream)) {}

  // `stable`: the bytes stay where they are until the next flush() returns, and as long as pinned() is true; else they are
  // copied.
  void put(std::string_view bytes, bool stable);
  // One write. What is not taken is copied and kept; but much of stable bytes is left where it is (pinned()), for copying
  // it into fresh memory costs more than writing it. False: the peer takes nothing any more.
  bool flush();
  // Given and not yet written.
  size_t queued() const { return piece_bytes_ + kept_.size() - kept_from_; }
  bool waiting() const {
    return pinned_ || kept_from_ != kept_.size();
  }  // for poll(2) to say writable
  bool pinned() const { return pinned_; }
  bool fresh() const { return piece_bytes_ != 0 && !pinned_; }  // put() since the last flush()
  std::string take_unsent();

  int fd() const { return stream_.fd.get(); }
  bool is_open() const { return static_cast<bool>(stream_.fd); }
  // The peer sees the end of the stream. What is still queued stays, for take_unsent().
  void close();

 private:
  struct Piece {
    const char* data;  // null: the next `size` bytes of copied_
    size_t size;
  };
  ssize_t write(iovec* pieces, size_t count) const;
  void gather();
  void drop(size_t bytes);
  void settle();
  void keep();

  Stream stream_;
  std::string kept_;  // what the peer did not take yet, from kept_from_ on
  size_t kept_from_ = 0;
  std::vector<Piece> pieces_;  // behind it: this turn's, or what is pinned and what was put since
  size_t piece_bytes_ = 0;
  std::string copied_;
  size_t copied_from_ = 0;
  bool pinned_ = false;
  std::vector<iovec> vectors_;
};

// Our own lines on stderr. Text that would have to wait is dropped: nothing may stop the loop.
class Aside {
 public:
  Aside();
  void say(std::string_view text) const;  // at most PIPE_BUF bytes are written

 private:
  Stream stream_;
};

}  // namespace agentmesh::proxy
