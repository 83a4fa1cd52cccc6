// A line, read strictly: what can be read in two ways is found here.

#include <string>

#include <benchmark/benchmark.h>

#include "bench/texts.h"
#include "proxy/message.h"

namespace agentmesh::bench {
namespace {

void message_call(benchmark::State& state) {
  const std::string line = call(7, static_cast<size_t>(state.range(0)));
  proxy::MessageReader reader(proxy::Direction::kClientToServer);
  const auto nothing = [](const proxy::Id&) { return std::string_view(); };
  for (auto _ : state) benchmark::DoNotOptimize(reader.read(line, nothing));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(line.size()));
}
BENCHMARK(message_call)->Arg(150)->Arg(4096);

void message_result(benchmark::State& state) {
  const std::string line = result(7, static_cast<size_t>(state.range(0)));
  proxy::MessageReader reader(proxy::Direction::kServerToClient);
  const auto of_call = [](const proxy::Id&) { return std::string_view("tools/call"); };
  for (auto _ : state) benchmark::DoNotOptimize(reader.read(line, of_call));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(line.size()));
}
BENCHMARK(message_result)->Arg(150)->Arg(1 << 20);

}  // namespace
}  // namespace agentmesh::bench
