// Export: the log's records in the forms that other tools read, one JSON text per record (audit.md section 10).
//
// Pure functions of a line and what is known about it; nothing is left out: the record itself is in every form, whole.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "audit/note.h"
#include "audit/story.h"
#include "base/crypto.h"
#include "base/disk.h"
#include "base/result.h"

namespace agentmesh::audit {

enum class ExportFormat : uint8_t { kJsonl, kCloudEvents, kOcsf, kOtlp };

// The record in that form, without LF. `line` as it stands in the log; `origin` of the log.
std::string exported(ExportFormat format, std::string_view line, const Told& told,
                     const std::string& origin, std::string_view version);

struct ExportedTiles {
  uint64_t size = 0;     // of the checkpoint
  uint64_t entries = 0;  // bundles written
  uint64_t missing = 0;  // bundles that are not whole because their records were pruned
};
// A static C2SP tlog-tiles log in `directory` (made; must not exist, or be empty) at the newest checkpoint's size: made of the
// lines, and of the stored tiles only where lines were pruned, once they were found to lead to the checkpoint's root. kDamaged
// (tail_end.h) where they do not, lines are missing, or none of `keys` signed the checkpoint (no keys: that is not asked).
// Cost: two passes over the log; memory for one bundle of 256 lines.
Result<ExportedTiles> export_tiles(const std::string& log_dir, const std::string& directory,
                                   std::span<const VerifierKey> keys, Disk& disk);

}  // namespace agentmesh::audit
