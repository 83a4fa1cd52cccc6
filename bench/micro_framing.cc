// Bytes to lines.

#include <cstring>
#include <string>

#include <benchmark/benchmark.h>

#include "bench/texts.h"
#include "proxy/framing.h"

namespace agentmesh::bench {
namespace {

// One read that holds `lines` calls.
void framing_lines(benchmark::State& state) {
  std::string bytes;
  for (int64_t i = 0; i < state.range(0); ++i) bytes += call(static_cast<uint64_t>(i));
  proxy::Framing framing(64U << 20);
  for (auto _ : state) {
    std::memcpy(framing.room().data(), bytes.data(), bytes.size());
    framing.filled(bytes.size());
    while (auto line = framing.next()) benchmark::DoNotOptimize(line->size);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(framing_lines)->Arg(1)->Arg(64);

// One line of a MiB that comes in reads of 64 KiB, as pipes give them.
void framing_large_line(benchmark::State& state) {
  const std::string bytes = result(1, 1U << 20);
  proxy::Framing framing(64U << 20);
  for (auto _ : state) {
    for (size_t at = 0; at < bytes.size();) {
      const auto room = framing.room();
      const size_t taken = std::min<size_t>(65'536, bytes.size() - at);
      std::memcpy(room.data(), bytes.data() + at, taken);
      framing.filled(taken);
      at += taken;
      while (auto line = framing.next()) benchmark::DoNotOptimize(line->size);
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes.size()));
}
BENCHMARK(framing_large_line);

}  // namespace
}  // namespace agentmesh::bench
