#include "proxy/reloading.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <fmt/format.h>

namespace agentmesh::proxy {

Reloading::Reloading(Reload read, PolicyInUse in_use, std::string state_words, Keeper& keeper,
                     Wire& wire, Done done)
    : read_(std::move(read)),
      in_use_(std::move(in_use)),
      state_words_(std::move(state_words)),
      keeper_(keeper),
      wire_(wire),
      done_(std::move(done)) {}

void Reloading::ask(Asked asked) {
  if (!read_) return;
  if (reading_) {
    again_ = std::max(asked, again_.value_or(asked));
    return;
  }
  reading_ = true;
  keeper_.give([this, asked, read = read_](trust::Store&) {
    PolicyInUse next;
    try {
      next = read();
    } catch (const std::exception& error) {
      next.error = error.what();
    }
    wire_.post([this, asked, next = std::move(next)] { settle(asked, next); });
  });
}

void Reloading::settle(Asked asked, PolicyInUse next) {
  reading_ = false;
  if (const auto again = std::exchange(again_, std::nullopt)) ask(*again);
  const bool told_already = asked == Asked::kFile && next.fingerprint == refused_;
  if (next.policy && next.fingerprint == in_use_.fingerprint && next.shadow == in_use_.shadow) {
    refused_.clear();
    if (asked != Asked::kFile) done_(What::kSame, in_use_);
    return;
  }
  if (next.policy && asked != Asked::kPerson && in_use_.policy->is_strict()) {
    std::string looser = next.policy->loosens(*in_use_.policy);
    if (looser.empty() && next.shadow && !in_use_.shadow) looser = "the mode is shadow";
    if (!looser.empty()) {
      next.error = fmt::format(
          "it would loosen a strict policy ({}), which waits for `agentmesh policy reload{}`",
          looser, state_words_);
      next.policy.reset();
    }
  }
  if (!next.policy) {
    if (told_already) return;
    refused_ = next.fingerprint;
    return done_(What::kRefused, next);
  }
  refused_.clear();
  in_use_ = std::move(next);
  done_(What::kTaken, in_use_);
}

}  // namespace agentmesh::proxy
