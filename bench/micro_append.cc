// An append to a real log: lock, state, commitment, line, leaf, write. One record, and what one read of many lines gives.

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "audit/log.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/disk.h"
#include "bench/allocations.h"
#include "bench/directory.h"
#include "bench/texts.h"

namespace agentmesh::bench {
namespace {

std::vector<audit::Record> records(size_t count, const std::string& args) {
  std::vector<audit::Record> all;
  for (size_t i = 0; i < count; ++i) {
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
    d.args = audit::Payload{args, {}};
    d.trust = audit::Trust{812, "trusted", {}};
    all.emplace_back(std::move(d));
  }
  return all;
}

void append(benchmark::State& state) {
  const Directory directory;
  SystemDisk disk;
  SystemClock clock;
  SystemRandom random;
  audit::Options options;
  options.state_dir = directory.path();
  auto log = audit::Log::open(options, disk, clock, random);
  if (!log) return state.SkipWithError(log.error().what.c_str());
  const std::string args = prose(300);
  const auto all = records(static_cast<size_t>(state.range(0)), args);
  uint64_t before = 0;
  uint64_t later = 0;
  for (auto _ : state) {
    if (before == 0) before = allocations();
    // Where the keeper is at it just then, the append goes to the committer: counted, and part of the time.
    if (!(*log)->append(all, false, [](const audit::Appended&) {})) ++later;
  }
  state.counters["to_committer"] =
      benchmark::Counter(static_cast<double>(later), benchmark::Counter::kAvgIterations);
  state.counters["allocations"] = benchmark::Counter(static_cast<double>(allocations() - before),
                                                     benchmark::Counter::kAvgIterations);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(append)->Arg(1)->Arg(64);

}  // namespace
}  // namespace agentmesh::bench
