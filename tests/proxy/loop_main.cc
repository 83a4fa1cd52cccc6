// The loop by itself, for tests and measurements: `loop_main [options] -- COMMAND [ARG…]`.
//
//   --pump          bytes through, unframed
//   --eof --busy --term --descendant --gone MS     the times of an end
//   --max BYTES     the longest line
//   --wake FILE     "woken" on stderr when it is touched
//
// Without --pump it forwards whole lines and says on stderr what else it was told.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/child.h"
#include "proxy/descendants.h"
#include "proxy/loop.h"
#include "proxy/stream.h"

namespace agentmesh::proxy {
namespace {

class Forward final : public Relay {
 public:
  explicit Forward(Wire& wire) : wire_(wire) {}

  void client_lines(std::span<const Line> lines) override {
    for (const Line& line : lines) {
      if (whole(line, "client") && asks_or_answers(line)) ++outstanding_;
      if (line.kind == Line::Kind::kWhole) wire_.to_server(line.bytes);
    }
  }
  void server_lines(std::span<const Line> lines) override {
    for (const Line& line : lines) {
      if (whole(line, "server") && asks_or_answers(line) && outstanding_ > 0) --outstanding_;
      if (line.kind == Line::Kind::kWhole) wire_.to_client(line.bytes);
    }
  }
  void client_eof() override { wire_.to_stderr("client eof\n"); }
  void server_eof() override { wire_.to_stderr("server eof\n"); }
  size_t outstanding() const override { return outstanding_; }
  void woken() override { wire_.to_stderr("woken\n"); }
  void reload() override { wire_.to_stderr("reload\n"); }
  void refused(Direction direction, std::string_view bytes) override {
    refused_[direction == Direction::kClientToServer ? 0 : 1] += bytes.size();
  }
  void finish(End end, int status) override {
    char text[128];
    (void)std::snprintf(text, sizeof text, "finish %d %d refused %zu %zu\n", static_cast<int>(end),
                        status, refused_[0], refused_[1]);
    wire_.to_stderr(text);
  }

 private:
  static bool asks_or_answers(const Line& line) {
    return line.bytes.find("\"id\":") != std::string_view::npos;
  }

  bool whole(const Line& line, const char* from) {
    if (line.kind == Line::Kind::kWhole) return true;
    const char* const what = line.kind == Line::Kind::kOversize ? "oversize" : "unterminated";
    char text[256];
    (void)std::snprintf(text, sizeof text, "%s %s %llu id %s\n", from, what,
                        static_cast<unsigned long long>(line.size), line.id.c_str());
    wire_.to_stderr(text);
    return false;
  }

  Wire& wire_;
  size_t outstanding_ = 0;
  size_t refused_[2] = {0, 0};
};

int main_of(int argc, char** argv) {
  open_standard_streams();
  LoopOptions options;
  std::vector<std::string> words;
  bool pump = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--") {
      words.assign(argv + i + 1, argv + argc);
      break;
    }
    if (word == "--pump") {
      pump = true;
      continue;
    }
    if (i + 1 == argc) return 2;
    const char* const value = argv[++i];
    const auto ms = static_cast<uint32_t>(std::strtoul(value, nullptr, 10));
    if (word == "--eof")
      options.shutdown.eof_ms = ms;
    else if (word == "--busy")
      options.shutdown.busy_ms = ms;
    else if (word == "--term")
      options.shutdown.term_ms = ms;
    else if (word == "--descendant")
      options.descendant_ms = ms;
    else if (word == "--gone")
      options.client_gone_ms = ms;
    else if (word == "--max")
      options.max_message_bytes = std::strtoull(value, nullptr, 10);
    else if (word == "--wake")
      options.wake_path = value;
    else
      return 2;
  }
  const auto others = descendants::others();
  options.others = others;
  (void)descendants::adopt();
  auto child = Child::spawn(words);
  if (!child) {
    std::fprintf(stderr, "agentmesh: %s\n", child.error().what.c_str());
    return child.error().errno_value == ENOENT ? 127 : 126;
  }
  options.client_in = take_standard_stream(0);
  options.client_out = take_standard_stream(1);
  Loop loop(std::move(options));
  if (pump) {
    Pump pump_all;
    return loop.run(std::move(*child), pump_all);
  }
  Forward relay(loop);
  return loop.run(std::move(*child), relay);
}

}  // namespace
}  // namespace agentmesh::proxy

int main(int argc, char** argv) { return agentmesh::proxy::main_of(argc, argv); }
