// What a decision costs as rules grow: the engine alone (facts known), and with the scanners that find the facts; cold (the
// first question after loading) and warm; and what loading costs. The call is about 300 bytes.
//
//     build/release/bench/bench_policy [--json]

#include "policy/policy.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "bench/figures.h"
#include "bench/rules.h"
#include "bench/texts.h"
#include "config/policy_file.h"
#include "policy/compile.h"
#include "policy/decide.h"

namespace agentmesh::bench {
namespace {

using Clock = std::chrono::steady_clock;

double us_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

struct Times {
  double cold = 0, median = 0, p99 = 0;
};

// Single questions are too short for the clock: `batch` of them are timed together; p99 is over batches of 8.
template <class Ask>
Times measure(Ask ask) {
  Times out;
  const auto first = Clock::now();
  ask();
  out.cold = us_since(first);
  for (int i = 0; i < 2000; ++i) ask();
  std::vector<double> samples;
  for (int i = 0; i < 4000; ++i) {
    const auto start = Clock::now();
    for (int n = 0; n < 8; ++n) ask();
    samples.push_back(us_since(start) / 8);
  }
  std::sort(samples.begin(), samples.end());
  out.median = samples[samples.size() / 2];
  out.p99 = samples[samples.size() * 99 / 100];
  return out;
}

config::LoadedPolicy read(const std::string& text) {
  return config::load_policy("bench.yaml",
                             [&text](const std::string&) { return Result<std::string>(text); });
}

void row(size_t count, bool preset, bool as_json) {
  std::string text = policy_file(count);
  if (!preset) {
    const std::string extends = "extends: [moderate]\n";
    text.erase(text.find(extends), extends.size());
  }
  const auto start = Clock::now();
  config::LoadedPolicy loaded = read(text);
  const double reading = us_since(start);
  const auto compiled = policy::Policy::compile(loaded.source);
  const double load = us_since(start);
  if (!compiled.policy) {
    fmt::print(stderr, "bench_policy: the policy does not load\n");
    return;
  }
  policy::Diagnostics ignored;
  const auto rules = policy::compile_rules(read(text).source, ignored);

  const std::string line = call(7);
  json::Reader reader;
  if (reader.read(line).fault != json::Fault::kNone) return;
  policy::Surroundings surroundings;
  surroundings.working_directory = "/srv";
  policy::Input input;
  const json::View params = reader.root().find("params");
  const std::string tool = params.find("name").string();
  input.tool = tool;
  input.server = "notes";
  input.agent = "bench";
  input.args = params.find("arguments");
  input.surroundings = &surroundings;

  policy::Workspace work;
  policy::look(*rules, input, work.seen);
  const Times engine = measure([&] { (void)policy::decide(*rules, input, work.seen, work); });
  const Times whole = measure([&] { (void)compiled.policy->ask(input); });
  if (as_json) {
    JsonObject()
        .text("case", fmt::format("{}{}", count, preset ? " +moderate" : ""))
        .number("cold", engine.cold)
        .number("median", engine.median)
        .number("p99", engine.p99)
        .number("whole_median", whole.median)
        .number("load_ms", load / 1000)
        .print();
    return;
  }
  fmt::print(
      "{:>6}{:<10} {:>7.2f} {:>7.2f} {:>7.2f}   {:>7.2f} {:>7.2f} {:>7.2f}   {:>6.1f} {:>6.1f}\n",
      count, preset ? " +moderate" : "", engine.cold, engine.median, engine.p99, whole.cold,
      whole.median, whole.p99, reading / 1000, load / 1000);
}

void run(bool as_json) {
  if (!as_json)
    fmt::print(
        "us a decision     engine alone              with the scanners         load, ms\n"
        " rules              cold  median     p99      cold  median     p99     read  all\n");
  for (const bool preset : {false, true})
    for (const size_t count : {1U, 10U, 100U, 1000U}) row(count, preset, as_json);
}

}  // namespace
}  // namespace agentmesh::bench

int main(int argc, char** argv) {
  agentmesh::bench::run(argc > 1 && std::string_view(argv[1]) == "--json");
  return 0;
}
