#include "proxy/outstanding.h"

#include <utility>

namespace agentmesh::proxy {

Outstanding::Added Outstanding::add(const std::string& id_key, Pending pending) {
  if (table_.contains(id_key)) return Added::kDuplicate;
  if (full()) return Added::kFull;
  bytes_ += bytes_of(id_key, pending);
  if (spare_.empty()) {
    table_.emplace(id_key, std::move(pending));
    return Added::kYes;
  }
  Table::node_type node = std::move(spare_.back());
  spare_.pop_back();
  node.key() = id_key;
  node.mapped() = std::move(pending);
  (void)table_.insert(std::move(node));
  return Added::kYes;
}

Pending* Outstanding::find(const std::string& id_key) {
  const auto found = table_.find(id_key);
  return found == table_.end() ? nullptr : &found->second;
}

void Outstanding::erase(const std::string& id_key) {
  Table::node_type node = table_.extract(id_key);
  if (!node) return;
  const size_t bytes = bytes_of(node.key(), node.mapped());
  bytes_ -= bytes;
  if (spare_.size() < kSpare && bytes <= kSpareBytes) spare_.push_back(std::move(node));
}

}  // namespace agentmesh::proxy
