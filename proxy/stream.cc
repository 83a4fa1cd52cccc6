#include "proxy/stream.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <utility>

namespace agentmesh::proxy {
namespace {

constexpr size_t kMaxPieces = 64;       // of one writev
constexpr size_t kKeepWarm = 2U << 20;  // a queue that was larger gives its memory back
constexpr size_t kPin = 128U << 10;     // so many stable bytes are not copied
constexpr size_t kPinPiece =
    1024;  // unless their pieces are smaller, on average: each write looks at all

bool ready(int fd, short events) {
  pollfd one{fd, events, 0};
  return ::poll(&one, 1, 0) == 1;
}

bool hung_up(int fd) {
  pollfd one{fd, 0, 0};
  return ::poll(&one, 1, 0) == 1 && (one.revents & POLLHUP) != 0;
}

}  // namespace

void open_standard_streams() {
  for (int fd = 0; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) != -1 || errno != EBADF) continue;
    // The lowest free number is this one. It has to stay open across exec: no O_CLOEXEC.
    (void)!::open("/dev/null", fd == STDIN_FILENO ? O_RDONLY : O_WRONLY);
  }
}

Fd take_standard_stream(int fd) {
  Fd taken(::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (null) (void)::dup2(null.get(), fd);
  return taken;
}

Stream Stream::shared(Fd fd, bool writing) {
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return {std::move(fd), Access::kCautious};
  if (S_ISSOCK(status.st_mode)) return {std::move(fd), Access::kSocket};
  // A file's position belongs to its description: opened again, it would start over.
  if (!S_ISFIFO(status.st_mode) && !S_ISCHR(status.st_mode)) return {std::move(fd), Access::kFile};
  char path[32];
  (void)std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd.get());
  const int mode = writing ? O_WRONLY : O_RDONLY;
  Fd again(::open(path, mode | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  // To who opens a FIFO when its writers have gone, poll(2) does not say so; to who had it open before, it does.
  if (again && !writing && hung_up(fd.get())) again.reset();
  if (again) return {std::move(again), Access::kPrivate};
  return {std::move(fd), Access::kCautious};
}

Stream Stream::own(Fd fd) {
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0)
    return {std::move(fd), Access::kCautious};
  return {std::move(fd), Access::kPrivate};
}

ssize_t Source::read(std::span<char> room) {
  const int from = fd();
  for (;;) {
    const ssize_t got = stream_.access == Access::kSocket
                            ? ::recv(from, room.data(), room.size(), MSG_DONTWAIT)
                            : ::read(from, room.data(), room.size());
    if (got >= 0) return got;
    if (errno == EINTR) continue;
    return errno == EAGAIN || errno == EWOULDBLOCK ? -1 : 0;
  }
}

void Sink::put(std::string_view bytes, bool stable) {
  if (bytes.empty()) return;
  if (kept_from_ != kept_.size() && pieces_.empty() && !(stable && bytes.size() > kPin)) {
    kept_ += bytes;
    return;
  }
  piece_bytes_ += bytes.size();
  if (stable) {
    if (!pieces_.empty() && pieces_.back().data != nullptr &&
        pieces_.back().data + pieces_.back().size == bytes.data()) {
      pieces_.back().size += bytes.size();  // neighbours in the buffer they were read into
    } else {
      pieces_.push_back({bytes.data(), bytes.size()});
    }
    return;
  }
  copied_ += bytes;
  if (!pieces_.empty() && pieces_.back().data == nullptr) {
    pieces_.back().size += bytes.size();
  } else {
    pieces_.push_back({nullptr, bytes.size()});
  }
}

ssize_t Sink::write(iovec* pieces, size_t count) const {
  if (stream_.access == Access::kCautious) {
    if (!ready(fd(), POLLOUT)) {
      errno = EAGAIN;
      return -1;
    }
    pieces->iov_len = std::min<size_t>(pieces->iov_len, PIPE_BUF);
    count = 1;
  }
  for (;;) {
    ssize_t taken;
    if (stream_.access == Access::kSocket) {
      msghdr message{};
      message.msg_iov = pieces;
      message.msg_iovlen = count;
      taken = ::sendmsg(fd(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } else if (count == 1) {
      taken = ::write(fd(), pieces->iov_base, pieces->iov_len);
    } else {
      taken = ::writev(fd(), pieces, static_cast<int>(count));
    }
    if (taken >= 0 || errno != EINTR) return taken;
  }
}

bool Sink::flush() {
  if (queued() == 0) return true;
  gather();
  const ssize_t taken = write(vectors_.data(), vectors_.size());
  if (taken < 0 && errno != EAGAIN && errno != EWOULDBLOCK) return keep(), false;
  if (taken > 0) drop(static_cast<size_t>(taken));
  settle();
  return true;
}

// What is queued, as one write takes it.
void Sink::gather() {
  vectors_.clear();
  if (kept_from_ != kept_.size())
    vectors_.push_back({kept_.data() + kept_from_, kept_.size() - kept_from_});
  size_t copied_at = copied_from_;
  for (const Piece& piece : pieces_) {
    if (vectors_.size() == kMaxPieces) break;
    const char* const data = piece.data != nullptr ? piece.data : copied_.data() + copied_at;
    if (piece.data == nullptr) copied_at += piece.size;
    vectors_.push_back({const_cast<char*>(data), piece.size});
  }
}

// `bytes` of what is queued are written.
void Sink::drop(size_t bytes) {
  const size_t of_kept = std::min(bytes, kept_.size() - kept_from_);
  kept_from_ += of_kept;
  bytes -= of_kept;
  piece_bytes_ -= bytes;
  auto piece = pieces_.begin();
  for (; bytes > 0; ++piece) {
    const size_t gone = std::min(bytes, piece->size);
    bytes -= gone;
    piece->size -= gone;
    if (piece->data == nullptr)
      copied_from_ += gone;
    else
      piece->data += gone;
    if (piece->size > 0) break;
  }
  pieces_.erase(pieces_.begin(), piece);
}

// What was not written stays: pinned where that saves much copying, else as one text.
void Sink::settle() {
  size_t stable = 0;
  for (const Piece& piece : pieces_) stable += piece.data != nullptr ? piece.size : 0;
  pinned_ = stable > kPin && stable / pieces_.size() >= kPinPiece;
  if (!pinned_) keep();
  if (kept_from_ == kept_.size()) {
    kept_.clear();
    kept_from_ = 0;
    if (kept_.capacity() > kKeepWarm) kept_.shrink_to_fit();
  } else if (kept_from_ > kept_.size() / 2) {
    kept_.erase(0, kept_from_);
    kept_from_ = 0;
  }
}

void Sink::keep() {
  kept_.reserve(kept_.size() + piece_bytes_);
  size_t copied_at = copied_from_;
  for (const Piece& piece : pieces_) {
    kept_.append(piece.data != nullptr ? piece.data : copied_.data() + copied_at, piece.size);
    if (piece.data == nullptr) copied_at += piece.size;
  }
  pieces_.clear();
  piece_bytes_ = 0;
  pinned_ = false;
  copied_.clear();
  copied_from_ = 0;
  if (copied_.capacity() > kKeepWarm) copied_.shrink_to_fit();
}

std::string Sink::take_unsent() {
  keep();
  std::string unsent = kept_.substr(kept_from_);
  kept_.clear();
  kept_from_ = 0;
  return unsent;
}

void Sink::close() {
  keep();
  // A client may have given us one socket for both directions: closing our copy alone would say nothing.
  if (stream_.access == Access::kSocket && stream_.fd) (void)::shutdown(fd(), SHUT_WR);
  stream_.fd.reset();
}

Aside::Aside()
    : stream_(
          Stream::shared(Fd(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)), true)) {}

void Aside::say(std::string_view text) const {
  if (!stream_.fd) return;
  const size_t size = std::min<size_t>(text.size(), PIPE_BUF);
  if (stream_.access == Access::kSocket) {
    (void)::send(stream_.fd.get(), text.data(), size, MSG_DONTWAIT | MSG_NOSIGNAL);
  } else if (stream_.access != Access::kCautious || ready(stream_.fd.get(), POLLOUT)) {
    (void)!::write(stream_.fd.get(), text.data(), size);
  }
}

}  // namespace agentmesh::proxy
