// PolicyFollower: the session's policy as its files change. It watches them, has them read again (reloading.h), puts what was taken
// into force between two messages, and says and records what became of it.
//
// Order: follow() once; then files_changed(), reload() and asked_by_person() any time. Thread: the io thread.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "proxy/keeper.h"
#include "proxy/options.h"
#include "proxy/pipeline.h"
#include "proxy/policy_in_use.h"
#include "proxy/record_writer.h"
#include "proxy/relay.h"
#include "proxy/reloading.h"
#include "proxy/session.h"

namespace agentmesh::proxy {

class PolicyFollower {
 public:
  // `taken` is called after another policy came into force.
  PolicyFollower(Options& options, Session& session, Pipeline& pipeline, RecordWriter& records,
                 Keeper& keeper, Wire& wire, std::function<void()> taken)
      : options_(options),
        session_(session),
        pipeline_(pipeline),
        records_(records),
        keeper_(keeper),
        wire_(wire),
        taken_(std::move(taken)) {}

  // The policy in use, and how to read it again: its files are watched from now on.
  void follow(PolicyInUse in_use, Reload reload);
  void files_changed();
  void reload() { ask(Reloading::Asked::kSignal); }
  void asked_by_person() { ask(Reloading::Asked::kPerson); }

 private:
  void ask(Reloading::Asked asked) {
    if (reloading_) reloading_->ask(asked);
  }
  void reloaded(Reloading::What what, const PolicyInUse& policy);
  void take(const PolicyInUse& policy);

  Options& options_;  // `shadow` follows the policy
  Session& session_;
  Pipeline& pipeline_;
  RecordWriter& records_;
  Keeper& keeper_;
  Wire& wire_;
  std::function<void()> taken_;
  std::optional<Reloading> reloading_;
  std::vector<std::string> watched_;
};

}  // namespace agentmesh::proxy
