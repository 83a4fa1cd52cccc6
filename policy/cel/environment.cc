#include "policy/cel/environment.h"

namespace agentmesh::policy::cel {

uint16_t Environment::declare(std::string name, Type type, std::vector<std::string> also_called) {
  names_.push_back(Name{std::move(name), std::move(type), std::move(also_called)});
  return static_cast<uint16_t>(names_.size() - 1);
}

int Environment::find(std::string_view name) const {
  for (size_t i = 0; i < names_.size(); ++i) {
    if (names_[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace agentmesh::policy::cel
