#include "proxy/loop.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "proxy/stream.h"
#include "tests/catch.h"

namespace agentmesh::proxy {
namespace {

struct Pipe {
  Fd read, write;
};

Pipe make_pipe() {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  return {Fd(ends[0]), Fd(ends[1])};
}

// Reads until `count` LFs were seen or the end came.
std::string read_lines(int fd, size_t count) {
  std::string all;
  char byte;
  while (count > 0 && ::read(fd, &byte, 1) == 1) {
    all += byte;
    if (byte == '\n') --count;
  }
  return all;
}

std::string read_all(int fd) {
  std::string all;
  char bytes[65536];
  for (ssize_t got; (got = ::read(fd, bytes, sizeof bytes)) > 0;)
    all.append(bytes, static_cast<size_t>(got));
  return all;
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t taken = ::write(fd, bytes.data(), bytes.size());
    if (taken <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(taken));
  }
  return true;
}

// A relay whose every step a test may replace; left alone it forwards whole lines.
class Scripted final : public Relay {
 public:
  void client_lines(std::span<const Line> lines) override {
    for (const Line& line : lines) {
      if (on_client_line)
        on_client_line(line);
      else if (line.kind == Line::Kind::kWhole)
        wire->to_server(line.bytes);
    }
  }
  void server_lines(std::span<const Line> lines) override {
    for (const Line& line : lines) {
      if (on_server_line)
        on_server_line(line);
      else if (line.kind == Line::Kind::kWhole)
        wire->to_client(line.bytes);
    }
  }
  void client_eof() override { log += "client-eof "; }
  void server_eof() override { log += "server-eof "; }
  bool client_paused() const override { return pause_client; }
  bool server_paused() const override { return pause_server; }
  bool client_pending() const override { return client_holds; }
  bool server_pending() const override { return server_holds; }
  void woken() override { log += "woken "; }
  void refused(Direction direction, std::string_view bytes) override {
    (direction == Direction::kClientToServer ? lost_to_server : lost_to_client) += bytes;
  }
  void finish(End end, int status) override {
    log += "finish " + std::to_string(static_cast<int>(end)) + " " + std::to_string(status);
    wire->to_client("after the end\n");
  }

  Wire* wire = nullptr;
  std::function<void(const Line&)> on_client_line, on_server_line;
  bool pause_client = false, pause_server = false, client_holds = false, server_holds = false;
  std::string log, lost_to_server, lost_to_client;
};

// A loop in front of a shell script, and the client's ends of its pipes.
struct Rig {
  explicit Rig(const std::string& script, std::function<void(LoopOptions&)> tune = {}) {
    Pipe in = make_pipe(), out = make_pipe();
    to = std::move(in.write);
    from = std::move(out.read);
    LoopOptions options;
    options.client_in = std::move(in.read);
    options.client_out = std::move(out.write);
    options.shutdown = {2'000, 4'000, 1'000};
    options.descendant_ms = 200;
    options.client_gone_ms = 100;
    if (tune) tune(options);
    auto started = Child::spawn({"sh", "-c", script});
    REQUIRE(started);
    child.emplace(std::move(*started));
    loop.emplace(std::move(options));
    relay.wire = &*loop;
  }

  // The loop on this thread, the client on another one.
  int run(const std::function<void()>& client) {
    std::thread other(client);
    const int status = loop->run(std::move(*child), relay);
    other.join();
    return status;
  }

  Fd to, from;
  std::optional<Child> child;
  std::optional<Loop> loop;
  Scripted relay;
};

TEST_CASE("lines go through, ends of file too, and finish comes last") {
  Rig rig("cat; exit 3");
  std::string got;
  const int status = rig.run([&] {
    write_all(rig.to.get(), "one\ntwo\n");
    got = read_lines(rig.from.get(), 2);
    rig.to.reset();
    got += read_all(rig.from.get());
  });
  CHECK(got == "one\ntwo\n");
  CHECK(status == 3);
  CHECK(rig.relay.log == "client-eof server-eof finish 2 3");
}

TEST_CASE("a relay's own bytes and forwarded ones keep their order, whatever their origin") {
  Rig rig("cat");
  std::string got;
  rig.relay.on_client_line = [&](const Line& line) {
    if (line.bytes == "no\n") {
      rig.relay.wire->to_client(std::string("denied\n"));
      return;
    }
    rig.relay.wire->to_server(line.bytes.substr(0, 1));
    rig.relay.wire->to_server(std::string("<"));
    rig.relay.wire->to_server(std::string(">"));
    rig.relay.wire->to_server(line.bytes.substr(1));
  };
  rig.run([&] {
    write_all(rig.to.get(), "ab\nno\ncd\nno\n");
    rig.to.reset();
    got = read_all(rig.from.get());
  });
  CHECK(got == "denied\ndenied\na<>b\nc<>d\n");
}

TEST_CASE("a paused side is not read, its bytes stay, and posted work goes on with them") {
  Rig rig("cat");
  std::vector<std::string_view> held;
  std::vector<std::thread> writers;
  rig.relay.on_client_line = [&](const Line& line) {
    held.push_back(line.bytes);
    if (rig.relay.pause_client) return;
    rig.relay.pause_client = rig.relay.client_holds = true;
    // The record is written by somebody else, some time later.
    writers.emplace_back([&rig, &held] {
      rig.loop->post([&rig, &held] {
        for (const std::string_view bytes : held) rig.relay.wire->to_server(bytes);
        held.clear();
        rig.relay.pause_client = rig.relay.client_holds = false;
      });
    });
  };
  std::string sent, got;
  for (int i = 0; i < 20'000; ++i) sent += "line " + std::to_string(i) + "\n";
  rig.run([&] {
    std::thread reader([&] { got = read_all(rig.from.get()); });
    write_all(rig.to.get(), sent);
    rig.to.reset();
    reader.join();
  });
  for (std::thread& writer : writers) writer.join();
  CHECK(got == sent);
}

TEST_CASE(
    "what is pending when the client ends is still forwarded before the server sees the end") {
  Rig rig("cat");
  std::string kept, got;
  rig.relay.on_client_line = [&](const Line& line) {
    kept = line.bytes;
    rig.relay.client_holds = true;
    rig.relay.wire->after(7, 200'000, [&] {
      rig.relay.wire->to_server(kept);
      rig.relay.client_holds = false;
    });
  };
  rig.run([&] {
    write_all(rig.to.get(), "late\n");
    rig.to.reset();
    got = read_all(rig.from.get());
  });
  CHECK(got == "late\n");
}

TEST_CASE(
    "what is pending when the server ends is still delivered before the client sees the end") {
  Rig rig("echo answer; exit 4");
  std::string kept, got;
  rig.relay.on_server_line = [&](const Line& line) {
    kept = line.bytes;
    rig.relay.server_holds = true;
    rig.relay.wire->after(7, 200'000, [&] {
      rig.relay.wire->to_client(kept);
      rig.relay.server_holds = false;
    });
  };
  CHECK(rig.run([&] { got = read_all(rig.from.get()); }) == 4);
  CHECK(got == "answer\n");
}

TEST_CASE("timers replace and cancel each other by slot") {
  Rig rig("cat");
  std::string got;
  rig.relay.on_client_line = [&](const Line&) {
    rig.relay.wire->after(1, 30'000, [&] { rig.relay.wire->to_client("never\n"); });
    rig.relay.wire->after(2, 20'000, [&] { rig.relay.wire->to_client("never\n"); });
    rig.relay.wire->after(1, 10'000, [&] { rig.relay.wire->to_client("first\n"); });
    rig.relay.wire->after(2, -1, {});
    rig.relay.wire->after(3, 60'000, [&] { rig.relay.wire->to_client("second\n"); });
  };
  rig.run([&] {
    write_all(rig.to.get(), "go\n");
    got = read_lines(rig.from.get(), 2);
    rig.to.reset();
    got += read_all(rig.from.get());
  });
  CHECK(got == "first\nsecond\n");
}

TEST_CASE("work may be posted from several threads at once, and from work, and runs once each") {
  Rig rig("cat");
  int ran = 0;
  rig.run([&] {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 250; ++i) {
          rig.loop->post([&] {
            ++ran;
            rig.loop->post([&] {
              if (++ran == 2000) rig.relay.wire->to_client("all\n");
            });
          });
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(read_lines(rig.from.get(), 1) == "all\n");
    rig.to.reset();
  });
  CHECK(ran == 2000);
  rig.loop->post([&] { ++ran; });  // after the end: nothing happens, and nothing breaks
  rig.relay.wire->to_server("after\n");
  CHECK(ran == 2000);
}

TEST_CASE("what a server that closed its stdin refuses is told, to the last byte") {
  Rig rig("exec 0<&-; echo ready; exec sleep 600", [](LoopOptions& options) {
    options.shutdown = {100, 100, 100};
  });
  std::string sent;
  for (int i = 0; i < 3000; ++i) sent += "line " + std::to_string(i) + "\n";
  const int status = rig.run([&] {
    REQUIRE(read_lines(rig.from.get(), 1) == "ready\n");
    write_all(rig.to.get(), sent);
    rig.to.reset();
  });
  CHECK(rig.relay.lost_to_server == sent);
  CHECK(status == 143);
}

TEST_CASE("what a client that reads no more did not take is told") {
  Rig rig("cat; echo bye; exec sleep 600");
  const int status = rig.run([&] {
    write_all(rig.to.get(), "one\n");
    REQUIRE(read_lines(rig.from.get(), 1) == "one\n");
    rig.from.reset();
  });
  CHECK(rig.relay.lost_to_client == "bye\n");
  CHECK(rig.relay.log == "client-eof server-eof finish 3 143");
  CHECK(status == 143);
}

TEST_CASE("answers of our own to a client that does not read are bounded, and its requests wait") {
  Rig rig("cat");
  const std::string answer = std::string(64 * 1024 - 1, 'd') + "\n";
  std::atomic<size_t> asked = 0;
  size_t answered_bytes = 0;
  rig.relay.on_client_line = [&](const Line&) {
    ++asked;
    rig.relay.wire->to_client(answer);
  };
  size_t sent = 0, asked_when_full = 0;
  rig.run([&] {
    const std::string line = std::string(4095, 'q') + "\n";
    (void)::fcntl(rig.to.get(), F_SETFL, O_NONBLOCK);
    for (;;) {  // until nothing more is taken for a while
      pollfd one{rig.to.get(), POLLOUT, 0};
      if (::poll(&one, 1, 300) == 0) break;
      if (::write(rig.to.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()))
        ++sent;
    }
    asked_when_full = asked;  // the loop sleeps
    rig.to.reset();
    answered_bytes = read_all(rig.from.get()).size();
  });
  CHECK(asked_when_full * answer.size() < 16U * 1024 * 1024);
  CHECK(asked == sent);
  CHECK(answered_bytes == sent * answer.size());
}

TEST_CASE("a message larger than every pipe goes through whole, both ways at once") {
  Rig rig("cat");
  const std::string large = std::string(20'000'000, 'L') + "\n";
  std::string got;
  rig.run([&] {
    std::thread reader([&] { got = read_all(rig.from.get()); });
    write_all(rig.to.get(), large);
    write_all(rig.to.get(), "small\n");
    rig.to.reset();
    reader.join();
  });
  CHECK(got.size() == large.size() + 6);
  CHECK((got == large + "small\n"));
}

TEST_CASE(
    "large lines one after the other arrive as they were, to a client that reads a little at a time") {
  Rig rig("cat");
  std::string sent;
  for (char c = 'a'; c < 'e'; ++c) sent += std::string(1'000'000, c) + "\n" + c + "\n";
  std::string got;
  rig.run([&] {
    std::thread writer([&] {
      write_all(rig.to.get(), sent);
      rig.to.reset();
    });
    char bytes[10'000];
    for (ssize_t n; (n = ::read(rig.from.get(), bytes, sizeof bytes)) > 0;)
      got.append(bytes, static_cast<size_t>(n));
    writer.join();
  });
  CHECK((got == sent));
}

TEST_CASE("a pump forwards what is no line, too") {
  Rig rig("cat");
  std::string sent(3'000'000, '\0');
  for (size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 31 + i / 977);
  std::string got;
  Pump pump;
  std::thread client([&] {
    std::thread reader([&] { got = read_all(rig.from.get()); });
    write_all(rig.to.get(), sent);
    rig.to.reset();
    reader.join();
  });
  CHECK(rig.loop->run(std::move(*rig.child), pump) == 0);
  client.join();
  CHECK((got == sent));
}

TEST_CASE("a touched wake file is heard") {
  char name[] = "/tmp/agentmesh-wake-XXXXXX";
  REQUIRE(::mkdtemp(name) != nullptr);
  const std::string folder = name;
  const std::string file = folder + "/wake";
  Rig rig("cat", [&](LoopOptions& options) { options.wake_path = file; });
  rig.relay.on_client_line = [&](const Line& line) { rig.relay.wire->to_client(line.bytes); };
  rig.run([&] {
    write_all(rig.to.get(), "up\n");
    (void)read_lines(rig.from.get(), 1);
    const Fd made(::open(file.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    // The loop takes events before the next line that it reads.
    write_all(rig.to.get(), "one\n");
    (void)read_lines(rig.from.get(), 1);
    write_all(rig.to.get(), "two\n");
    (void)read_lines(rig.from.get(), 1);
    rig.to.reset();
  });
  CHECK(rig.relay.log.find("woken") == 0);
  (void)::unlink(file.c_str());
  (void)::rmdir(folder.c_str());
}

TEST_CASE("our ends of the client's pipes are gone when the loop is") {
  Rig rig("cat");
  rig.run([&] { rig.to.reset(); });
  char byte;
  CHECK(::read(rig.from.get(), &byte, 1) == 0);
}

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

TEST_CASE("a sink that may not be made non-blocking is written only as far as poll promises") {
  ::signal(SIGPIPE, SIG_IGN);  // as proxy::run() has it
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
  CHECK((sink.take_unsent() == large.substr(64 * 1024)));
  CHECK_FALSE(sink.pinned());
  CHECK(sink.queued() == 0);
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
