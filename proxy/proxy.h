// Proxy: a governed session between a client and the server it wanted to start. One call, run(), from start to exit.
//
// What this folder does: starts the server, reads every line between the two (framing.h, message.h), matches answers to
// requests (calls.h), decides each governed one before it is forwarded (pipeline.h), reads what comes back (results.h,
// listing.h), records both (recording.h), and splices in the mark (mark.h). What is not governed passes as its own bytes.
// What it does not do: read YAML, know a rule, or format a log: policy, trust and audit are asked, and know nothing of it.
//
// Start here, then governor.h (a session without sockets), relay.h (the seam to the loop), loop.h (bytes, signals, ends).
// Thread: one io thread runs everything; the log's committer, and the keeper for state.db, stand beside it.
// Cost: two context switches and a few microseconds per message (bench/).
// Failure: what cannot be read in one way or judged goes no further, with a reason; a server's own failures are passed on.

#pragma once

#include "proxy/options.h"
#include "proxy/policy_in_use.h"

namespace agentmesh::proxy {

// Returns the exit status of the process: the server's own; 127 or 126 if it could not be started; 1 if our state
// cannot be used (one sentence on stderr says why, and the server is told to go).
// `reload` may be empty: the policy then stays what it is.
int run(const Options& options, const PolicyInUse& policy, Reload reload);

}  // namespace agentmesh::proxy
