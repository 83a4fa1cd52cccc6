// The policy's answer about a call and about its result, scanning included.

#include <string>

#include <benchmark/benchmark.h>

#include "base/json.h"
#include "bench/allocations.h"
#include "bench/session.h"
#include "bench/texts.h"

namespace agentmesh::bench {
namespace {

policy::Input input_of(policy::Stage stage) {
  policy::Input input;
  input.stage = stage;
  input.method = "tools/call";
  input.tool = "write_note";
  input.server = "notes";
  input.agent = "bench";
  return input;
}

void ask(benchmark::State& state, const policy::Policy& policy, const policy::Input& input) {
  for (int i = 0; i < 100; ++i) benchmark::DoNotOptimize(policy.ask(input));
  const uint64_t before = allocations();
  for (auto _ : state) benchmark::DoNotOptimize(policy.ask(input));
  state.counters["allocations"] = benchmark::Counter(static_cast<double>(allocations() - before),
                                                     benchmark::Counter::kAvgIterations);
}

void decide_call(benchmark::State& state, const std::string& name, size_t more_rules, size_t text) {
  const std::string line = call(7, text);
  const json::View message{std::string_view(line).substr(0, line.size() - 1)};
  policy::Surroundings surroundings;
  surroundings.working_directory = "/";
  policy::Input input = input_of(policy::Stage::kCall);
  input.args = message.find("params").find("arguments");
  input.surroundings = &surroundings;
  ask(state, *policy_of(name, more_rules), input);
}
BENCHMARK_CAPTURE(decide_call, permissive, "permissive", 0, 150);
BENCHMARK_CAPTURE(decide_call, moderate, "moderate", 0, 150);
BENCHMARK_CAPTURE(decide_call, moderate_4_KiB, "moderate", 0, 4096);
BENCHMARK_CAPTURE(decide_call, moderate_and_100_rules, "moderate", 100, 150);
BENCHMARK_CAPTURE(decide_call, moderate_and_1000_rules, "moderate", 1000, 150);

// Arguments that are many paths: what is asked once of each must not look at all of them.
void decide_paths(benchmark::State& state, const std::string& tool, size_t bytes) {
  std::string args = R"({"paths":["/a")";
  while (args.size() < bytes) args += R"(,"/a")";
  args += "]}";
  policy::Surroundings surroundings;
  surroundings.working_directory = "/";
  policy::Input input = input_of(policy::Stage::kCall);
  input.tool = tool;
  input.args = json::View(args);
  input.surroundings = &surroundings;
  const auto policy = policy_of("moderate", 0);
  for (auto _ : state) benchmark::DoNotOptimize(policy->ask(input));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(args.size()));
}
BENCHMARK_CAPTURE(decide_paths, write_25_KiB, "write_note", 25'600);
BENCHMARK_CAPTURE(decide_paths, write_100_KiB, "write_note", 102'400);
BENCHMARK_CAPTURE(decide_paths, symlink_25_KiB, "create_symlink", 25'600);
BENCHMARK_CAPTURE(decide_paths, symlink_100_KiB, "create_symlink", 102'400);

void decide_result(benchmark::State& state, const std::string& name, size_t more_rules,
                   size_t text) {
  const std::string line = result(7, text);
  const json::View message{std::string_view(line).substr(0, line.size() - 1)};
  policy::Input input = input_of(policy::Stage::kResult);
  input.result = message.find("result");
  ask(state, *policy_of(name, more_rules), input);
}
BENCHMARK_CAPTURE(decide_result, permissive, "permissive", 0, 150);
BENCHMARK_CAPTURE(decide_result, moderate, "moderate", 0, 150);
BENCHMARK_CAPTURE(decide_result, moderate_64_KiB, "moderate", 0, 65'536);
BENCHMARK_CAPTURE(decide_result, moderate_1_MiB, "moderate", 0, 1U << 20);

}  // namespace
}  // namespace agentmesh::bench
