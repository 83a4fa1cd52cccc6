#include "policy/guards.h"

#include <algorithm>

#include "policy/names.h"
#include "policy/rules.h"

namespace agentmesh::policy {

namespace {

using cel::Ast;
using cel::Node;
using cel::NodeId;
using cel::Op;

bool is_slot(const Node& node, Name name) {
  return node.op == Op::kSlot && node.index == static_cast<uint32_t>(name);
}
bool is_field(const Ast& ast, const Node& node, Name name, std::string_view field) {
  return node.op == Op::kField && node.text == field && node.count == 1 &&
         is_slot(ast.child(node, 0), name);
}
bool is_kind(const Ast& ast, const Node& node) {
  return is_field(ast, node, Name::kAction, "type");
}
bool is_tool(const Ast& ast, const Node& node) {
  return is_slot(node, Name::kTool) || is_field(ast, node, Name::kAction, "tool");
}

// The texts of a constant text or of a list of such; nothing if it is anything else.
std::optional<std::vector<std::string>> texts(const Ast& ast, NodeId id) {
  const Node& node = ast.nodes[id];
  std::vector<std::string> out;
  const auto take = [&out](const cel::Value& value) {
    if (value.kind() != cel::Kind::kString) return false;
    out.emplace_back(value.as_text());
    return true;
  };
  if (const cel::Value* constant = ast.constant(id)) {
    if (constant->kind() != cel::Kind::kList) {
      if (!take(*constant)) return std::nullopt;
      return out;
    }
    if (constant->form() != cel::Value::Form::kPlain) return std::nullopt;
    for (const cel::Value& item : constant->items())
      if (!take(item)) return std::nullopt;
    return out;
  }
  if (node.op != Op::kList) return std::nullopt;
  for (const NodeId child : ast.children(node)) {
    const cel::Value* constant = ast.constant(child);
    if (constant == nullptr || !take(*constant)) return std::nullopt;
  }
  return out;
}

// The texts that one side is compared with, where the other side is what `is` tells.
template <class Is>
std::optional<std::vector<std::string>> compared(const Ast& ast, const Node& node, Is is) {
  if (node.count != 2) return std::nullopt;
  const NodeId left = ast.links[node.first];
  const NodeId right = ast.links[node.first + 1];
  if (is(ast, ast.nodes[left])) return texts(ast, right);
  if (node.op != Op::kIn && is(ast, ast.nodes[right])) return texts(ast, left);
  return std::nullopt;
}

KindSet kinds_of(const std::vector<std::string>& words) {
  KindSet out = 0;
  for (const std::string& word : words)
    if (const auto kind = kind_from(word))
      out = static_cast<KindSet>(out | 1U << static_cast<unsigned>(*kind));
  return out;
}

KindSet kinds(const Ast& ast, const Node& node) {
  switch (node.op) {
    case Op::kAnd: {
      KindSet out = kAllKinds;
      for (const NodeId child : ast.children(node)) out &= kinds(ast, ast.nodes[child]);
      return out;
    }
    case Op::kOr: {
      KindSet out = 0;
      for (const NodeId child : ast.children(node)) out |= kinds(ast, ast.nodes[child]);
      return out;
    }
    case Op::kEqual:
    case Op::kIn:
      if (const auto words = compared(ast, node, is_kind)) return kinds_of(*words);
      return kAllKinds;
    case Op::kNotEqual:
      if (const auto words = compared(ast, node, is_kind))
        return static_cast<KindSet>(kAllKinds & ~kinds_of(*words));
      return kAllKinds;
    case Op::kNot: {
      const Node& inner = ast.child(node, 0);
      if (inner.op != Op::kIn && inner.op != Op::kEqual) return kAllKinds;
      if (const auto words = compared(ast, inner, is_kind))
        return static_cast<KindSet>(kAllKinds & ~kinds_of(*words));
      return kAllKinds;
    }
    default: return kAllKinds;
  }
}

std::optional<std::vector<std::string>> tools(const Ast& ast, const Node& node) {
  switch (node.op) {
    case Op::kAnd:
      for (const NodeId child : ast.children(node))
        if (auto found = tools(ast, ast.nodes[child])) return found;
      return std::nullopt;
    case Op::kOr: {
      std::vector<std::string> all;
      for (const NodeId child : ast.children(node)) {
        auto found = tools(ast, ast.nodes[child]);
        if (!found) return std::nullopt;
        all.insert(all.end(), found->begin(), found->end());
      }
      return all;
    }
    case Op::kEqual:
    case Op::kIn: return compared(ast, node, is_tool);
    default: return std::nullopt;
  }
}

bool needs_findings(const Ast& ast, const Node& node) {
  const std::span<const NodeId> children = ast.children(node);
  const auto needs = [&ast](NodeId child) { return needs_findings(ast, ast.nodes[child]); };
  switch (node.op) {
    case Op::kAnd: return std::any_of(children.begin(), children.end(), needs);
    case Op::kOr: return std::all_of(children.begin(), children.end(), needs);
    case Op::kExists: return is_slot(ast.child(node, 0), Name::kFindings);
    default: return false;
  }
}

}  // namespace

Guard read_guard(const cel::Program& condition) {
  const Ast& ast = condition.ast();
  const Node& root = ast.nodes[ast.root];
  return {kinds(ast, root), tools(ast, root), needs_findings(ast, root)};
}

}  // namespace agentmesh::policy
