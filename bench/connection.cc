#include "bench/connection.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace agentmesh::bench {
namespace {

proxy::Child start(const Case& what) {
  auto child = proxy::Child::spawn(what.words);
  if (!child) die(what.name + ": " + child.error().what);
  return std::move(*child);
}

}  // namespace

Connection::Connection(const Case& what)
    : name_(what.name), child_(start(what)), pid_(child_.pid()), buffer_(1 << 20, '\0') {
  in_ = child_.take_stdin();
  out_ = child_.take_stdout();
  (void)::fcntl(out_.get(), F_SETPIPE_SZ, 64 * 1024);  // as a client's pipes are
  (void)round_trip(
      R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}})"
      "\n",
      "\"id\":0");
  send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n");
  (void)round_trip("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}\n", "\"id\":1");
}

int64_t Connection::round_trip(std::string_view request, std::string_view id) {
  answer_.clear();
  const auto begin = std::chrono::steady_clock::now();
  send(request);
  do {
    (void)receive();
    answer_.append(bytes());
  } while (answer_.back() != '\n');
  const auto end = std::chrono::steady_clock::now();
  if (std::string_view(answer_).substr(0, 200).find(id) == std::string_view::npos)
    die(name_ + ": not the answer to its call: " + answer_.substr(0, 300));
  check(answer_);
  return std::chrono::duration_cast<std::chrono::nanoseconds>(end - begin).count();
}

void Connection::check(std::string_view lines) const {
  if (lines.find("\"isError\":true") != std::string_view::npos)
    die(name_ + ": refused: " + std::string(lines.substr(0, 300)));
}

void Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t taken = ::write(in_.get(), bytes.data(), bytes.size());
    if (taken < 0 && errno == EINTR) continue;
    if (taken <= 0) die(name_ + ": it does not read");
    bytes.remove_prefix(static_cast<size_t>(taken));
  }
}

size_t Connection::receive() {
  ssize_t got = 0;
  do {
    got = ::read(out_.get(), buffer_.data(), buffer_.size());
  } while (got < 0 && errno == EINTR);
  if (got <= 0) die(name_ + ": it ended");
  got_ = static_cast<size_t>(got);
  return static_cast<size_t>(std::count(buffer_.data(), buffer_.data() + got, '\n'));
}

uint64_t Connection::resident_kib() const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("VmRSS:", 0) == 0) return std::stoull(line.substr(6));
  return 0;
}

Spent Connection::spent() const {
  Spent spent;
  const std::filesystem::path process = "/proc/" + std::to_string(pid_);
  std::error_code gone;
  for (const auto& thread : std::filesystem::directory_iterator(process / "task", gone)) {
    double ns = 0;
    std::ifstream(thread.path() / "schedstat") >> ns;
    (thread.path().filename() == process.filename() ? spent.loop_us : spent.beside_us) += ns / 1000;
    std::ifstream status(thread.path() / "status");
    for (std::string line; std::getline(status, line);)
      if (line.rfind("voluntary_ctxt_switches:", 0) == 0)
        spent.switches += std::stod(line.substr(line.find(':') + 1));
  }
  std::ifstream stat(process / "stat");
  std::string field;
  std::getline(stat, field, ')');  // the name, which may have blanks
  for (int i = 0; i < 8; ++i) stat >> field;
  spent.faults = std::stod(field);
  return spent;
}

std::string json(const Spent& before, const Spent& after, size_t calls) {
  const auto per_call = [calls](double a, double b) {
    return (b - a) / static_cast<double>(calls);
  };
  return fmt::format(
      R"({{"loop_us":{:.2f},"beside_us":{:.2f},"switches":{:.2f},"faults":{:.2f}}})",
      per_call(before.loop_us, after.loop_us), per_call(before.beside_us, after.beside_us),
      per_call(before.switches, after.switches), per_call(before.faults, after.faults));
}

void Connection::finish() {
  in_.reset();
  char rest[4096];
  while (::read(out_.get(), rest, sizeof rest) > 0) continue;
  (void)child_.reap();
}

}  // namespace agentmesh::bench
