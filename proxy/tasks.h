// Tasks: the calls that became tasks, until what they came for was fetched and after.
//
// A task's handle answers its call, and its result comes with another request (tasks/result, or tasks/get in 2026-07-28). The
// call is kept here by the task's id, so that what comes belongs to the call's decision, and its outcome is recorded once.
// Thread: one. Memory: at most kMost tasks, and none with an endless name; others are read like tasks of an earlier process.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "base/json.h"
#include "policy/verdict.h"
#include "proxy/calls.h"

namespace agentmesh::proxy {

class Tasks {
 public:
  // The call that became this task; null if that is not known, or something of it was withheld since (what is asked about it
  // from then on is a question of its own).
  const Call* find(const std::string& id) const;
  // The call behind a task of which something was withheld.
  const Call* withdrawn(const std::string& id) const;
  // Whether `call`, which may be a copy made for a poll, is kept.
  bool keeps(const Call& call) const { return of(call) != nullptr; }

  // The id in a task's handle, in either spelling of the protocol; "" if there is none.
  static std::string id_in(json::View result);
  bool may_keep(const std::string& id, const Call& call) const;
  // The call that had this id before, if its outcome is not recorded yet: nothing can be fetched for it any more.
  std::optional<Call> keep(const std::string& id, const Call& call);
  void withdraw(const Call& call);
  // Something was found in what the server says of it: goes into the record of its outcome.
  void found(const Call& call, std::span<const policy::Finding> findings);
  std::span<const policy::Finding> found_so_far(const Call& call) const;

  // False if the outcome of what `call` stands for is recorded already (a task's result may be fetched again).
  bool first_outcome(const Call& call) const;
  void settle(const Call& call);

  template <class Visit>
  void each_unsettled(Visit visit) const {
    for (const auto& [id, call] : tasks_)
      if (!call.settled) visit(call);
  }

 private:
  static constexpr size_t kMost = 65'536;
  static constexpr size_t kMostFound = 64;      // findings per task
  static constexpr size_t kLongestName = 4096;  // of a task and its tool
  const Call* of(const Call& call) const;
  Call* of(const Call& call);
  std::unordered_map<std::string, Call> tasks_;
  // wseq of calls whose task's id went to another call: their outcomes are recorded, and polls of them may still be under way.
  std::unordered_set<uint64_t> ousted_;
};

}  // namespace agentmesh::proxy
