#include "policy/cel/ast.h"

#include <algorithm>

namespace agentmesh::policy::cel {

NodeId Ast::add(Node node, std::span<const NodeId> children) {
  node.first = static_cast<uint32_t>(links.size());
  node.count = static_cast<uint32_t>(children.size());
  uint16_t deepest = 0;
  for (const NodeId child : children) deepest = std::max(deepest, nodes[child].depth);
  node.depth = static_cast<uint16_t>(deepest + 1);
  links.insert(links.end(), children.begin(), children.end());
  nodes.push_back(node);
  return static_cast<NodeId>(nodes.size() - 1);
}

NodeId Ast::add_constant(Value value, uint32_t offset) {
  constants.push_back(value);
  Node node;
  node.index = static_cast<uint32_t>(constants.size() - 1);
  node.offset = offset;
  return add(node, {});
}

void Ast::make_constant(NodeId node, Value value) {
  constants.push_back(value);
  Node& changed = nodes[node];
  changed.op = Op::kConstant;
  changed.index = static_cast<uint32_t>(constants.size() - 1);
  changed.first = changed.count = 0;
  changed.depth = 1;
}

}  // namespace agentmesh::policy::cel
