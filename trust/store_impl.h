// What the files behind Store have in common; included by store*.cc only.

#pragma once

#include <sys/types.h>

#include <string>
#include <utility>

#include "base/clock.h"
#include "base/crypto.h"
#include "trust/store.h"
#include "trust/store_database.h"

namespace agentmesh::trust {

struct Store::Impl {
  Impl(std::string directory, const Clock& the_clock)
      : state_dir(std::move(directory)), path(state_dir + "/state.db"), clock(the_clock) {}

  Result<void> open_database();
  // Opens it again if it is not the file under its name any more: somebody removed it, or moved a broken one aside.
  Result<void> ready();

  std::string state_dir;
  std::string path;
  ino_t inode = 0;
  dev_t device = 0;
  std::unique_ptr<Database> database;  // null if the last attempt to open it again failed
  const Clock& clock;
  Hash key{};
  std::string notice;
  bool to_read = false;  // open_to_read(): never opened again, never made

  Result<std::vector<SubjectSums>> add_all(std::span<const SubjectSums> deltas,
                                           const Options& options, int64_t changed);
  Result<void> put_mark(const Flushed& mark);
  Result<std::vector<Flushed>> marks();
  Result<bool> unrestored();
  // False: the file was restored from the log by others, and has no mark of this writer.
  Result<bool> knows(std::string_view writer);
  // The number of the next change that running proxies must hear of. Inside a transaction.
  Result<int64_t> next_change();
  Result<std::vector<SubjectSums>> subjects_changed_since(int64_t upto);
  Result<std::vector<Pin>> pins_changed_since(int64_t upto);
  Result<bool> reload_ordered_since(int64_t upto);
  // `changed` 0: proxies need not hear of it, and a person's refusal stands; else the number of the change.
  Result<std::vector<Pin>> write_pins(std::span<const PinWrite> writes, bool by_person);
};

}  // namespace agentmesh::trust
