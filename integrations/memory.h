// Memory: what a client's file itself cannot tell: which entries had no args key before they were wrapped, and which files hold
// entries of ours, wherever they are.
//
// <state>/integrations.json: {"version":1,"args_added":[{"file","under","scope","entry","occurrence"} …],"files":[{"file","client","real"} …]};
// paths and names, no secrets. A path that is not UTF-8 stands there as the hex digits of its bytes, under "file_hex" ("real_hex"). A row whose
// file is no absolute path (nor real, if it has one), or of no client, is damaged. The backups beside a file know its args as well; which files in no usual place are wrapped only
// this knows: one that is damaged is never written over but set aside, as integrations.json.bad-TIME; the rows that are not are kept.
//
// Order: writing is read, change, replace under the lock <state>/integrations.lock. Thread: one. Cost: disk.
// Failure: a sentence that names the file; a lock that is held for longer than `patience` is one too.

#pragma once

#include <chrono>
#include <compare>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "integrations/entries.h"
#include "integrations/file_lock.h"

namespace agentmesh::integrations {

struct AddedArgs {
  std::string file;  // the real one, absolute
  EntryId entry;  // `under` is "" in what an earlier version wrote: one of those that are called so

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the zero that the compiler compares with for ours
  auto operator<=>(const AddedArgs&) const = default;
};

struct WrappedFile {
  std::string file;    // absolute, as it was named: its name decides which keys count
  std::string client;  // the flag under which it was wrapped
  std::string real =
      {};  // where that name led, links followed; "": it was the name of the file itself

  // NOLINTNEXTLINE(modernize-use-nullptr): as above
  auto operator<=>(const WrappedFile&) const = default;
};

struct Memory {
  std::set<AddedArgs> args_added;
  std::set<WrappedFile> files;

  bool operator==(const Memory&) const = default;
  bool empty() const { return args_added.empty() && files.empty(); }
};

// The files that it may be now, one or two: its name, which its client reads, and where that led, if it leads elsewhere since (a client that
// saves by renaming puts a file in a link's place). What was removed is none of them; what is away (files.h) is. Of two that are gone it is
// one, the name unless only that was removed. Each is read as the name says.
std::vector<std::string> files_of(const WrappedFile& wrapped);

// Nothing where there is no file yet. Errors: it cannot be read, or not be understood (EBADMSG), or a newer version made it (ENOTSUP).
Result<Memory> recall(const std::string& state_dir);
// For who does with what there is: of a damaged file the rows that are not, of one that cannot be read nothing.
Memory remembered(const std::string& state_dir);

// What is not remembered any more: the file, if it cannot be read, and those that were set aside.
struct Forgotten {
  std::string file;
  std::string why;
  int errno_value = 0;
  bool in_part = false;  // some rows of it: the others are known
};
std::vector<Forgotten> forgotten_in(const std::string& state_dir);

// `learned` is added, `forgotten` removed. Makes the directory if it is missing and there is something to learn; of what
// is so already nothing is locked or written. Returns "", or what a person should hear: that the file was damaged and set aside.
Result<std::string> remember(const std::string& state_dir, const Memory& learned,
                             const Memory& forgotten,
                             std::chrono::milliseconds patience = kLockPatience);

// True if one of the rows is in the memory.
bool knows_any(const Memory& memory, const Memory& rows);

}  // namespace agentmesh::integrations
