// Memory: which entries had no args key before they were wrapped, which the file itself cannot tell.
//
// <state>/integrations.json: {"version":1,"args_added":[{"file","scope","entry","occurrence"} …]}; paths and names, no secrets. It is
// a help, not a truth: lost or damaged, the backups beside the file are asked instead.
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

std::set<AddedArgs> remembered(const std::string& state_dir);
// `learned` is added, `forgotten` removed. Makes the directory if it is missing; writes nothing that is not new.
Result<void> remember(const std::string& state_dir, const std::set<AddedArgs>& learned,
                      const std::set<AddedArgs>& forgotten,
                      std::chrono::milliseconds patience = kLockPatience);

}  // namespace agentmesh::integrations
