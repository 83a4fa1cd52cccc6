// Erase: the payloads of a day become unreadable for good, and the log says so (audit.md section 6).
//
// The day's key goes, and with it the sealed payloads and the salts of that day; lines, hashes and proofs stay as they were.
// Thread: one.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "audit/options.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/disk.h"
#include "base/result.h"

namespace agentmesh::audit {

bool is_day(std::string_view text);  // "2026-11-18"

struct Erased {
  std::vector<std::string> days;  // those that had something to erase
  size_t files = 0;               // of sealed payloads
  uint64_t seq = 0;               // of the record; meaningless without days
};
// Days without a key and without payloads are passed over.
Result<Erased> erase(const Options& options, std::span<const std::string> days,
                     const std::string& reason, const std::string& by, Disk& disk,
                     const Clock& clock, Random& random);

}  // namespace agentmesh::audit
