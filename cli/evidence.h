// Evidence: what a command's record says about somebody's trust, put into the score where running proxies find it.
//
// Order: the record first. Another tier is a record of its own (trust.change), like a proxy's.
// Thread: one. Failure: the error of the database; a tier that cannot be recorded is complained about.

#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "cli/recorder.h"
#include "trust/score.h"
#include "trust/store.h"
#include "trust/trust.h"

namespace agentmesh::cli {

// The events are all about one subject; at least one. Returns its score with them.
Result<trust::Score> count_evidence(trust::Store& store, std::span<const trust::Event> events,
                                    int64_t now_us, const trust::Options& options,
                                    const Recorder& record);

}  // namespace agentmesh::cli
