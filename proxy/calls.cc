#include "proxy/calls.h"

#include <cmath>
#include <cstdlib>
#include <utility>

#include "base/crypto.h"
#include "proxy/judgement.h"

namespace agentmesh::proxy {

Call call_of(const Message& request, Direction direction, Judgement& judgement, int64_t now_us) {
  Call call;
  call.direction = direction;
  call.method = request.method;
  call.id_raw = request.id->raw;
  call.policy = judgement.policy;
  call.rule = judgement.rule;
  call.decision = judgement.decision;
  call.facts = judgement.verdict.facts;
  call.findings = std::move(judgement.verdict.findings);
  call.forwarded_us = now_us;
  return call;
}

Pending* Calls::answered(Direction request_direction, const Id& id, std::string& key, bool& twin) {
  Outstanding& table = of(request_direction);
  twin = false;
  key = id.key;
  if (Pending* exact = table.find(key)) return exact->sent ? exact : nullptr;
  key = id.twin();
  if (key.empty()) return nullptr;
  twin = true;
  Pending* other = table.find(key);
  return other != nullptr && other->sent ? other : nullptr;
}

uint32_t Calls::open(Call call) {
  call.open = true;
  if (free_.empty()) {
    free_.push_back(static_cast<uint32_t>(slots_.size() + 1));
    slots_.emplace_back();
  }
  const uint32_t slot = free_.back();
  free_.pop_back();
  slots_[slot - 1] = std::move(call);
  if (const std::string& token = slots_[slot - 1].progress_token; !token.empty())
    by_token_[token] = slot;
  return slot;
}

uint32_t Calls::open(Call call, const std::string& id_key) {
  Pending pending;
  pending.method = call.method;
  pending.tool = call.tool;
  pending.decided = true;
  pending.modern = call.modern;
  pending.task = call.task;
  pending.forwarded_us = call.forwarded_us;
  Outstanding& table = of(call.direction);
  pending.context = open(std::move(call));
  const uint32_t slot = pending.context;
  (void)table.add(id_key, std::move(pending));  // neither doubled nor full: looked at before
  return slot;
}

void Calls::close(uint32_t slot) {
  const Call* call = at(slot);
  if (call == nullptr) return;
  if (!call->progress_token.empty())
    if (const auto known = by_token_.find(call->progress_token);
        known != by_token_.end() && known->second == slot)
      by_token_.erase(known);
  slots_[slot - 1].open = false;
  free_.push_back(slot);
}

std::string Calls::token_of(json::View token) {
  constexpr size_t kLong = 256;
  if ((!token.is_string() && !token.is_number()) || token.raw().size() > kLong) return {};
  return token.is_string() ? "s" + token.string() : "n" + std::string(token.raw());
}

void Calls::progressed(json::View token, json::View progress) {
  if (by_token_.empty()) return;
  const auto known = by_token_.find(token_of(token));
  if (known == by_token_.end()) return;
  Call& call = slots_[known->second - 1];
  const double now =
      progress.is_number() ? std::strtod(std::string(progress.raw()).c_str(), nullptr) : NAN;
  call.progress_fell =
      call.progress_fell || std::isnan(now) || now <= call.progress.value_or(-INFINITY);
  call.progress = now;
}

size_t Calls::waiting_for_server() const {
  size_t waiting = 0;
  for (const auto& [key, pending] : from_client_)
    if (pending.method != "subscriptions/listen" && !pending.cancelled) ++waiting;
  return waiting;
}

// Ids may be as long as a line: of long ones their hash is kept.
std::string Calls::short_form(const std::string& id_key) {
  constexpr size_t kLong = 64;
  if (id_key.size() <= kLong) return id_key;
  const Hash hash = sha256(id_key);
  return "h" + std::string(reinterpret_cast<const char*>(hash.data()), hash.size());
}

bool Calls::was_answered_here(Direction direction, const std::string& id_key) const {
  const auto& ids = const_cast<Calls*>(this)->answered_in(direction).ids;
  return !ids.empty() && ids.contains(short_form(id_key));
}

void Calls::remember_answered(Direction direction, const std::string& id_key) {
  auto& [order, ids] = answered_in(direction);
  std::string kept = short_form(id_key);
  if (!ids.insert(kept).second) return;
  order.push_back(std::move(kept));
  if (order.size() <= kRemembered) return;
  ids.erase(order.front());
  order.pop_front();
}

void Calls::forget_answered(Direction direction, const std::string& id_key) {
  // Its place in the order stays: one that is forgotten early only makes the memory a little shorter.
  if (auto& ids = answered_in(direction).ids; !ids.empty()) ids.erase(short_form(id_key));
}

}  // namespace agentmesh::proxy
