// Round trips of tools/call over real pipes, through one command after the other, in turns, so that what else the machine
// does meets all of them alike. The first case is what the others are compared with.
//
//   bench_latency --server PATH --case "direct: {server}" --case "proxy: agentmesh proxy -- {server}" [options]
//
//   --calls N     round trips per case (default 20000)      --warmup N   before them (default 1000)
//   --block N     calls in a row before the next case's turn (default 20)
//   --size N      bytes of the call's arguments (default 200)
//   --gap-us N    rest before each call, as an agent would (default 0: back to back)
//   --json FILE   the same figures for programs
//
// A case is a name and words separated by blanks; {server} stands for the server.

#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/fd.h"
#include "proxy/child.h"

namespace agentmesh::bench {
namespace {

struct Options {
  std::string server;
  std::vector<std::pair<std::string, std::vector<std::string>>> cases;  // name, words
  size_t calls = 20'000, warmup = 1'000, block = 20, size = 200, gap_us = 0;
  std::string json;
};

[[noreturn]] void die(const std::string& why) {
  (void)std::fprintf(stderr, "bench_latency: %s\n", why.c_str());
  std::exit(2);
}

std::vector<std::string> words_of(std::string_view text, const std::string& server) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const size_t blank = std::min(text.find(' '), text.size());
    if (blank > 0) {
      const std::string_view word = text.substr(0, blank);
      words.emplace_back(word == "{server}" ? std::string_view(server) : word);
    }
    text.remove_prefix(std::min(blank + 1, text.size()));
  }
  return words;
}

Options read_options(int argc, char** argv) {
  Options options;
  std::vector<std::string> cases;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const char* const value = argv[i + 1];
    const auto number = [&] { return static_cast<size_t>(std::strtoull(value, nullptr, 10)); };
    if (name == "--server")
      options.server = value;
    else if (name == "--case")
      cases.emplace_back(value);
    else if (name == "--calls")
      options.calls = number();
    else if (name == "--warmup")
      options.warmup = number();
    else if (name == "--block")
      options.block = std::max<size_t>(1, number());
    else if (name == "--size")
      options.size = number();
    else if (name == "--gap-us")
      options.gap_us = number();
    else if (name == "--json")
      options.json = value;
    else
      die("unknown option " + std::string(name));
  }
  if (argc % 2 == 0 || cases.empty()) die("see the first lines of bench/latency.cc");
  for (const std::string& text : cases) {
    const size_t colon = text.find(": ");
    if (colon == std::string::npos) die("a case is \"name: words\"");
    options.cases.emplace_back(text.substr(0, colon),
                               words_of(std::string_view(text).substr(colon + 2), options.server));
  }
  return options;
}

// One command on two pipes, as a client has it. Blocking: there is never more than one call on its way.
class Line {
 public:
  Line(std::string name, const std::vector<std::string>& words)
      : name_(std::move(name)), child_(start(words)) {
    in_ = child_.take_stdin();
    out_ = child_.take_stdout();
  }

  // Returns the nanoseconds from the first byte out to the last byte of the answer in.
  int64_t round_trip(std::string_view request, std::string_view id) {
    const auto begin = std::chrono::steady_clock::now();
    send(request);
    receive();
    const auto end = std::chrono::steady_clock::now();
    if (answer_.find(id) == std::string::npos)
      die(name_ + ": not the answer to its call: " + answer_.substr(0, 300));
    if (answer_.find("\"isError\":true") != std::string::npos)
      die(name_ + ": refused: " + answer_.substr(0, 300));
    return std::chrono::duration_cast<std::chrono::nanoseconds>(end - begin).count();
  }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t taken = ::write(in_.get(), bytes.data(), bytes.size());
      if (taken < 0 && errno == EINTR) continue;
      if (taken <= 0) die(name_ + ": it does not read");
      bytes.remove_prefix(static_cast<size_t>(taken));
    }
  }

  void receive() {
    answer_.clear();
    char bytes[1 << 16];
    while (answer_.empty() || answer_.back() != '\n') {
      const ssize_t got = ::read(out_.get(), bytes, sizeof bytes);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) die(name_ + ": it ended");
      answer_.append(bytes, static_cast<size_t>(got));
    }
  }

  void finish() {
    in_.reset();
    char rest;
    while (::read(out_.get(), &rest, 1) > 0) continue;
    (void)child_.reap();
  }

  const std::string& name() const { return name_; }
  const std::string& answer() const { return answer_; }
  std::vector<int64_t>& times() { return times_; }

 private:
  proxy::Child start(const std::vector<std::string>& words) {
    auto child = proxy::Child::spawn(words);
    if (!child) die(child.error().what);
    return std::move(*child);
  }

  std::string name_;
  proxy::Child child_;
  Fd in_, out_;
  std::string answer_;
  std::vector<int64_t> times_;
};

std::string call(size_t number, size_t size) {
  return fmt::format(
      R"({{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{{"name":"echo","arguments":{{"text":"{}"}}}}}})"
      "\n",
      number, std::string(size, 'a'));
}

struct Figures {
  double p50 = 0, p90 = 0, p99 = 0, p999 = 0, max = 0, mean = 0;  // microseconds
};

Figures figures(std::vector<int64_t> times) {
  if (times.empty()) return {};
  std::sort(times.begin(), times.end());
  const auto at = [&times](double share) {
    const auto rank = static_cast<size_t>(share * static_cast<double>(times.size() - 1) + 0.5);
    return static_cast<double>(times[rank]) / 1000;
  };
  double sum = 0;
  for (const int64_t t : times) sum += static_cast<double>(t) / 1000;
  return {at(0.5), at(0.9), at(0.99), at(0.999), at(1), sum / static_cast<double>(times.size())};
}

Figures minus(const Figures& a, const Figures& b) {
  return {a.p50 - b.p50,   a.p90 - b.p90, a.p99 - b.p99,
          a.p999 - b.p999, a.max - b.max, a.mean - b.mean};
}

std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

std::string machine() {
  utsname system{};
  (void)::uname(&system);
  return fmt::format("{}, {} cores, {} {}", processor(), std::thread::hardware_concurrency(),
                     system.sysname, system.release);
}

std::string today() {
  char day[32];
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  (void)::gmtime_r(&now, &utc);
  (void)std::strftime(day, sizeof day, "%Y-%m-%d", &utc);
  return day;
}

void measure(const Options& options, std::vector<Line>& lines) {
  constexpr std::string_view hello =
      R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}})"
      "\n";
  constexpr std::string_view ready =
      "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n";
  for (Line& line : lines) {
    (void)line.round_trip(hello, "\"id\":0");
    line.send(ready);
    (void)line.round_trip("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}\n", "\"id\":1");
  }
  size_t number = 2;
  for (size_t done = 0; done < options.warmup + options.calls; done += options.block) {
    for (Line& line : lines) {
      for (size_t i = 0; i < options.block; ++i) {
        const std::string request = call(number + i, options.size);
        const std::string id = fmt::format("\"id\":{},", number + i);
        if (options.gap_us > 0)
          std::this_thread::sleep_for(std::chrono::microseconds(options.gap_us));
        const int64_t took = line.round_trip(request, id);
        if (done >= options.warmup) line.times().push_back(took);
      }
    }
    number += options.block;
  }
}

std::string row(const std::string& name, const Figures& f) {
  return fmt::format("{:<24}{:>9.1f}{:>9.1f}{:>9.1f}{:>9.1f}{:>10.1f}{:>9.1f}\n", name, f.p50,
                     f.p90, f.p99, f.p999, f.max, f.mean);
}

std::string json_of(const Figures& f) {
  return fmt::format(
      R"({{"p50":{:.2f},"p90":{:.2f},"p99":{:.2f},"p99.9":{:.2f},"max":{:.2f},"mean":{:.2f}}})",
      f.p50, f.p90, f.p99, f.p999, f.max, f.mean);
}

int main_of(int argc, char** argv) {
  const Options options = read_options(argc, argv);
  std::vector<Line> lines;
  for (const auto& [name, words] : options.cases) lines.emplace_back(name, words);
  measure(options, lines);

  const std::string about = fmt::format(
      "{} round trips of tools/call each, {} bytes of arguments, blocks of {}, gap {} us",
      options.calls, options.size, options.block, options.gap_us);
  fmt::print("{}\n{}, {}\n\n", about, today(), machine());
  fmt::print("{:<24}{:>9}{:>9}{:>9}{:>9}{:>10}{:>9}\n", "microseconds", "p50", "p90", "p99",
             "p99.9", "max", "mean");
  const Figures base = figures(lines.front().times());
  std::string json;
  for (Line& line : lines) {
    const Figures all = figures(line.times());
    fmt::print("{}", row(line.name(), all));
    if (!json.empty()) json += ',';
    json += fmt::format(R"({{"name":"{}","us":{})", line.name(), json_of(all));
    if (&line != &lines.front())
      json += fmt::format(R"(,"added_us":{})", json_of(minus(all, base)));
    json += '}';
  }
  fmt::print("\nadded to {}\n", lines.front().name());
  for (size_t i = 1; i < lines.size(); ++i)
    fmt::print("{}", row(lines[i].name(), minus(figures(lines[i].times()), base)));
  for (Line& line : lines) line.finish();
  if (!options.json.empty()) {
    std::ofstream file(options.json);
    file
        << fmt::format(
               R"({{"date":"{}","machine":"{}","calls":{},"argument_bytes":{},"block":{},"gap_us":{},"cases":[{}]}})",
               today(), machine(), options.calls, options.size, options.block, options.gap_us, json)
        << '\n';
    if (!file.flush()) die("cannot write " + options.json);
  }
  return 0;
}

}  // namespace
}  // namespace agentmesh::bench

int main(int argc, char** argv) { return agentmesh::bench::main_of(argc, argv); }
