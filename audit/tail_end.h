// Where a log really ends: read from its last good checkpoint, never from the state file (audit.md section 7).
//
// Cost: a few tiles, at most 256 lines and what follows the last checkpoint. Where tiles are gone (but for those of the upper
// levels, which follow from the lower ones) or wrong: all lines, for nothing else leads to a signed root.
// Order: under the log's lock, or on a log that nobody writes; beside a writer the end may look torn, and what was moved or
// pruned meanwhile like damage.

#pragma once

#include <cerrno>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "audit/checkpoint.h"
#include "audit/state.h"
#include "base/result.h"

namespace agentmesh::audit {

// The errno of an Error that says that the log is damaged: nobody may extend it.
inline constexpr int kDamaged = EUCLEAN;

struct TailEnd {
  Head head;               // after the last whole, canonical, chaining record
  TreeHead checkpoint;     // the last good one
  uint64_t read_from = 0;  // the first record whose line was read: older ones were taken from tiles
  std::optional<uint64_t> wseq;  // the last one of the writer asked about, among the lines read

  bool torn = false;   // what follows may be cut off: it was never whole
  std::string damage;  // "" or why the log must not be extended
  uint64_t bytes = 0;  // that follow in the last segment
};

// `keys`: whose checkpoints count. Errors: io, and a directory with nothing of a log in it.
Result<TailEnd> read_tail_end(const std::string& log_dir, std::span<const VerifierKey> keys,
                              std::string_view writer);

// The last checkpoint in `checkpoints` or `checkpoint` that one of the keys signed.
std::optional<TreeHead> last_checkpoint(const std::string& log_dir,
                                        std::span<const VerifierKey> keys);

}  // namespace agentmesh::audit
