#include "proxy/outstanding.h"

#include <utility>

namespace agentmesh::proxy {

Outstanding::Added Outstanding::add(const std::string& id_key, Pending pending) {
  if (table_.contains(id_key)) return Added::kDuplicate;
  if (table_.size() >= limit_) return Added::kFull;
  table_.emplace(id_key, std::move(pending));
  return Added::kYes;
}

Pending* Outstanding::find(const std::string& id_key) {
  const auto found = table_.find(id_key);
  return found == table_.end() ? nullptr : &found->second;
}

void Outstanding::erase(const std::string& id_key) { table_.erase(id_key); }

}  // namespace agentmesh::proxy
