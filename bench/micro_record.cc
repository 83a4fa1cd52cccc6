// A record, as a line and as a leaf.

#include <string>

#include <benchmark/benchmark.h>

#include "audit/line.h"
#include "bench/allocations.h"

namespace agentmesh::bench {
namespace {

audit::Record decision() {
  audit::Decision d;
  d.dir = "c2s";
  d.method = "tools/call";
  d.id = "7";
  d.tool = "write_note";
  d.server = "notes";
  d.agent = "bench";
  d.policy = "moderate";
  d.rule = "default";
  d.verdict = "allow";
  d.mode = "enforce";
  d.facts = audit::Facts();
  d.facts->type = "write";
  d.args = audit::Payload{R"({"title":"Report"})", {}};
  d.trust = audit::Trust{812, "trusted", {}};
  return d;
}

audit::Record outcome() {
  audit::Outcome o;
  o.of = 17;
  o.status = "ok";
  o.us = 412;
  o.result = audit::Payload{R"({"content":[]})", {}};
  o.trust = audit::Trust{812, "trusted", 0};
  return o;
}

void record(benchmark::State& state, const audit::Record& record) {
  const audit::Made made{"0123456789abcdef", 17, 1'700'000'000'000'000, 1'000'000};
  const audit::Commitment commitment{18, Hash{}, {}};
  audit::Draft draft;
  std::string out;
  uint64_t before = 0;
  for (auto _ : state) {
    if (before == 0) before = allocations();
    out.clear();
    audit::draft(record, made, &commitment, draft);
    benchmark::DoNotOptimize(audit::finish(draft, 17, Hash{}, out));
  }
  state.counters["bytes"] = static_cast<double>(out.size());
  state.counters["allocations"] = benchmark::Counter(static_cast<double>(allocations() - before),
                                                     benchmark::Counter::kAvgIterations);
}
BENCHMARK_CAPTURE(record, decision, decision());
BENCHMARK_CAPTURE(record, outcome, outcome());

}  // namespace
}  // namespace agentmesh::bench
