#include "policy/guards.h"

#include <algorithm>

#include <re2/re2.h>

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

// Whether kinds() says all there is to the node.
bool asks_kind_alone(const Ast& ast, const Node& node) {
  switch (node.op) {
    case Op::kOr: {
      const auto children = ast.children(node);
      return std::all_of(children.begin(), children.end(),
                         [&ast](NodeId child) { return asks_kind_alone(ast, ast.nodes[child]); });
    }
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kIn: return compared(ast, node, is_kind).has_value();
    case Op::kNot: {
      const Node& inner = ast.child(node, 0);
      return (inner.op == Op::kIn || inner.op == Op::kEqual) &&
             compared(ast, inner, is_kind).has_value();
    }
    default: return false;
  }
}

std::vector<uint32_t> settled(const Ast& ast, const Node& root) {
  std::vector<uint32_t> out;
  if (root.op != Op::kAnd) return out;
  for (uint32_t i = 0; i < root.count; ++i)
    if (asks_kind_alone(ast, ast.child(root, i))) out.push_back(i);
  if (out.size() == root.count) out.pop_back();
  return out;
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

NameSet needs(const Ast& ast, const Node& node) {
  switch (node.op) {
    case Op::kAnd: {
      NameSet out = 0;
      for (const NodeId child : ast.children(node)) out |= needs(ast, ast.nodes[child]);
      return out;
    }
    case Op::kOr: {
      NameSet out = ~NameSet{0};
      for (const NodeId child : ast.children(node)) out &= needs(ast, ast.nodes[child]);
      return out;
    }
    case Op::kExists:
      for (const Name name : {Name::kFindings, Name::kPaths, Name::kUrls})
        if (is_slot(ast.child(node, 0), name)) return name_bit(name);
      return 0;
    default: return 0;
  }
}

// The argument that a node reads: args.NAME or args['NAME'].
std::optional<std::string> argument(const Ast& ast, const Node& node) {
  if (node.op == Op::kSelect && is_slot(ast.child(node, 0), Name::kArgs))
    return std::string(node.text);
  if (node.op != Op::kIndex || !is_slot(ast.child(node, 0), Name::kArgs)) return std::nullopt;
  auto key = texts(ast, ast.links[node.first + 1]);
  const cel::Value* constant = ast.constant(ast.links[node.first + 1]);
  if (!key || constant == nullptr || constant->kind() != cel::Kind::kString) return std::nullopt;
  return std::move(key->front());
}

std::optional<std::vector<Pattern>> one(const std::string& regex) {
  auto pattern = Pattern::compile("/" + regex + "/");
  if (!pattern) return std::nullopt;  // too large by itself: the rule is always asked
  return std::vector<Pattern>{std::move(*pattern)};
}

std::string quoted(std::string_view text) { return RE2::QuoteMeta({text.data(), text.size()}); }

// The patterns of which a text must fit one for the node to be true of it.
std::optional<std::vector<Pattern>> patterns(const Ast& ast, const Node& node) {
  if (node.op == Op::kEqual || node.op == Op::kIn) {
    const auto reads = [](const Ast& in, const Node& side) {
      return argument(in, side).has_value();
    };
    const auto words = compared(ast, node, reads);
    if (!words) return std::nullopt;
    std::vector<Pattern> out;
    for (const std::string& word : *words) out.push_back(Pattern::exact(word));
    return out;
  }
  if (node.op != Op::kFunction || node.count != 2) return std::nullopt;
  const cel::Value* literal = ast.constant(ast.links[node.first + 1]);
  if (literal == nullptr || literal->kind() != cel::Kind::kString) return std::nullopt;
  const std::string_view text = literal->as_text();
  switch (node.function) {
    case cel::Function::kContains: return one(quoted(text));
    case cel::Function::kStartsWith: return one("\\A" + quoted(text));
    case cel::Function::kEndsWith: return one(quoted(text) + "\\z");
    case cel::Function::kMatches: return one(std::string(text));
    default: return std::nullopt;
  }
}

std::optional<ArgGuard> arg_guard(const Ast& ast, const Node& node) {
  if (node.op == Op::kAnd) {
    std::optional<ArgGuard> found;
    for (const NodeId child : ast.children(node)) {
      found = arg_guard(ast, ast.nodes[child]);
      if (found) break;
    }
    if (!found) return std::nullopt;
    // has(args.NAME) && …: a call without it is none of its business.
    for (const NodeId child : ast.children(node)) {
      const Node& part = ast.nodes[child];
      if (part.op == Op::kHas && part.text == found->name &&
          is_slot(ast.child(part, 0), Name::kArgs))
        found->missing = false;
    }
    return found;
  }
  if (node.op == Op::kOr) {
    std::optional<ArgGuard> all;
    for (const NodeId child : ast.children(node)) {
      auto found = arg_guard(ast, ast.nodes[child]);
      if (!found || (all && all->name != found->name)) return std::nullopt;
      if (!all) {
        all = std::move(found);
        continue;
      }
      all->missing = all->missing || found->missing;
      all->texts.insert(all->texts.end(), found->texts.begin(), found->texts.end());
    }
    return all;
  }
  std::optional<std::string> name;
  for (const NodeId child : ast.children(node))
    if (!name) name = argument(ast, ast.nodes[child]);
  if (!name) return std::nullopt;
  auto fits = patterns(ast, node);
  if (!fits) return std::nullopt;
  return ArgGuard{std::move(*name), std::move(*fits), true, false, false};
}

}  // namespace

Guard read_guard(const cel::Program& condition) {
  const Ast& ast = condition.ast();
  const Node& root = ast.nodes[ast.root];
  return {kinds(ast, root), tools(ast, root), needs(ast, root), arg_guard(ast, root),
          settled(ast, root)};
}

}  // namespace agentmesh::policy
