// BreakerWatch: calls that passed the circuit breakers' deadline are counted; what opened or closed is said, recorded and kept
// for `status`.
//
// Order: forwarded() when a governed request of the client goes on; tell() in every turn. Thread: the io thread.

#pragma once

#include <vector>

#include "audit/record.h"
#include "base/clock.h"
#include "proxy/calls.h"
#include "proxy/keeper.h"
#include "proxy/options.h"
#include "proxy/pipeline.h"
#include "proxy/record_writer.h"
#include "proxy/relay.h"
#include "proxy/standing.h"

namespace agentmesh::proxy {

class BreakerWatch {
 public:
  BreakerWatch(const Options& options, Calls& calls, Pipeline& pipeline, Standing& standing,
               RecordWriter& records, Keeper& keeper, Wire& wire, const Clock& clock)
      : options_(options),
        calls_(calls),
        pipeline_(pipeline),
        standing_(standing),
        records_(records),
        keeper_(keeper),
        wire_(wire),
        clock_(clock) {}

  void forwarded() {
    if (!watching_) watch();
  }
  // What opened or closed since the last time, as records.
  void tell(std::vector<audit::Record>& records);
  // state.db has a copy of ours.
  bool kept() const { return kept_; }

 private:
  void watch();
  void look_for_overdue();

  const Options& options_;
  Calls& calls_;
  Pipeline& pipeline_;
  Standing& standing_;
  RecordWriter& records_;
  Keeper& keeper_;
  Wire& wire_;
  const Clock& clock_;
  bool watching_ = false;
  bool kept_ = false;
};

}  // namespace agentmesh::proxy
