#include "policy/cel/folder.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "policy/cel/collection.h"
#include "policy/cel/context.h"
#include "policy/cel/evaluator.h"
#include "policy/cel/parser.h"

namespace agentmesh::policy::cel {

namespace {

constexpr int64_t kSteps = 20'000;             // for one subtree: no fold makes loading slow
constexpr uint32_t kMaxKept = 4096;            // elements of a list or map kept as a constant
constexpr size_t kMaxText = size_t{64} << 10;  // bytes of a string kept as a constant

// Copies a value of a Context into memory that stays. nullopt if it is too large to keep.
class Keeper {
 public:
  Keeper(Arena& memory, Context& context) : memory_(memory), context_(context) {}

  std::optional<Value> keep(const Value& value) {
    if (++kept_ > kMaxKept) return std::nullopt;
    switch (value.kind()) {
      case Kind::kString:
      case Kind::kBytes: {
        if (value.as_text().size() > kMaxText) return std::nullopt;
        const std::string_view text = memory_.copy(value.as_text());
        return value.kind() == Kind::kString ? Value::string(text) : Value::bytes(text);
      }
      case Kind::kList: {
        const std::span<Value> items = memory_.array<Value>(count(value));
        for (uint32_t i = 0; i < items.size(); ++i) {
          const auto item = keep(element(value, i, context_));
          if (!item) return std::nullopt;
          items[i] = *item;
        }
        return Value::list(items);
      }
      case Kind::kMap: {
        const std::span<MapEntry> entries = memory_.array<MapEntry>(count(value));
        for (uint32_t i = 0; i < entries.size(); ++i) {
          const auto its_key = keep(key(value, i));
          const auto its_value = keep(element(value, i, context_));
          if (!its_key || !its_value) return std::nullopt;
          entries[i] = MapEntry{*its_key, *its_value};
        }
        return Value::map(entries);
      }
      default: return value;
    }
  }

 private:
  Arena& memory_;
  Context& context_;
  uint32_t kept_ = 0;
};

class Folder {
 public:
  Folder(Ast& ast, std::vector<Remark>& warnings)
      : ast_(ast), warnings_(warnings), needs_(ast.nodes.size(), kUnknown) {}

  Parsed<void> run() {
    fold(ast_.root);
    return patterns(ast_.root);
  }

 private:
  // What a tree needs to be evaluated: one bit for each macro variable around it, one for the names. 0: it is constant.
  static_assert(kMaxMacroDepth <= 16);
  static constexpr uint32_t kNames = 1U << 16;
  static constexpr uint32_t kUnknown = UINT32_MAX;

  uint32_t needs(NodeId id) {
    if (needs_[id] != kUnknown) return needs_[id];
    const Node& node = ast_.nodes[id];
    uint32_t all = 0;
    if (node.op == Op::kSlot) all = kNames;
    if (node.op == Op::kLocal) all = 1U << node.index;
    for (uint32_t i = 0; i < node.count; ++i) {
      uint32_t inner = needs(ast_.links[node.first + i]);
      if (is_macro(node.op) && i > 0) inner &= ~(1U << node.index);  // its own variable
      all |= inner;
    }
    return needs_[id] = all;
  }

  void fold(NodeId id) {
    if (ast_.constant(id) != nullptr) return;
    if (needs(id) == 0 && replace(id)) return;
    const Node node = ast_.nodes[id];
    for (const NodeId child : ast_.children(node)) fold(child);
    if (node.op == Op::kAnd || node.op == Op::kOr) decide(id, node.op == Op::kOr);
    if (node.op == Op::kConditional) choose(id);
    // A name that could not matter is gone: !(tool == 'x' && false).
    const auto children = ast_.children(ast_.nodes[id]);
    const auto constant = [&](NodeId child) { return ast_.constant(child) != nullptr; };
    if (needs(id) != 0 && !children.empty() &&
        std::all_of(children.begin(), children.end(), constant)) {
      replace(id);
    }
  }

  // Puts a constant tree's value in its place. False: look at its parts.
  bool replace(NodeId id) {
    Context context(kSteps);
    context.start();
    const Value value = evaluate(ast_, id, {}, context);
    if (value.is_error()) {
      if (context.exhausted() || decides_by_parts(id)) return false;
      warnings_.push_back(remark_at(ast_.source, value.why().offset,
                                    fmt::format("this always fails: {}", value.why().message)));
      return true;
    }
    const auto kept = Keeper(ast_.memory, context).keep(value);
    if (kept) ast_.make_constant(id, *kept);
    return kept.has_value();
  }

  bool decides_by_parts(NodeId id) const {
    const Node& node = ast_.nodes[id];
    return node.op == Op::kAnd || node.op == Op::kOr || node.op == Op::kConditional;
  }

  void decide(NodeId id, bool deciding) {
    for (const NodeId child : ast_.children(ast_.nodes[id])) {
      const Value* const constant = ast_.constant(child);
      if (constant != nullptr && constant->is_bool(deciding)) {
        return ast_.make_constant(id, Value::boolean(deciding));
      }
    }
  }

  void choose(NodeId id) {
    const Value* const condition = ast_.constant(ast_.links[ast_.nodes[id].first]);
    if (condition == nullptr || condition->kind() != Kind::kBool) return;
    const NodeId chosen = ast_.links[ast_.nodes[id].first + (condition->as_bool() ? 1 : 2)];
    ast_.nodes[id] = ast_.nodes[chosen];
  }

  Parsed<void> patterns(NodeId id) {
    Node& node = ast_.nodes[id];
    for (const NodeId child : ast_.children(node)) {
      if (auto done = patterns(child); !done) return done;
    }
    if (node.op != Op::kFunction || node.function != Function::kMatches || node.index != 0) {
      return {};
    }
    const NodeId pattern = ast_.links[node.first + 1];
    const Value* const literal = ast_.constant(pattern);
    if (literal == nullptr || literal->kind() != Kind::kString) return {};
    auto regex = Regex::compile(literal->as_text());
    if (!regex) {
      return tl::unexpected(
          remark_at(ast_.source, ast_.nodes[pattern].offset,
                    fmt::format("the pattern is not RE2: {}", regex.error().what)));
    }
    ast_.regexes.push_back(std::move(*regex));
    node.index = static_cast<uint32_t>(ast_.regexes.size());
    return {};
  }

  Ast& ast_;
  std::vector<Remark>& warnings_;
  std::vector<uint32_t> needs_;
};

}  // namespace

Parsed<void> fold(Ast& ast, std::vector<Remark>& warnings) { return Folder(ast, warnings).run(); }

}  // namespace agentmesh::policy::cel
