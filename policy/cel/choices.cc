#include "policy/cel/choices.h"

#include <array>

#include <fmt/format.h>

#include "base/bytes.h"
#include "policy/cel/suggest.h"

namespace agentmesh::policy::cel {

namespace {

class Settler {
 public:
  Settler(Ast& ast, const Choice& choice, std::vector<Remark>& warnings)
      : ast_(ast), choice_(choice), warnings_(warnings) {}

  // What a literal stands for if it is an older spelling. Warns if it can never be.
  const Choice::Older* look_at(NodeId id) {
    const Value* const literal = ast_.constant(id);
    if (literal == nullptr || literal->kind() != Kind::kString) return nullptr;
    const std::string_view text = literal->as_text();
    if (choice_.has(text)) return nullptr;
    if (const Choice::Older* older = choice_.find_older(text)) return older;
    std::vector<Candidate> candidates;
    for (const std::string& value : choice_.values) candidates.push_back({value, {}});
    for (const Choice::Older& older : choice_.older) candidates.push_back({older.spelling, {}});
    constexpr size_t kShown = 40;
    warnings_.push_back(
        remark_at(ast_.source, ast_.nodes[id].offset,
                  fmt::format("{} is never '{}'{}", choice_.of, cut_utf8(text, kShown),
                              did_you_mean(text, candidates))));
    return nullptr;
  }

  // choice == 'older' and choice != 'older'
  void equality(NodeId id, NodeId choice, NodeId literal) {
    const Choice::Older* const older = look_at(literal);
    if (older == nullptr) return;
    const uint32_t offset = ast_.nodes[literal].offset;
    const NodeId list = list_of(constants(older->means, offset), offset);
    if (ast_.nodes[id].op == Op::kEqual) return become(id, Op::kIn, std::array{choice, list});
    Node in;
    in.op = Op::kIn;
    in.offset = ast_.nodes[id].offset;
    become(id, Op::kNot, std::array{ast_.add(in, std::array{choice, list})});
  }

  // choice in ['a', 'older', 'b']
  void membership(NodeId id, NodeId choice, NodeId list) {
    const Node node = ast_.nodes[list];
    if (node.op != Op::kList) return;
    std::vector<NodeId> elements;
    bool changed = false;
    for (uint32_t i = 0; i < node.count; ++i) {
      const NodeId element = ast_.links[node.first + i];
      const Choice::Older* const older = look_at(element);
      if (older == nullptr) {
        elements.push_back(element);
        continue;
      }
      changed = true;
      for (const NodeId meant : constants(older->means, ast_.nodes[element].offset)) {
        elements.push_back(meant);
      }
    }
    if (changed) become(id, Op::kIn, std::array{choice, list_of(elements, node.offset)});
  }

  // 'older' in choices
  void occurrence(NodeId id, NodeId literal, NodeId choices) {
    const Choice::Older* const older = look_at(literal);
    if (older == nullptr) return;
    std::vector<NodeId> tests;
    Node in;
    in.op = Op::kIn;
    in.offset = ast_.nodes[id].offset;
    for (const NodeId meant : constants(older->means, ast_.nodes[literal].offset)) {
      tests.push_back(ast_.add(in, std::array{meant, choices}));
    }
    become(id, Op::kOr, tests);
  }

 private:
  std::vector<NodeId> constants(const std::vector<std::string>& texts, uint32_t offset) {
    std::vector<NodeId> ids;
    for (const std::string& text : texts) {
      ids.push_back(ast_.add_constant(Value::string(ast_.memory.copy(text)), offset));
    }
    return ids;
  }
  NodeId list_of(const std::vector<NodeId>& elements, uint32_t offset) {
    Node list;
    list.op = Op::kList;
    list.offset = offset;
    return ast_.add(list, elements);
  }
  // Gives a node another operator and other children; it keeps its place.
  void become(NodeId id, Op op, std::span<const NodeId> children) {
    Node node;
    node.op = op;
    node.offset = ast_.nodes[id].offset;
    const NodeId made = ast_.add(node, children);
    ast_.nodes[id] = ast_.nodes[made];
  }

  Ast& ast_;
  const Choice& choice_;
  std::vector<Remark>& warnings_;
};

}  // namespace

void settle_choices(Ast& ast, NodeId comparison, const Type& left, const Type& right,
                    std::vector<Remark>& warnings) {
  const Node node = ast.nodes[comparison];
  const NodeId a = ast.links[node.first];
  const NodeId b = ast.links[node.first + 1];
  const bool in = node.op == Op::kIn;
  if (left.choice() != nullptr) {
    Settler settler(ast, *left.choice(), warnings);
    in ? settler.membership(comparison, a, b) : settler.equality(comparison, a, b);
  } else if (in && right.element().choice() != nullptr) {
    Settler(ast, *right.element().choice(), warnings).occurrence(comparison, a, b);
  } else if (!in && right.choice() != nullptr) {
    Settler(ast, *right.choice(), warnings).equality(comparison, b, a);
  }
}

}  // namespace agentmesh::policy::cel
