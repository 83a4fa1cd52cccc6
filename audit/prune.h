// Prune: whole segments that are no longer wanted go, and their tiles stay and stand for them (audit.md section 8).
//
// Nothing goes before it is certain that the tiles say what the lines said, and that the log says that they went. A log that
// does not verify is not pruned: what is wrong with it is evidence.
// Thread: one. Cost: a verification of the log, once there is something to prune.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audit/options.h"
#include "audit/record.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/disk.h"
#include "base/result.h"

namespace agentmesh::audit {

struct PruneBefore {
  std::optional<uint64_t> seq;  // one of the two
  std::optional<int64_t> ts;    // µs, wall clock
};

struct Pruned {
  uint64_t first = 0;  // the first record that is left
  std::vector<std::string> files;
  uint64_t bytes = 0;
};

// Where the log would begin after a prune: nothing if no whole segment lies before that.
Result<std::optional<uint64_t>> prune_point(const std::string& log_dir, const PruneBefore& before);

// `snapshots` are appended before anything goes. Without a segment to prune, `files` is empty and nothing was written.
// Errors: kDamaged (tail_end.h) for a log that does not verify.
Result<Pruned> prune(const Options& options, const PruneBefore& before, const std::string& by,
                     std::span<const TrustSnapshot> snapshots, Disk& disk, const Clock& clock,
                     Random& random);

}  // namespace agentmesh::audit
