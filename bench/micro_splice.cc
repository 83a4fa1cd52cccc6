// The mark and the footer, put into a result's own bytes.

#include <string>

#include <benchmark/benchmark.h>

#include "bench/allocations.h"
#include "bench/texts.h"
#include "proxy/mark.h"
#include "proxy/splice.h"

namespace agentmesh::bench {
namespace {

proxy::Mark mark() {
  proxy::Mark mark;
  mark.decision = "allow";
  mark.policy = "moderate";
  mark.rule = "default";
  mark.server = "notes";
  mark.score = 812;
  mark.tier = "trusted";
  mark.log = "agentmesh.local/log/0123456789abcdef";
  mark.decision_seq = 17;
  mark.outcome_seq = 18;
  mark.leaf = std::string(64, 'a');
  mark.mode = "enforce";
  return mark;
}

void splice_mark(benchmark::State& state) {
  const std::string line = result(7, static_cast<size_t>(state.range(0)));
  const json::View result =
      json::View(std::string_view(line).substr(0, line.size() - 1)).find("result");
  const proxy::Mark with = mark();
  const uint64_t before = allocations();
  proxy::Splice splice(line);
  proxy::MarkTexts texts;
  std::string marked;
  for (auto _ : state) {
    splice.restart(line);
    (void)proxy::add_mark(splice, proxy::ResultParts(result), proxy::ResultShape::kCallToolResult,
                          with, proxy::Footer::kBoth, line.size(), texts);
    splice.apply_to(marked);
    benchmark::DoNotOptimize(marked);
  }
  state.counters["allocations"] = benchmark::Counter(static_cast<double>(allocations() - before),
                                                     benchmark::Counter::kAvgIterations);
}
BENCHMARK(splice_mark)->Arg(150)->Arg(1 << 20);

}  // namespace
}  // namespace agentmesh::bench
