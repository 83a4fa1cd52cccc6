#include "proxy/policy_follower.h"

#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "proxy/timers.h"

namespace agentmesh::proxy {
namespace {

constexpr int64_t kReloadDelay = 30'000;  // an editor writes more than once

}  // namespace

void PolicyFollower::follow(PolicyInUse in_use, Reload reload) {
  watched_ = in_use.files;
  wire_.watch(watched_);
  files_changed();
  reloading_.emplace(
      std::move(reload), std::move(in_use), options_.state_words, keeper_, wire_,
      [this](Reloading::What what, const PolicyInUse& policy) { reloaded(what, policy); });
}

void PolicyFollower::files_changed() {
  wire_.after(kReloadSlot, kReloadDelay, [this] { ask(Reloading::Asked::kFile); });
}

void PolicyFollower::reloaded(Reloading::What what, const PolicyInUse& policy) {
  audit::PolicyLoad load;
  load.source = policy.source;
  load.sha256 = policy.sha256;
  if (what == Reloading::What::kRefused) {
    load.policy = pipeline_.policy().name();
    load.error = policy.error;
    wire_.to_stderr(fmt::format(
        "agentmesh: the policy was not reloaded, the one before stays: {}\n", policy.error));
  } else {
    load.policy = policy.policy->name();
    load.rules = static_cast<int64_t>(policy.policy->rule_count());
    wire_.to_stderr(fmt::format("agentmesh: policy {} {} ({} rule{}, {})\n", load.policy,
                                what == Reloading::What::kSame ? "is unchanged" : "was reloaded",
                                load.rules, load.rules == 1 ? "" : "s",
                                policy.shadow ? "shadow" : "enforced"));
  }
  if (what == Reloading::What::kTaken) {
    for (const std::string& remark : policy.remarks)
      wire_.to_stderr(fmt::format("agentmesh: {}\n", remark));
    take(policy);
  }
  records_.write({std::move(load)});
  if (what == Reloading::What::kTaken) taken_();
}

void PolicyFollower::take(const PolicyInUse& policy) {
  options_.shadow = policy.shadow;
  pipeline_.use(policy.policy);
  session_.protect(policy.protected_paths);
  if (policy.files != watched_) {
    watched_ = policy.files;
    wire_.watch(watched_);
    files_changed();  // an edit between the reading and the watching
  }
  // What the list hides is the policy's to say: the client should look again.
  if (session_.tools_list_changed_declared())
    wire_.to_client("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}\n");
}

}  // namespace agentmesh::proxy
