// Moments as people name them on a command line.

#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace agentmesh::cli {

// µs of the wall clock, from "2026-11-18", "2026-11-18T09:30", "2026-11-18T09:30:00Z", "2026-11-18 09:30:00" (all UTC), or how
// long ago: "30m", "24h", "7d", "2w".
Result<int64_t> parse_when(std::string_view text, int64_t now_us);

}  // namespace agentmesh::cli
