#include "policy/limits.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/json.h"

namespace agentmesh::policy {

namespace {

constexpr int64_t kSecond = 1'000'000;

// Digits only, at most nine of them.
std::optional<uint32_t> digits(std::string_view text) {
  if (text.empty() || text.size() > 9) return std::nullopt;
  uint32_t out = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    out = out * 10 + static_cast<uint32_t>(c - '0');
  }
  return out;
}

std::optional<int64_t> window(std::string_view unit) {
  if (unit == "second") return kSecond;
  if (unit == "minute") return 60 * kSecond;
  if (unit == "hour") return 3600 * kSecond;
  if (unit == "day") return 86'400 * kSecond;
  if (unit.size() < 2) return std::nullopt;
  const auto count = digits(unit.substr(0, unit.size() - 1));
  if (!count) return std::nullopt;
  int64_t scale = 0;
  switch (unit.back()) {
    case 's': scale = kSecond; break;
    case 'm': scale = 60 * kSecond; break;
    case 'h': scale = 3600 * kSecond; break;
    default: return std::nullopt;
  }
  const int64_t out = *count * scale;
  if (out < kSecond || out > 86'400 * kSecond) return std::nullopt;
  return out;
}

}  // namespace

Result<Rate> parse_rate(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos)
    return fail(fmt::format("'{}' is not COUNT/UNIT, such as 10/minute", text));
  const auto calls = digits(text.substr(0, slash));
  if (!calls || *calls < 1 || *calls > 100'000)
    return fail(fmt::format("'{}' is not a count between 1 and 100000", text.substr(0, slash)));
  const auto window_us = window(text.substr(slash + 1));
  if (!window_us)
    return fail(fmt::format("unknown unit '{}' (use second, minute, hour, day, or 30s, 1m, 24h)",
                            text.substr(slash + 1)));
  return Rate{*calls, *window_us};
}

Result<int64_t> parse_span(std::string_view text) {
  struct Unit {
    std::string_view suffix;
    int64_t us;
  };
  constexpr Unit kUnits[] = {{"ms", 1000},
                             {"s", kSecond},
                             {"m", 60 * kSecond},
                             {"h", 3600 * kSecond},
                             {"d", 86'400 * kSecond}};
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.suffix)) continue;
    const auto count = digits(text.substr(0, text.size() - unit.suffix.size()));
    if (!count) continue;
    const int64_t out = *count * unit.us;
    if (out <= 0 || out > int64_t{366} * 86'400 * kSecond)
      return fail(fmt::format("'{}' is not between 1ms and 366d", text));
    return out;
  }
  return fail(fmt::format("'{}' is not a span of time (use 500ms, 50s, 10m, 24h, 7d)", text));
}

std::string charge_key(std::string_view policy, std::string_view rule,
                       const std::vector<Subject>& by, std::string_view agent,
                       std::string_view server, std::string_view tool) {
  const auto counts = [&by](Subject subject) {
    if (by.empty()) return subject == Subject::kAgent || subject == Subject::kServer;
    return std::find(by.begin(), by.end(), subject) != by.end();
  };
  std::string out = "[";
  json::append_string(out, policy);
  out += ',';
  json::append_string(out, rule);
  const auto add = [&](Subject subject, std::string_view key, std::string_view name) {
    if (!counts(subject)) return;
    out += ',';
    json::append_string(out, key);
    out += ',';
    json::append_string(out, name);
  };
  add(Subject::kAgent, "agent", agent);
  add(Subject::kServer, "server", server);
  add(Subject::kTool, "tool", tool);
  out += ']';
  return out;
}

}  // namespace agentmesh::policy
