// Round trips whose answer is large, through one command after the other. One JSON object per case on stdout.
//
//   bench_large --server PATH --case "direct: {server}" --case "proxy: agentmesh proxy -- {server}" [options]
//
//   --bytes N   of text in each answer (default 1048576)     --rounds N   per case (default 20, after two that do not count)

#include <deque>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/arguments.h"
#include "bench/connection.h"
#include "bench/figures.h"

namespace agentmesh::bench {
namespace {

int main_of(int argc, char** argv) {
  const Arguments arguments(argc, argv, {"--server", "--case", "--bytes", "--rounds"});
  const size_t bytes = arguments.number("--bytes", 1U << 20);
  const size_t rounds = arguments.number("--rounds", 20);
  std::deque<Connection> connections;
  for (const Case& each : arguments.cases()) connections.emplace_back(each);
  std::vector<std::vector<int64_t>> times(connections.size());
  std::vector<Spent> before(connections.size());
  for (size_t round = 0; round < rounds + 2; ++round) {
    if (round == 2)
      for (size_t c = 0; c < connections.size(); ++c) before[c] = connections[c].spent();
    const std::string request = fmt::format(
        R"({{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{{"name":"read_notes","arguments":{{"bytes":{}}}}}}})"
        "\n",
        10 + round, bytes);
    for (size_t c = 0; c < connections.size(); ++c) {
      const int64_t took =
          connections[c].round_trip(request, fmt::format("\"id\":{},", 10 + round));
      if (connections[c].answer().size() < bytes) die(connections[c].name() + ": a short answer");
      if (round >= 2) times[c].push_back(took);
    }
  }
  for (size_t c = 0; c < connections.size(); ++c)
    JsonObject()
        .text("case", connections[c].name())
        .number("bytes", static_cast<double>(bytes))
        .number("calls", static_cast<double>(rounds + 2))
        .add("us", json(figures(times[c])))
        .add("spent", json(before[c], connections[c].spent(), rounds))
        .number("resident_kib", static_cast<double>(connections[c].resident_kib()))
        .print();
  for (Connection& connection : connections) connection.finish();
  return 0;
}

}  // namespace
}  // namespace agentmesh::bench

int main(int argc, char** argv) { return agentmesh::bench::main_of(argc, argv); }
