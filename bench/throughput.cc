// Calls a second with several on their way at once, and the memory they leave behind. One JSON object per case and number in
// flight on stdout. The cases take turns of --turn calls.
//
//   bench_throughput --server PATH --case "direct: {server}" --case "proxy: agentmesh proxy -- {server}" [options]
//
//   --in-flight N   calls on their way at once (default 64; they must fit a pipe)
//   --calls N       per case (default 100000)     --turn N   calls in a row before the next case's turn (default 5000)
//   --size N        bytes of text in a call (default 150: a line of 300)

#include <chrono>
#include <deque>
#include <string>
#include <vector>

#include "bench/arguments.h"
#include "bench/connection.h"
#include "bench/figures.h"
#include "bench/texts.h"

namespace agentmesh::bench {
namespace {

// The seconds that `calls` calls took, at most `in_flight` of them at once. Answers are only counted: their order is the
// server's, and a refusal would be shorter than what the last check allows.
double burst(Connection& connection, const std::vector<std::string>& requests, size_t calls,
             size_t in_flight) {
  const auto begin = std::chrono::steady_clock::now();
  size_t sent = 0;
  size_t answered = 0;
  std::string batch;
  while (answered < calls) {
    batch.clear();
    for (; sent < calls && sent - answered < in_flight; ++sent)
      batch += requests[sent % requests.size()];
    if (!batch.empty()) connection.send(batch);
    answered += connection.receive();
    connection.check(connection.bytes());
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

int main_of(int argc, char** argv) {
  const Arguments arguments(argc, argv,
                            {"--server", "--case", "--in-flight", "--calls", "--turn", "--size"});
  const size_t in_flight = arguments.number("--in-flight", 64);
  const size_t calls = arguments.number("--calls", 100'000);
  const size_t turn = arguments.number("--turn", 5'000);

  // As many ids as are in flight twice over: one is free again long before its next use.
  std::vector<std::string> requests;
  for (size_t i = 0; i < 2 * in_flight; ++i)
    requests.push_back(call(100 + i, arguments.number("--size", 150)));

  std::deque<Connection> connections;
  for (const Case& each : arguments.cases()) connections.emplace_back(each);
  std::vector<uint64_t> idle;
  std::vector<Spent> before;
  for (const Connection& connection : connections) {
    idle.push_back(connection.resident_kib());
    before.push_back(connection.spent());
  }
  std::vector<double> seconds(connections.size(), 0);
  for (size_t done = 0; done < calls; done += turn)
    for (size_t c = 0; c < connections.size(); ++c)
      seconds[c] += burst(connections[c], requests, std::min(turn, calls - done), in_flight);

  for (size_t c = 0; c < connections.size(); ++c)
    JsonObject()
        .text("case", connections[c].name())
        .number("in_flight", static_cast<double>(in_flight))
        .number("calls", static_cast<double>(calls))
        .number("per_second", static_cast<double>(calls) / seconds[c])
        .add("spent", json(before[c], connections[c].spent(), calls))
        .number("resident_idle_kib", static_cast<double>(idle[c]))
        .number("resident_kib", static_cast<double>(connections[c].resident_kib()))
        .print();
  for (Connection& connection : connections) connection.finish();
  return 0;
}

}  // namespace
}  // namespace agentmesh::bench

int main(int argc, char** argv) { return agentmesh::bench::main_of(argc, argv); }
