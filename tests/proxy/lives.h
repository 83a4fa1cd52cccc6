// What the tests of a session's end share.

#pragma once

#include <cstdint>

#include "proxy/lifecycle.h"
#include "tests/catch.h"

namespace agentmesh::proxy {

using Act = Lifecycle::Act;
using Deaf = Lifecycle::Deaf;
inline constexpr int64_t kMs = 1000;
inline constexpr int64_t kStart = 5'000'000'000;

inline Lifecycle usual() { return Lifecycle(ShutdownTimes{10'000, 30'000, 3'000}, 2'000, 1'000); }

}  // namespace agentmesh::proxy
