// The advisory lock of a file, waited for as long as another run of ours may take, and no longer.
//
// Thread: any. Cost: system calls, and the wait.

#pragma once

#include <chrono>

namespace agentmesh::integrations {

inline constexpr std::chrono::milliseconds kLockPatience{5000};

// false: another still holds it. A file system that has no locks is no reason to stop.
bool lock_within(int fd, std::chrono::milliseconds patience);

}  // namespace agentmesh::integrations
