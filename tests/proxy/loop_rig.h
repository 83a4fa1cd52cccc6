// A loop in front of a shell script, with a relay whose every step a test may replace, and the client's ends of its pipes.

#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "proxy/loop.h"
#include "tests/catch.h"

namespace agentmesh::proxy::tests {

struct Pipe {
  Fd read, write;
};

inline Pipe make_pipe() {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  return {Fd(ends[0]), Fd(ends[1])};
}

// Reads until `count` LFs were seen or the end came.
inline std::string read_lines(int fd, size_t count) {
  std::string all;
  char byte;
  while (count > 0 && ::read(fd, &byte, 1) == 1) {
    all += byte;
    if (byte == '\n') --count;
  }
  return all;
}

inline std::string read_all(int fd) {
  std::string all;
  char bytes[65536];
  for (ssize_t got; (got = ::read(fd, bytes, sizeof bytes)) > 0;)
    all.append(bytes, static_cast<size_t>(got));
  return all;
}

inline bool write_all(int fd, std::string_view bytes) {
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
  explicit Rig(const std::string& script, const std::function<void(LoopOptions&)>& tune = {}) {
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

}  // namespace agentmesh::proxy::tests
