// Round trips of tools/call over real pipes, through one command after the other, in turns, so that what else the machine
// does meets all of them alike. One JSON object per case on stdout.
//
//   bench_latency --server PATH --case "direct: {server}" --case "proxy: agentmesh proxy -- {server}" [options]
//
//   --calls N     round trips per case (default 20000)      --warmup N   before them (default 2000)
//   --block N     calls in a row before the next case's turn (default 20)
//   --size N      bytes of text in a call (default 150: a line of 300)
//   --gap-us N    rest before each call, as an agent would (default 0: back to back)
//   --syncs DIR   besides, in the same turns: two and four writes of a record's size in a row to a file there, each followed by
//                 fdatasync (what `durable` cannot be faster than), as the cases "2 syncs" and "4 syncs"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "base/fd.h"
#include "bench/arguments.h"
#include "bench/connection.h"
#include "bench/figures.h"
#include "bench/texts.h"

namespace agentmesh::bench {
namespace {

int64_t syncs_in_a_row(int fd, int count) {
  static const std::string kRecord(700, 'r');
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i)
    if (::write(fd, kRecord.data(), kRecord.size()) < 0 || ::fdatasync(fd) != 0)
      die("--syncs: cannot write");
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() -
                                                              begin)
      .count();
}

int main_of(int argc, char** argv) {
  const Arguments arguments(
      argc, argv,
      {"--server", "--case", "--calls", "--warmup", "--block", "--size", "--gap-us", "--syncs"});
  const size_t calls = arguments.number("--calls", 20'000);
  const size_t warmup = arguments.number("--warmup", 2'000);
  const size_t block = std::max<size_t>(1, arguments.number("--block", 20));
  const size_t size = arguments.number("--size", 150);
  const auto gap = std::chrono::microseconds(arguments.number("--gap-us", 0));

  std::deque<Connection> connections;
  for (const Case& each : arguments.cases()) connections.emplace_back(each);
  std::vector<std::vector<int64_t>> times(connections.size());
  std::vector<int64_t> two_syncs, four_syncs;
  Fd file;
  if (const std::string directory = arguments.text("--syncs"); !directory.empty())
    file = Fd(::open((directory + "/syncs").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600));

  uint64_t number = 2;
  std::vector<Spent> before(connections.size());
  size_t counted = 0;
  for (size_t done = 0; done < warmup + calls; done += block) {
    if (done >= warmup && counted == 0)
      for (size_t c = 0; c < connections.size(); ++c) before[c] = connections[c].spent();
    if (done >= warmup) counted += block;
    for (size_t c = 0; c < connections.size(); ++c) {
      for (size_t i = 0; i < block; ++i) {
        const std::string request = call(number + i, size);
        const std::string id = fmt::format("\"id\":{},", number + i);
        if (gap.count() > 0) std::this_thread::sleep_for(gap);
        const int64_t took = connections[c].round_trip(request, id);
        if (done >= warmup) times[c].push_back(took);
      }
    }
    for (size_t i = 0; file && i < block; ++i) {
      const int64_t two = syncs_in_a_row(file.get(), 2);
      const int64_t four = syncs_in_a_row(file.get(), 4);
      if (done < warmup) continue;
      two_syncs.push_back(two);
      four_syncs.push_back(four);
    }
    number += block;
  }
  for (size_t c = 0; c < connections.size(); ++c) {
    JsonObject()
        .text("case", connections[c].name())
        .number("calls", static_cast<double>(times[c].size() + warmup))
        .add("us", json(figures(times[c])))
        .add("spent", json(before[c], connections[c].spent(), counted))
        .number("resident_kib", static_cast<double>(connections[c].resident_kib()))
        .print();
  }
  if (file) {
    JsonObject().text("case", "2 syncs").add("us", json(figures(two_syncs))).print();
    JsonObject().text("case", "4 syncs").add("us", json(figures(four_syncs))).print();
  }
  for (Connection& connection : connections) connection.finish();
  return 0;
}

}  // namespace
}  // namespace agentmesh::bench

int main(int argc, char** argv) { return agentmesh::bench::main_of(argc, argv); }
