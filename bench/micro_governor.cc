// The whole of our own work on a round trip: a governor on a real log, without pipes (session.h).

#include <string>

#include <benchmark/benchmark.h>

#include "bench/allocations.h"
#include "bench/session.h"

namespace agentmesh::bench {
namespace {

constexpr int kWarmUp = 2000;  // until repetition earns nothing any more and all storage is warm

void governed(benchmark::State& state, const std::string& policy, size_t more_rules) {
  Session session(policy, more_rules);
  for (int i = 0; i < kWarmUp; ++i) session.round_trip();
  const uint64_t before = allocations();
  for (auto _ : state) session.round_trip();
  state.counters["allocations"] = benchmark::Counter(static_cast<double>(allocations() - before),
                                                     benchmark::Counter::kAvgIterations);
}
BENCHMARK_CAPTURE(governed, permissive, "permissive", 0);
BENCHMARK_CAPTURE(governed, moderate, "moderate", 0);
BENCHMARK_CAPTURE(governed, moderate_and_100_rules, "moderate", 100);

}  // namespace
}  // namespace agentmesh::bench
