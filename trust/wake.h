// Wake: how a command tells running proxies that something changed.
//
// The command commits its row, then touches <state>/wake; proxies watch that file with inotify (IN_CLOSE_WRITE and
// IN_ATTRIB) and their keeper reads Store::changes_since. What the file holds means nothing.

#pragma once

#include <string>

#include "base/result.h"

namespace agentmesh::trust {

std::string wake_path(const std::string& state_dir);
// Makes the file if it is missing (a proxy calls it once, so that there is something to watch).
Result<void> touch_wake(const std::string& state_dir);

}  // namespace agentmesh::trust
