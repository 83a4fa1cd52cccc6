// StoreSync: what the session owes state.db (evidence, pins, failed conditions) goes there a moment later, in batches; what others
// changed there comes back.
//
// Evidence that is not in the store yet is in the log, after the mark that every flush leaves: whoever opens the store next restores
// it from there. So a flush waits while a record is on its way whose evidence may have to be taken back.
// Order: begin() once the log's end is known; soon(), flush() and woken() any time; end() last. Thread: the io thread; the
// database is the keeper's.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "audit/log.h"
#include "base/clock.h"
#include "proxy/keeper.h"
#include "proxy/options.h"
#include "proxy/pipeline.h"
#include "proxy/policy_follower.h"
#include "proxy/relay.h"
#include "proxy/session.h"
#include "proxy/standing.h"
#include "trust/pins.h"

namespace agentmesh::proxy {

class StoreSync {
 public:
  struct Parts {
    const Options& options;
    audit::Log& log;
    Session& session;
    Standing& standing;
    trust::PinSet& pins;
    Pipeline& pipeline;
    PolicyFollower& policy;
    Keeper& keeper;
    Wire& wire;
    const Clock& clock;
  };
  // `records_under_way`: some are given to the log and not placed yet.
  StoreSync(const Parts& parts, std::function<bool()> records_under_way);

  void begin(int64_t changes_upto);
  // Evidence waits in memory at most a quarter of a second.
  void soon();
  void flush();
  // Others touched the store: what they changed is taken over.
  void woken();
  // The last evidence; after this nothing is posted back. `breakers_kept`: the store has copies of our breakers.
  void end(bool breakers_kept);

 private:
  trust::Flushed flushed() const;
  void restore_new_store(trust::Store& store) const;  // on the keeper

  const Options& options_;
  audit::Log& log_;
  Session& session_;
  Standing& standing_;
  trust::PinSet& pins_;
  Pipeline& pipeline_;
  PolicyFollower& policy_;
  Keeper& keeper_;
  Wire& wire_;
  const Clock& clock_;
  std::function<bool()> records_under_way_;
  bool armed_ = false;
  int put_off_ = 0;
  // The last flush could not be written. The keeper's alone.
  std::shared_ptr<bool> failed_ = std::make_shared<bool>(false);
  uint64_t flushed_upto_ = 0;  // wseq: evidence of earlier records is in the store
  int64_t changes_upto_ = 0;
};

}  // namespace agentmesh::proxy
