// CallTimeouts: calls that the server does not answer in `call_timeout_ms`: answered by us, and cancelled at the server.
//
// Order: forwarded() for every governed request of the client that goes on; one timer does the rest. Thread: the io thread.

#pragma once

#include <string>

#include "base/clock.h"
#include "proxy/calls.h"
#include "proxy/deadlines.h"
#include "proxy/options.h"
#include "proxy/record_writer.h"
#include "proxy/relay.h"
#include "proxy/results.h"

namespace agentmesh::proxy {

class CallTimeouts {
 public:
  CallTimeouts(const Options& options, Calls& calls, Results& results, RecordWriter& records,
               Wire& wire, const Clock& clock)
      : options_(options),
        calls_(calls),
        results_(results),
        records_(records),
        wire_(wire),
        clock_(clock),
        deadlines_(options.call_timeout_ms) {}

  void forwarded(const std::string& id_key, const Pending& pending);

 private:
  void arm();
  void expire();

  const Options& options_;
  Calls& calls_;
  Results& results_;
  RecordWriter& records_;
  Wire& wire_;
  const Clock& clock_;
  Deadlines deadlines_;
  bool armed_ = false;
};

}  // namespace agentmesh::proxy
