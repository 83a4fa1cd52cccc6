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
#include <span>
#include <string>
#include <vector>

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
  // `now`: also while records are under way.
  void flush(bool now = false);
  // Others touched the store: what they changed is taken over.
  void woken();
  // The last evidence; after this nothing is posted back. `breakers_kept`: the store has copies of our breakers.
  void end(bool breakers_kept);

 private:
  trust::Flushed flushed() const;
  std::string log_dir() const;
  // On the keeper:
  Result<std::vector<trust::SubjectSums>> add(trust::Store& store,
                                              std::span<const trust::SubjectSums> deltas,
                                              const trust::Flushed& mark);
  Result<std::vector<trust::Pin>> save(trust::Store& store, std::vector<trust::PinWrite> pins);

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
  // What the keeper keeps between two flushes; its alone.
  struct Kept {
    bool failed = false;                // the last evidence could not be written
    bool restored_in_vain = false;      // the log could not be read: others will try again
    std::vector<trust::PinWrite> pins;  // could not be written yet
  };
  std::shared_ptr<Kept> kept_ = std::make_shared<Kept>();
  bool pins_owed_ = false;
  uint64_t flushed_upto_ = 0;  // wseq: evidence of earlier records is in the store
  int64_t changes_upto_ = 0;
};

}  // namespace agentmesh::proxy
