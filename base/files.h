// Plain file work off the message path: read whole, replace atomically, make directories, resolve paths.
//
// Failure: every error names the path. Cost: system calls; none of it belongs on the io thread except resolve_path(),
// which the proxy may call for paths named in a tool call (of at most 131,072 names in all a call).

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace agentmesh {

// The whole file. Errors: missing, unreadable, a directory, larger than `max_bytes`.
Result<std::string> read_file(const std::string& path, size_t max_bytes = 64U << 20);
// The same of what has to be a file: anything else in its place (a pipe, which would be waited for) is an error.
Result<std::string> read_regular(const std::string& path, size_t max_bytes = 64U << 20);
// Such a file, open for reading.
Result<Fd> open_regular(const std::string& path);
// A file of our own, opened with `flags` (and O_CLOEXEC): a link in its place is an error as well.
Result<Fd> open_own(const std::string& path, int flags, unsigned mode = 0600);
// flock() that waits no longer than `timeout_ms`; ETIMEDOUT. `what` is for the error; the lock goes with the descriptor.
Result<void> lock_file(int fd, const std::string& what, int timeout_ms);
// An error if anything but a file is at `path`: for who lets others open it. What is not there is fine.
Result<void> check_regular(const std::string& path);
// Temporary file in the same directory (PATH.XXXXXX.tmp), fsync, rename, fsync of the directory.
Result<void> replace_file(const std::string& path, std::string_view bytes, unsigned mode = 0600);
// mkdir -p with `mode` for what is created; what exists is left as it is. Error if it exists and is no directory.
Result<void> make_directories(const std::string& path, unsigned mode = 0700);
bool file_exists(const std::string& path);
// Sure not to be there. What only cannot be looked at may well be.
bool is_gone(const std::string& path);
// Gone, and its directory as well, or whatever stood beside it: a disk that may come back, and not a file that was removed. Links are
// followed.
bool is_away(const std::string& path);
// An error if it is somebody else's (root is nobody's else) or others may write in it, or all may write (without the sticky bit) in
// a directory on the way to it; of what is not there yet the way alone is asked. Who owns the way, and its group, are trusted.
Result<void> check_own_directory(const std::string& path);
// Names in a directory, sorted, without . and ..
Result<std::vector<std::string>> list_directory(const std::string& path);

// Absolute, without . and .. and doubled slashes, by text alone (the disk is not asked).
std::string lexically_normal(std::string_view path, std::string_view base_directory);
// realpath of the deepest part of `absolute_path` that exists, with the rest appended: where a write would land.
// `absolute_path` is lexically normal. A loop of symlinks or a part that may not be searched is an error.
Result<std::string> resolve_path(std::string_view absolute_path);

std::string current_directory();
std::string home_directory();   // $HOME, else the passwd entry; "" if neither
std::string executable_path();  // /proc/self/exe, resolved

}  // namespace agentmesh
