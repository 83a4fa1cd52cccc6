// The tree of an expression: what the parser builds, the checker resolves and the evaluator walks.
//
// Nodes lie in one vector and name each other by index; the children of a node lie next to each other in another.
// After the checker every name is a slot, a local or a constant, and every call a function: the tree is the program.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/cel/arena.h"
#include "policy/cel/functions.h"
#include "policy/cel/regex.h"
#include "policy/cel/value.h"

namespace agentmesh::policy::cel {

enum class Op : uint8_t {
  kConstant,  // `index` into constants
  kName,      // unresolved: `text`; `dotted` for a leading dot
  kSlot,      // a declared name: `index`
  kLocal,     // a macro's variable: `index`
  kSelect,    // children: operand; `text`: the key
  kField,     // children: operand, a record; `index`: the field; `text`: its name
  kHas,       // children: operand; `text`: the key
  kIndex,     // children: operand, index
  kCall,      // unresolved: `text`; `dotted`: the first child is the receiver
  kFunction,  // `function`; children: receiver and arguments; `index`: 1 + its pattern in regexes, or 0
  kList,      // children: elements
  kMap,       // children: key, value, key, value …
  kNot,
  kNegate,
  kMultiply,
  kDivide,
  kRemainder,
  kAdd,
  kSubtract,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kAnd,  // two or more children
  kOr,
  kConditional,  // children: condition, then, else
  kAll,          // macros. children: range, body; `text`: the variable, `index`: its local
  kExists,
  kExistsOne,
  kFilter,
  kTransform,  // children: range, body, or range, filter, body
};

constexpr bool is_macro(Op op) { return op >= Op::kAll; }

using NodeId = uint32_t;

struct Node {
  Op op = Op::kConstant;
  bool dotted = false;
  Function function = Function::kSize;
  uint16_t depth = 1;  // of the tree below, this node included
  uint32_t index = 0;
  uint32_t offset = 0;  // bytes: where a message about this node points
  uint32_t first = 0;   // children
  uint32_t count = 0;
  std::string_view text;
};

struct Ast {
  explicit Ast(std::string_view text) : source(text) {}
  Ast(const Ast&) = delete;
  Ast& operator=(const Ast&) = delete;

  const std::string source;
  std::vector<Node> nodes;
  std::vector<NodeId> links;
  std::vector<Value> constants;  // lists and strings of theirs lie in `memory`
  Arena memory;
  std::vector<Regex> regexes;
  NodeId root = 0;
  uint32_t locals = 0;  // how many macro variables are alive at most

  std::span<const NodeId> children(const Node& node) const {
    return std::span(links).subspan(node.first, node.count);
  }
  const Node& child(const Node& node, uint32_t at) const { return nodes[links[node.first + at]]; }

  NodeId add(Node node, std::span<const NodeId> children);
  NodeId add_constant(Value value, uint32_t offset);
  // Turns a node into a constant; its children are no longer reached.
  void make_constant(NodeId node, Value value);
  const Value* constant(NodeId node) const {
    return nodes[node].op == Op::kConstant ? &constants[nodes[node].index] : nullptr;
  }
};

}  // namespace agentmesh::policy::cel
