#include "proxy/tasks.h"

#include <algorithm>
#include <utility>

namespace agentmesh::proxy {

const Call* Tasks::find(const std::string& id) const {
  const auto found = tasks_.find(id);
  return found == tasks_.end() || found->second.withdrawn ? nullptr : &found->second;
}

const Call* Tasks::withdrawn(const std::string& id) const {
  const auto found = tasks_.find(id);
  return found == tasks_.end() || !found->second.withdrawn ? nullptr : &found->second;
}

// A task known under this id stands for `call` if they have one decision.
const Call* Tasks::of(const Call& call) const {
  if (call.task_id.empty()) return nullptr;
  const auto found = tasks_.find(call.task_id);
  return found == tasks_.end() || found->second.wseq != call.wseq ? nullptr : &found->second;
}

Call* Tasks::of(const Call& call) {
  return const_cast<Call*>(static_cast<const Tasks*>(this)->of(call));
}

std::string Tasks::id_in(json::View result) {
  const json::View task = result.find("task");
  const json::View id = task.is_object() ? task.find("taskId") : result.find("taskId");
  return id.string();
}

bool Tasks::may_keep(const std::string& id, const Call& call) const {
  return !id.empty() && id.size() + call.tool.size() <= kLongestName &&
         (tasks_.size() < kMost || tasks_.contains(id));
}

std::optional<Call> Tasks::keep(const std::string& id, const Call& call) {
  if (!may_keep(id, call)) return std::nullopt;
  std::optional<Call> before;
  if (const auto known = tasks_.find(id);
      known != tasks_.end() && known->second.wseq != call.wseq) {
    if (ousted_.size() >= kMost) ousted_.clear();
    ousted_.insert(known->second.wseq);
    if (!known->second.settled) before = std::move(known->second);
  }
  Call& kept = tasks_[id];
  kept = call;
  kept.task_id = id;
  kept.id_raw.clear();  // of the request that is answered; the next one has its own
  return before;
}

void Tasks::withdraw(const Call& call) {
  Call* known = of(call);
  if (known == nullptr) return;
  known->settled = true;
  known->withdrawn = true;
}

void Tasks::found(const Call& call, std::span<const policy::Finding> findings) {
  Call* known = of(call);
  if (known == nullptr) return;
  for (const policy::Finding& finding : findings) {
    auto& all = known->told;
    if (all.size() < kMostFound && std::find(all.begin(), all.end(), finding) == all.end())
      all.push_back(finding);
  }
}

std::span<const policy::Finding> Tasks::found_so_far(const Call& call) const {
  const Call* known = of(call);
  return known == nullptr ? std::span<const policy::Finding>(call.told) : known->told;
}

bool Tasks::first_outcome(const Call& call) const {
  const Call* known = of(call);
  return known == nullptr ? !call.settled && !ousted_.contains(call.wseq) : !known->settled;
}

void Tasks::settle(const Call& call) {
  if (Call* known = of(call)) known->settled = true;
}

}  // namespace agentmesh::proxy
