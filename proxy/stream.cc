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

constexpr size_t kMaxPieces = 64;              // of one writev
constexpr size_t kKeepWarm = 2 * 1024 * 1024;  // a queue that was larger gives its memory back

bool ready(int fd, short events) {
  pollfd one{fd, events, 0};
  return ::poll(&one, 1, 0) == 1;
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
  if (waiting()) {  // behind what is kept already
    kept_ += bytes;
    return;
  }
  fresh_bytes_ += bytes.size();
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
  if (waiting()) {
    iovec rest{kept_.data() + kept_from_, kept_.size() - kept_from_};
    const ssize_t taken = write(&rest, 1);
    if (taken < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    kept_from_ += static_cast<size_t>(taken);
    if (kept_from_ == kept_.size()) {
      kept_.clear();
      kept_from_ = 0;
      if (kept_.capacity() > kKeepWarm) kept_.shrink_to_fit();
    } else if (kept_from_ > kept_.size() / 2) {
      kept_.erase(0, kept_from_);
      kept_from_ = 0;
    }
    return true;
  }
  if (pieces_.empty()) return true;
  vectors_.clear();
  size_t copied_at = 0;
  for (const Piece& piece : pieces_) {
    if (vectors_.size() == kMaxPieces) break;
    const char* const data = piece.data != nullptr ? piece.data : copied_.data() + copied_at;
    if (piece.data == nullptr) copied_at += piece.size;
    vectors_.push_back({const_cast<char*>(data), piece.size});
  }
  const ssize_t taken = write(vectors_.data(), vectors_.size());
  if (taken < 0 && errno != EAGAIN && errno != EWOULDBLOCK) return keep(0), false;
  const size_t written = taken < 0 ? 0 : static_cast<size_t>(taken);
  keep(written);
  return true;
}

// This turn's bytes from `skip` on join what is kept.
void Sink::keep(size_t skip) {
  if (skip < fresh_bytes_) {
    kept_.reserve(kept_.size() + fresh_bytes_ - skip);
    size_t copied_at = 0;
    for (const Piece& piece : pieces_) {
      const char* const data = piece.data != nullptr ? piece.data : copied_.data() + copied_at;
      if (piece.data == nullptr) copied_at += piece.size;
      const size_t gone = std::min(skip, piece.size);
      skip -= gone;
      kept_.append(data + gone, piece.size - gone);
    }
  }
  pieces_.clear();
  fresh_bytes_ = 0;
  copied_.clear();
  if (copied_.capacity() > kKeepWarm) copied_.shrink_to_fit();
}

std::string Sink::take_unsent() {
  keep(0);
  std::string unsent = kept_.substr(kept_from_);
  kept_.clear();
  kept_from_ = 0;
  return unsent;
}

void Sink::close() {
  keep(0);
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
