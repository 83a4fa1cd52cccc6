#include "bench/figures.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace agentmesh::bench {

Figures figures(std::vector<int64_t> times) {
  if (times.empty()) return {};
  std::sort(times.begin(), times.end());
  const auto at = [&times](double share) {
    const auto rank = std::lround(share * static_cast<double>(times.size() - 1));
    return static_cast<double>(times[static_cast<size_t>(rank)]) / 1000;
  };
  double sum = 0;
  for (const int64_t t : times) sum += static_cast<double>(t) / 1000;
  return {at(0.5), at(0.9), at(0.99), at(0.999), at(1), sum / static_cast<double>(times.size())};
}

std::string json(const Figures& f) {
  return fmt::format(
      R"({{"p50":{:.2f},"p90":{:.2f},"p99":{:.2f},"p99.9":{:.2f},"max":{:.2f},"mean":{:.2f}}})",
      f.p50, f.p90, f.p99, f.p999, f.max, f.mean);
}

JsonObject& JsonObject::add(const std::string& key, const std::string& value) {
  members_ += fmt::format("{}\"{}\":{}", members_.empty() ? "" : ",", key, value);
  return *this;
}

JsonObject& JsonObject::number(const std::string& key, double value) {
  return add(key, fmt::format("{:.2f}", value));
}

void JsonObject::print() const { fmt::print("{{{}}}\n", members_); }

}  // namespace agentmesh::bench
