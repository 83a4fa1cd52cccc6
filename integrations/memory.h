// Memory: what a client's file itself cannot tell: which entries had no args key before they were wrapped, and which files hold
// entries of ours, wherever they are.
//
// <state>/integrations.json: {"version":1,"args_added":[{"file","scope","entry","occurrence"} …],"files":[{"file","client"} …]}; paths
// and names, no secrets. It is a help, not a truth: lost or damaged, the backups beside the file and the clients' default files are
// asked instead.
//
// Order: writing is read, change, replace under the lock <state>/integrations.lock. Thread: one. Cost: disk.
// Failure: reading never fails (what cannot be read is forgotten); writing says why, a lock that is held for longer than `patience` too.

#pragma once

#include <chrono>
#include <compare>
#include <set>
#include <string>

#include "base/result.h"
#include "integrations/file_lock.h"

namespace agentmesh::integrations {

struct AddedArgs {
  std::string file;   // the real one, absolute
  std::string scope;  // Entry::scope
  std::string entry;
  size_t occurrence = 0;

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the zero that the compiler compares with for ours
  auto operator<=>(const AddedArgs&) const = default;
};

struct WrappedFile {
  std::string file;    // absolute, as it was named: its name decides which keys count
  std::string client;  // the flag under which it was wrapped

  // NOLINTNEXTLINE(modernize-use-nullptr): as above
  auto operator<=>(const WrappedFile&) const = default;
};

struct Memory {
  std::set<AddedArgs> args_added;
  std::set<WrappedFile> files;

  bool operator==(const Memory&) const = default;
  bool empty() const { return args_added.empty() && files.empty(); }
};

Memory remembered(const std::string& state_dir);
// `learned` is added, `forgotten` removed. Makes the directory if it is missing; writes nothing that is not new.
Result<void> remember(const std::string& state_dir, const Memory& learned, const Memory& forgotten,
                      std::chrono::milliseconds patience = kLockPatience);

}  // namespace agentmesh::integrations
