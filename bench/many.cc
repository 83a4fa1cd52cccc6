// Many connections at once, each at the pace of an agent, through the first command and then, in turns of a second, the others.
// One JSON object per case on stdout.
//
//   bench_many --server PATH --case "direct: {server}" --case "proxy: agentmesh proxy -- {server}" [options]
//
//   --connections N   of each case (default 16)     --pace-us N   from one call of a connection to its next (default 20000)
//   --seconds N       per case (default 5)

#include <poll.h>

#include <chrono>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "bench/arguments.h"
#include "bench/connection.h"
#include "bench/figures.h"
#include "bench/texts.h"

namespace agentmesh::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Client {
  explicit Client(const Case& what) : connection(what) {}
  Connection connection;
  Clock::time_point due;
  Clock::time_point sent;
  bool waiting = false;
};

// All clients of one case for a second.
void turn(std::deque<Client>& clients, std::chrono::microseconds pace,
          std::vector<int64_t>& times) {
  static const std::string kRequest = call(7);
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::seconds(1);
  for (size_t i = 0; i < clients.size(); ++i) clients[i].due = begin + pace * i / clients.size();
  std::vector<pollfd> polled(clients.size());
  size_t waiting = 0;
  while (Clock::now() < end || waiting > 0) {
    auto next = end;
    for (Client& client : clients) {
      if (client.waiting) continue;
      const auto now = Clock::now();
      if (client.due <= now && now < end) {
        client.sent = Clock::now();
        client.connection.send(kRequest);
        client.waiting = true;
        client.due += pace;
        ++waiting;
      } else {
        next = std::min(next, client.due);
      }
    }
    for (size_t i = 0; i < clients.size(); ++i)
      polled[i] = {clients[i].waiting ? clients[i].connection.out() : -1, POLLIN, 0};
    const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(next - Clock::now());
    timespec rest{0, std::max<long>(0, left.count())};
    if (::ppoll(polled.data(), polled.size(), &rest, nullptr) <= 0) continue;
    for (size_t i = 0; i < clients.size(); ++i) {
      if (polled[i].revents == 0) continue;
      if (clients[i].connection.receive() == 0) continue;
      times.push_back(
          std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - clients[i].sent)
              .count());
      clients[i].connection.check(clients[i].connection.bytes());
      clients[i].waiting = false;
      --waiting;
    }
  }
}

int main_of(int argc, char** argv) {
  const Arguments arguments(argc, argv,
                            {"--server", "--case", "--connections", "--pace-us", "--seconds"});
  const size_t connections = arguments.number("--connections", 16);
  const auto pace = std::chrono::microseconds(arguments.number("--pace-us", 20'000));
  const size_t seconds = arguments.number("--seconds", 5);
  const std::vector<Case> cases = arguments.cases();
  std::deque<std::deque<Client>> all;
  for (const Case& each : cases) {
    std::deque<Client>& clients = all.emplace_back();
    for (size_t i = 0; i < connections; ++i) clients.emplace_back(each);
  }
  std::vector<std::vector<int64_t>> times(cases.size());
  for (size_t second = 0; second < seconds; ++second)
    for (size_t c = 0; c < cases.size(); ++c) turn(all[c], pace, times[c]);
  for (size_t c = 0; c < cases.size(); ++c)
    JsonObject()
        .text("case", cases[c].name)
        .number("connections", static_cast<double>(connections))
        .number("calls", static_cast<double>(times[c].size()))
        .add("us", json(figures(times[c])))
        .print();
  for (std::deque<Client>& clients : all)
    for (Client& client : clients) client.connection.finish();
  return 0;
}

}  // namespace
}  // namespace agentmesh::bench

int main(int argc, char** argv) { return agentmesh::bench::main_of(argc, argv); }
