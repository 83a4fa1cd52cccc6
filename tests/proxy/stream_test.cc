#include "proxy/stream.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "tests/catch.h"
#include "tests/proxy/loop_rig.h"
#include "tests/temp_directory.h"

namespace agentmesh::proxy {
namespace {

using tests::make_pipe;
using tests::Pipe;

TEST_CASE("standard streams that were closed are opened on /dev/null, in place") {
  const Fd keep(::fcntl(0, F_DUPFD_CLOEXEC, 50));
  (void)::close(0);
  open_standard_streams();
  char byte;
  CHECK(::read(0, &byte, 1) == 0);
  CHECK(::fcntl(0, F_GETFD) == 0);  // open across exec
  const Fd taken = take_standard_stream(0);
  CHECK(taken.get() > 2);
  CHECK(::read(0, &byte, 1) == 0);
  (void)::dup2(keep.get(), 0);
}

TEST_CASE("a FIFO whose writer has gone before anybody listened is seen to end") {
  const agentmesh::tests::TempDirectory folder;
  const std::string fifo = folder / "in";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  Fd theirs(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  Fd writer(::open(fifo.c_str(), O_WRONLY | O_CLOEXEC));
  REQUIRE(::write(writer.get(), "last words", 10) == 10);
  const bool gone_before = GENERATE(true, false);
  if (gone_before) writer.reset();
  Source source(Stream::shared(std::move(theirs), false));
  writer.reset();
  char bytes[64];
  const auto readable = [&source] {
    pollfd polled{source.fd(), POLLIN, 0};
    return ::poll(&polled, 1, 10'000) == 1;
  };
  REQUIRE(readable());
  CHECK(source.read(bytes) == 10);
  REQUIRE(readable());
  CHECK(source.read(bytes) == 0);
}

TEST_CASE("a sink that may not be made non-blocking is written only as far as poll promises") {
  (void)::signal(SIGPIPE, SIG_IGN);  // as proxy::run() has it
  Pipe pipe = make_pipe();
  Sink sink(Stream{std::move(pipe.write), Access::kCautious});
  const std::string text(300'000, 'c');
  sink.put(text, true);
  size_t flushes = 0;
  while (sink.queued() > 0) {
    const size_t before = sink.queued();
    REQUIRE(sink.flush());
    if (sink.queued() == before) break;  // full, and it did not block
    REQUIRE(++flushes < 1000);
  }
  CHECK(sink.queued() > 0);
  std::string got;
  char bytes[8192];
  while (got.size() < text.size()) {
    const ssize_t n = ::read(pipe.read.get(), bytes, sizeof bytes);
    REQUIRE(n > 0);
    got.append(bytes, static_cast<size_t>(n));
    REQUIRE(sink.flush());
    if (sink.queued() > 0) REQUIRE(sink.flush());
  }
  CHECK((got == text));
  pipe.read.reset();
  sink.put("x", false);
  CHECK_FALSE(sink.flush());
  CHECK(sink.take_unsent() == "x");
}

TEST_CASE("much that is stable stays where it is until it is written, and keeps its place") {
  Pipe pipe = make_pipe();
  (void)::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK);
  Sink sink(Stream::own(std::move(pipe.write)));
  const std::string large(1'000'000, 'L');
  sink.put("before ", false);
  sink.put(large, true);
  sink.put(std::string(" behind"), false);
  REQUIRE(sink.flush());
  CHECK(sink.pinned());
  CHECK(sink.waiting());
  CHECK_FALSE(sink.fresh());
  sink.put(std::string(" and later"), false);
  CHECK_FALSE(sink.fresh());
  std::string got;
  char bytes[65536];
  size_t left = sink.queued();
  for (bool was_pinned = true; sink.queued() > 0; was_pinned = sink.pinned()) {
    CHECK((was_pinned || !sink.pinned()));
    for (ssize_t n; (n = ::read(pipe.read.get(), bytes, sizeof bytes)) > 0;)
      got.append(bytes, static_cast<size_t>(n));
    REQUIRE(sink.flush());
    CHECK(sink.queued() < left);
    left = sink.queued();
  }
  CHECK_FALSE(sink.waiting());
  for (ssize_t n; (n = ::read(pipe.read.get(), bytes, sizeof bytes)) > 0;)
    got.append(bytes, static_cast<size_t>(n));
  CHECK((got == "before " + large + " behind and later"));

  sink.put(large, true);
  REQUIRE(sink.flush());
  REQUIRE(sink.pinned());
  CHECK((sink.take_unsent() == large.substr(64U << 10)));
  CHECK_FALSE(sink.pinned());
  CHECK(sink.queued() == 0);
}

TEST_CASE("stable bytes in very many pieces are copied once, not looked at with each write") {
  Pipe pipe = make_pipe();
  (void)::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK);
  Sink sink(Stream::own(std::move(pipe.write)));
  const std::string text(400'000, 't');
  std::string all;
  for (size_t at = 0; at < text.size(); at += 10) {
    sink.put(std::string_view(text).substr(at, 9), true);
    sink.put("|", false);
    all += "ttttttttt|";
  }
  REQUIRE(sink.flush());
  CHECK_FALSE(sink.pinned());
  REQUIRE(sink.queued() > 0);
  const size_t written = all.size() - sink.queued();
  CHECK(sink.take_unsent() == all.substr(written));
}

TEST_CASE(
    "any mix of stable and copied bytes leaves a sink in order, however little is taken at a time") {
  Pipe pipe = make_pipe();
  (void)::fcntl(pipe.write.get(), F_SETPIPE_SZ, 4096);
  (void)::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK);
  Sink sink(Stream::own(std::move(pipe.write)));
  std::string sent, got;
  char bytes[4096];
  const auto take = [&](size_t most) {
    const ssize_t n = ::read(pipe.read.get(), bytes, most);
    if (n > 0) got.append(bytes, static_cast<size_t>(n));
    return n > 0;
  };
  for (size_t round = 0; round < 2000; ++round) {
    std::string buffer;
    for (int i = 0; i < 1000; ++i)
      buffer += static_cast<char>('a' + (round + static_cast<size_t>(i)) % 26);
    for (size_t at = 0, n = 0; at < buffer.size(); at += n) {
      n = 1 + (round * 7919 + at * 31) % 400;
      const std::string_view piece = std::string_view(buffer).substr(at, n);
      const bool stable = (round + at) % 3 != 0;
      stable ? sink.put(piece, true) : sink.put(std::string(piece), false);
      sent += piece;
    }
    REQUIRE(sink.flush());
    (void)take(1 + round % 1500);
  }
  while (sink.queued() > 0) {
    while (take(sizeof bytes)) continue;
    REQUIRE(sink.flush());
  }
  while (take(sizeof bytes)) continue;
  CHECK((got == sent));
}

}  // namespace
}  // namespace agentmesh::proxy
