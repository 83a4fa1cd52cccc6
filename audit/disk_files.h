// Whole small files through a Disk, so that a test can make any step of writing them fail.

#pragma once

#include <string>
#include <string_view>

#include "base/disk.h"
#include "base/result.h"

namespace agentmesh::audit {

// All of `bytes`, in as many writes as it takes.
Result<void> write_all(Disk& disk, int fd, std::string_view bytes);

// Makes a new file (mode 0600) with these bytes and syncs it. EEXIST if there is one.
Result<void> put_new_file(Disk& disk, const std::string& path, std::string_view bytes);

// Writes `path`.tmp, syncs it and renames it to `path`; the directory is not synced.
Result<void> put_file(Disk& disk, const std::string& path, std::string_view bytes);

// Whether the path leads to what is open, and not to another of the same name.
bool is_at(const std::string& path, int fd);

// Whether another process holds the lock of that file right now; false if there is no such file.
bool is_locked(const std::string& path);

}  // namespace agentmesh::audit
