#include "policy/cel/reads.h"

#include <algorithm>
#include <optional>
#include <set>

namespace agentmesh::policy::cel {

namespace {

using Paths = std::set<std::string>;  // paths known to be there

Paths both(Paths a, const Paths& b) {
  a.insert(b.begin(), b.end());
  return a;
}

Paths either(const Paths& a, const Paths& b) {
  Paths out;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::inserter(out, out.end()));
  return out;
}

class Reader {
 public:
  explicit Reader(const Ast& ast) : ast_(ast) {}

  // What must be there if the tree is `truth`.
  Paths proven(NodeId id, bool truth) const {
    const Node& node = ast_.nodes[id];
    switch (node.op) {
      case Op::kNot: return proven(ast_.links[node.first], !truth);
      case Op::kHas: return truth ? prefixes(path(ast_.links[node.first]), node.text) : Paths{};
      case Op::kIn: {
        const Value* const key = ast_.constant(ast_.links[node.first]);
        if (!truth || key == nullptr || key->kind() != Kind::kString) return {};
        return prefixes(path(ast_.links[node.first + 1]), key->as_text());
      }
      case Op::kAnd:
      case Op::kOr: return proven_by_parts(node, truth);
      default: return {};
    }
  }

  void collect(NodeId id, const Paths& known, std::vector<Read>& out) const {
    const Node& node = ast_.nodes[id];
    switch (node.op) {
      case Op::kSlot:
        out.push_back(Read{Read::What::kName, std::string(node.text), node.offset, true});
        return;
      case Op::kField:
      case Op::kSelect:
      case Op::kIndex: collect_member(id, node, known, out); return;
      case Op::kAnd:
      case Op::kOr: collect_logic(node, known, out); return;
      case Op::kConditional: {
        const NodeId condition = ast_.links[node.first];
        collect(condition, known, out);
        collect(ast_.links[node.first + 1], both(known, proven(condition, true)), out);
        collect(ast_.links[node.first + 2], both(known, proven(condition, false)), out);
        return;
      }
      default:
        for (const NodeId child : ast_.children(node)) collect(child, known, out);
    }
  }

 private:
  // "args.path" for a chain that starts at a name; "" for anything else.
  std::string path(NodeId id) const {
    const Node& node = ast_.nodes[id];
    if (node.op == Op::kSlot) return std::string(node.text);
    if (node.op != Op::kField && node.op != Op::kSelect && node.op != Op::kIndex) return "";
    const std::string operand = path(ast_.links[node.first]);
    if (operand.empty()) return "";
    if (node.op != Op::kIndex) return operand + "." + std::string(node.text);
    const Value* const key = ast_.constant(ast_.links[node.first + 1]);
    if (key == nullptr || key->kind() != Kind::kString) return "";
    return operand + "." + std::string(key->as_text());
  }

  // has(args.a.b) without an error means that args.a is there as well.
  static Paths prefixes(const std::string& operand, std::string_view key) {
    if (operand.empty()) return {};
    Paths out{operand + "." + std::string(key)};
    for (size_t dot = operand.find('.'); dot != std::string::npos;
         dot = operand.find('.', dot + 1)) {
      out.insert(operand.substr(0, dot));
    }
    out.insert(operand);
    return out;
  }

  Paths proven_by_parts(const Node& node, bool truth) const {
    const bool all_hold = (node.op == Op::kAnd) == truth;
    std::optional<Paths> out;
    for (const NodeId child : ast_.children(node)) {
      Paths one = proven(child, truth);
      out = !out ? std::move(one) : all_hold ? both(std::move(*out), one) : either(*out, one);
    }
    return out.value_or(Paths{});
  }

  // An operand of && matters only if the others are true, whichever comes first: a false one absorbs its error.
  void collect_logic(const Node& node, const Paths& known, std::vector<Read>& out) const {
    const auto children = ast_.children(node);
    struct Proof {
      size_t child;
      Paths paths;
    };
    std::vector<Proof> proofs;
    for (size_t i = 0; i < children.size(); ++i) {
      if (Paths paths = proven(children[i], node.op == Op::kAnd); !paths.empty()) {
        proofs.push_back({i, std::move(paths)});
      }
    }
    for (size_t i = 0; i < children.size(); ++i) {
      Paths inner = known;
      for (const Proof& proof : proofs) {
        if (proof.child != i) inner.insert(proof.paths.begin(), proof.paths.end());
      }
      collect(children[i], inner, out);
    }
  }

  void collect_member(NodeId id, const Node& node, const Paths& known,
                      std::vector<Read>& out) const {
    for (const NodeId child : ast_.children(node)) collect(child, known, out);
    std::string whole = path(id);
    if (whole.empty()) return;
    const bool key = node.op != Op::kField;
    const bool guarded = !key || known.contains(whole);
    out.push_back(
        Read{key ? Read::What::kKey : Read::What::kField, std::move(whole), node.offset, guarded});
  }

  const Ast& ast_;
};

}  // namespace

std::vector<Read> reads_of(const std::vector<Clause>& clauses, size_t of) {
  Paths known;
  for (size_t i = 0; i < clauses.size(); ++i) {
    if (i != of) {
      known = both(std::move(known),
                   Reader(*clauses[i].ast).proven(clauses[i].ast->root, !clauses[i].negated));
    }
  }
  std::vector<Read> out;
  const Ast& ast = *clauses[of].ast;
  Reader(ast).collect(ast.root, known, out);
  std::stable_sort(out.begin(), out.end(),
                   [](const Read& a, const Read& b) { return a.offset < b.offset; });
  const auto same = [](const Read& a, const Read& b) {
    return a.offset == b.offset && a.path == b.path;
  };
  out.erase(std::unique(out.begin(), out.end(), same), out.end());
  return out;
}

}  // namespace agentmesh::policy::cel
