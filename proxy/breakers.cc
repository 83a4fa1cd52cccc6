#include "proxy/breakers.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "proxy/public_text.h"
#include "trust/definition.h"

namespace agentmesh::proxy {
namespace {

constexpr size_t kMaxTools = 1024;

trust::Breaker::Settings settings_of(const BreakerOptions& options) {
  return {options.failures, int64_t{options.wait_ms} * 1000, int64_t{options.max_wait_ms} * 1000};
}

}  // namespace

Breakers::Breakers(const Options& options, const Clock& clock)
    : clock_(clock),
      server_(options.server),
      settings_(settings_of(options.breaker)),
      deadline_us_(int64_t{options.breaker.deadline_ms} * 1000),
      on_(options.breaker_on && !options.shadow && options.breaker.failures > 0),
      of_server_(settings_) {}

std::optional<Breakers::Refusal> Breakers::refuses(std::string_view tool) const {
  if (!on_) return std::nullopt;
  const int64_t now = clock_.mono_us();
  const auto refusal = [&](const trust::Breaker& breaker, std::string subject) {
    return Refusal{std::move(subject), breaker.failures(),
                   std::max<int64_t>(0, breaker.probe_at_us() - now)};
  };
  if (!of_server_.would_pass(now))
    return refusal(of_server_, fmt::format("the server '{}'", trust::printable(server_, 256)));
  if (tool.empty() || of_tools_.empty()) return std::nullopt;
  const auto found = of_tools_.find(std::string(tool));
  if (found == of_tools_.end() || found->second.would_pass(now)) return std::nullopt;
  return refusal(found->second, fmt::format("the tool '{}'", trust::printable(tool, 256)));
}

bool Breakers::let_pass(std::string_view tool) {
  if (!on_) return false;
  const int64_t now = clock_.mono_us();
  bool probe = of_server_.state(now) == trust::BreakerState::kHalfOpen;
  (void)of_server_.may_pass(now);  // refuses() has looked, in the same turn
  if (tool.empty() || of_tools_.empty()) return probe;
  const auto found = of_tools_.find(std::string(tool));
  if (found == of_tools_.end()) return probe;
  probe = probe || found->second.state(now) == trust::BreakerState::kHalfOpen;
  (void)found->second.may_pass(now);
  return probe;
}

template <class Act>
void Breakers::settle(const Call& call, Act act) {
  if (!on_ || call.direction != Direction::kClientToServer) return;
  const int64_t now = clock_.mono_us();
  const auto one = [&](const std::string& tool, trust::Breaker& breaker) {
    const bool was_open = breaker.state(now) != trust::BreakerState::kClosed;
    const int64_t was_until = breaker.probe_at_us();
    act(breaker, was_open, now);
    const bool is_open = breaker.state(now) != trust::BreakerState::kClosed;
    if (was_open != is_open || was_until != breaker.probe_at_us())
      changes_.push_back(
          {tool, is_open, breaker.failures(), std::max<int64_t>(0, breaker.probe_at_us() - now)});
  };
  one("", of_server_);
  if (call.tool.empty() || of_tools_.empty()) return;
  const auto found = of_tools_.find(call.tool);
  if (found == of_tools_.end()) return;
  one(found->first, found->second);
  if (found->second.failures() == 0 && found->second.state(now) == trust::BreakerState::kClosed)
    of_tools_.erase(found);
}

void Breakers::answered(const Call& call) {
  settle(call, [](trust::Breaker& breaker, bool, int64_t) { breaker.succeeded(); });
}

void Breakers::failed(const Call& call) {
  if (on_ && !call.tool.empty() && of_tools_.size() < kMaxTools)
    of_tools_.try_emplace(call.tool, settings_);
  settle(call, [&](trust::Breaker& breaker, bool was_open, int64_t now) {
    // A late failure of a call from before it opened says nothing about the probe.
    if (!was_open || call.probe) breaker.failed(now);
  });
}

void Breakers::abandoned(const Call& call) {
  if (!call.probe) return;
  settle(call, [](trust::Breaker& breaker, bool, int64_t) { breaker.abandoned(); });
}

trust::BreakerCopy Breakers::copy_of(const std::string& tool, const trust::Breaker& breaker,
                                     int64_t pid) const {
  const int64_t now = clock_.mono_us();
  trust::BreakerCopy copy;
  copy.server = server_;
  copy.tool = public_name(tool);
  copy.state = breaker.state(now);
  copy.failures = breaker.failures();
  copy.at_us = clock_.wall_us();
  if (breaker.probe_at_us() != 0) copy.probe_at_us = copy.at_us + breaker.probe_at_us() - now;
  copy.pid = pid;
  return copy;
}

std::vector<trust::BreakerCopy> Breakers::copies(int64_t pid) const {
  std::vector<trust::BreakerCopy> copies{copy_of("", of_server_, pid)};
  for (const auto& [tool, breaker] : of_tools_) copies.push_back(copy_of(tool, breaker, pid));
  return copies;
}

}  // namespace agentmesh::proxy
