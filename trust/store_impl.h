// What the files behind Store have in common; included by store*.cc only.

#pragma once

#include <string>

#include "base/clock.h"
#include "base/crypto.h"
#include "trust/store.h"
#include "trust/store_database.h"

namespace agentmesh::trust {

struct Store::Impl {
  explicit Impl(const Clock& the_clock) : clock(the_clock) {}
  std::unique_ptr<Database> database;
  const Clock& clock;
  Hash key{};
  std::string notice;
  bool fresh = false;

  // The number of the next change that running proxies must hear of. Inside a transaction.
  Result<int64_t> next_change();
  Result<std::vector<SubjectSums>> subjects_changed_since(int64_t upto);
  Result<std::vector<Pin>> pins_changed_since(int64_t upto);
  // `changed` 0: proxies need not hear of it, and a person's refusal stands; else the number of the change.
  Result<std::vector<Pin>> write_pins(std::span<const PinWrite> writes, bool by_person);
};

}  // namespace agentmesh::trust
