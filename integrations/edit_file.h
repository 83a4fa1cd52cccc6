// EditFile: one file of another program, read and replaced so that it is whole at every moment.
//
// Symbolic links are followed and stay; the real file is locked (flock, advisory), read, and remembered. replace() makes a
// backup beside it, writes a temporary file with the same mode, owner and attributes, looks whether the file is still the
// one that was read, and renames. Killed at any point, the file is the old or the new one.
//
// Order: open, at most one replace. Thread: one. Cost: disk; two fsyncs of the file's size and one of the directory.
// Failure: a sentence that names the file; nothing was changed then, and no backup is left.

#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/fd.h"
#include "base/result.h"

namespace agentmesh::integrations {

// The moments at which a run can be killed: told to a test's hook as each is over.
enum class Step { kOpened, kBackedUp, kWritten, kLookedAgain, kRenamed };
using StepHook = std::function<void(Step)>;

class EditFile {
 public:
  // `path` as a person gave it. Refused: what is no regular file, cannot be read, is larger than 64 MiB, or is a link to nothing.
  static Result<EditFile> open(const std::string& path);

  // Why it may only be read: it has no write permission bit, or is not ours to write. Then replace() refuses; where nothing is to be
  // changed it is worth no word.
  const std::optional<Error>& held() const { return held_; }

  const std::string& path() const { return path_; }  // links followed, absolute
  const std::string& bytes() const { return bytes_; }
  // Takes away what runs left beside it that were killed while they wrote.
  void remove_leftovers() const;
  // How many names it has: a new file in its place takes one of them only.
  size_t names() const { return static_cast<size_t>(status_.st_nlink); }

  // Returns the backup's path: FILE.agentmesh-YYYYMMDDTHHMMSSZ.bak, with -2, -3 … before .bak if it is taken.
  // `ready` is asked when the new file lies beside the old one, which is still the one that was read: its error stops the
  // replacement, and what is refused before it is asked has left no trace.
  Result<std::string> replace(std::string_view bytes, int64_t now_us, const StepHook& hook,
                              const std::function<Result<void>()>& ready);

 private:
  EditFile() = default;
  bool still_the_same() const;

  std::string path_;
  std::string bytes_;
  struct stat status_ {};
  Hash hash_{};
  Fd lock_;
  std::optional<Error> held_;
};

// The backups beside `path` (a real file), the newest first.
std::vector<std::string> backups_of(const std::string& path);

}  // namespace agentmesh::integrations
