#include "policy/cel/checker.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "policy/cel/choices.h"
#include "policy/cel/hints.h"
#include "policy/cel/macros.h"
#include "policy/cel/overloads.h"

namespace agentmesh::policy::cel {

namespace {

struct TypeWord {
  std::string_view name;
  Kind kind;
};
// Names of types that are values; google.protobuf.Timestamp and Duration are looked for by themselves.
constexpr std::array kTypeWords{
    TypeWord{"bool", Kind::kBool},      TypeWord{"bytes", Kind::kBytes},
    TypeWord{"double", Kind::kDouble},  TypeWord{"int", Kind::kInt},
    TypeWord{"list", Kind::kList},      TypeWord{"map", Kind::kMap},
    TypeWord{"null_type", Kind::kNull}, TypeWord{"string", Kind::kString},
    TypeWord{"type", Kind::kType},      TypeWord{"uint", Kind::kUint},
};

// Every visit returns the node's type, or nothing once wrong_ is set.
class Checker {
 public:
  Checker(Ast& ast, const Environment& environment, Checks checks)
      : ast_(ast), environment_(environment), checks_(checks) {}

  Parsed<Checked> run() {
    const Maybe type = visit(ast_.root);
    if (!type) return tl::unexpected(std::move(*wrong_));
    return Checked{*type, std::move(warnings_)};
  }

 private:
  using Maybe = std::optional<Type>;
  struct Variable {
    std::string_view name;
    Type type;
  };

  std::nullopt_t fail(uint32_t offset, std::string message) {
    if (!wrong_) wrong_ = remark_at(ast_.source, offset, std::move(message));
    return std::nullopt;
  }
  // A type that does not fit: refused, or left to the evaluation, which then deals with `otherwise`.
  Maybe mismatch(uint32_t offset, std::string message, Type otherwise) {
    if (checks_ == Checks::kNames) return otherwise;
    return fail(offset, std::move(message));
  }
  void warn(uint32_t offset, std::string message) {
    warnings_.push_back(remark_at(ast_.source, offset, std::move(message)));
  }
  NodeId child(const Node& node, uint32_t at) const { return ast_.links[node.first + at]; }
  uint32_t offset_of(NodeId id) const { return ast_.nodes[id].offset; }

  // "action.type" for a chain of names, "" for anything else.
  std::string path_of(NodeId id) const {
    const Node& node = ast_.nodes[id];
    if (node.op == Op::kSlot || node.op == Op::kLocal) return std::string(node.text);
    if (node.op != Op::kField && node.op != Op::kSelect) return "";
    const std::string operand = path_of(child(node, 0));
    return operand.empty() ? "" : operand + "." + std::string(node.text);
  }
  // "'tool' is a string", "this is a string".
  std::string is_a(NodeId id, const Type& type) const {
    const std::string path = path_of(id);
    const std::string subject = path.empty() ? "this" : "'" + path + "'";
    if (type.is_record()) return fmt::format("{} is an object", subject);
    const std::string name = type.name();
    return fmt::format("{} is {} {}", subject, name.starts_with('i') ? "an" : "a", name);
  }

  Maybe visit(NodeId id) {
    const Node node = ast_.nodes[id];  // a copy: visits add nodes
    switch (node.op) {
      case Op::kConstant: return Type::of(ast_.constants[node.index].kind());
      case Op::kName: return name(id, node);
      case Op::kSelect: return select(id, node);
      case Op::kHas: return has(id, node);
      case Op::kIndex: return index(id, node);
      case Op::kCall: return call(id, node);
      case Op::kList: return list(node);
      case Op::kMap: return map(node);
      case Op::kNot: return negation(node, Kind::kBool);
      case Op::kNegate: return negation(node, Kind::kInt);
      case Op::kMultiply:
      case Op::kDivide:
      case Op::kRemainder:
      case Op::kAdd:
      case Op::kSubtract:
      case Op::kEqual:
      case Op::kNotEqual:
      case Op::kLess:
      case Op::kLessEqual:
      case Op::kGreater:
      case Op::kGreaterEqual:
      case Op::kIn: return binary(id, node);
      case Op::kAnd:
      case Op::kOr: return logic(node);
      case Op::kConditional: return conditional(node);
      case Op::kAll:
      case Op::kExists:
      case Op::kExistsOne:
      case Op::kFilter:
      case Op::kTransform: return comprehension(id, node);
      case Op::kSlot:
      case Op::kLocal:
      case Op::kField:
      case Op::kFunction: break;  // made here, and never visited again
    }
    return fail(node.offset, "an expression was looked at twice");
  }

  // Names

  void resolve(NodeId id, Op op, uint32_t index) {
    ast_.nodes[id].op = op;
    ast_.nodes[id].index = index;
  }

  Maybe name(NodeId id, const Node& node) {
    if (!node.dotted) {
      for (size_t i = scope_.size(); i-- > 0;) {
        if (scope_[i].name != node.text) continue;
        resolve(id, Op::kLocal, static_cast<uint32_t>(i));
        return scope_[i].type;
      }
    }
    if (const int slot = environment_.find(node.text); slot >= 0) {
      resolve(id, Op::kSlot, static_cast<uint32_t>(slot));
      return environment_.names()[static_cast<size_t>(slot)].type;
    }
    for (const TypeWord& word : kTypeWords) {
      if (word.name != node.text) continue;
      ast_.make_constant(id, Value::type(word.kind));
      return Type::of(Kind::kType);
    }
    std::vector<Candidate> locals;
    for (const Variable& variable : scope_) locals.push_back({variable.name, {}});
    return fail(node.offset, unknown_name(node.text, locals, environment_));
  }

  bool is_unbound(NodeId id, std::string_view name) const {
    const Node& node = ast_.nodes[id];
    return node.op == Op::kName && node.text == name && environment_.find(name) < 0;
  }

  // google.protobuf.Timestamp and Duration are the only names with dots.
  Maybe protobuf_type(NodeId id, const Node& node) {
    const NodeId package = child(node, 0);
    if (node.text != "Timestamp" && node.text != "Duration") return std::nullopt;
    if (ast_.nodes[package].op != Op::kSelect || ast_.nodes[package].text != "protobuf") {
      return std::nullopt;
    }
    if (!is_unbound(child(ast_.nodes[package], 0), "google")) return std::nullopt;
    ast_.make_constant(id,
                       Value::type(node.text == "Timestamp" ? Kind::kTimestamp : Kind::kDuration));
    return Type::of(Kind::kType);
  }

  // Fields and indexes

  std::nullopt_t no_such_field(uint32_t offset, const Type& type, NodeId operand,
                               std::string_view field) {
    return fail(offset, unknown_field(*type.record(), path_of(operand), field));
  }

  // What `operand.field` is, for select and has. A record's field is resolved in `field_index`.
  Maybe field_type(const Node& node, int& field_index) {
    const NodeId operand = child(node, 0);
    const Maybe type = visit(operand);
    if (!type) return std::nullopt;
    if (type->is_record()) {
      field_index = type->record()->find(node.text);
      if (field_index < 0) return no_such_field(node.offset, *type, operand, node.text);
      return type->record()->fields()[static_cast<size_t>(field_index)].type;
    }
    if (type->is(Kind::kMap)) return type->value();
    if (type->is_dyn()) return Type::dyn();
    return mismatch(node.offset, no_fields(is_a(operand, *type), *type, node.text), Type::dyn());
  }

  Maybe select(NodeId id, const Node& node) {
    if (const Maybe type = protobuf_type(id, node)) return type;
    int field = -1;
    const Maybe type = field_type(node, field);
    if (type && field >= 0) resolve(id, Op::kField, static_cast<uint32_t>(field));
    return type;
  }

  Maybe has(NodeId id, const Node& node) {
    int field = -1;
    if (!field_type(node, field)) return std::nullopt;
    if (field >= 0) {
      warn(node.offset, fmt::format("has() is always true here: '{}' always has '{}'",
                                    path_of(child(node, 0)), node.text));
      ast_.make_constant(id, Value::boolean(true));
    }
    return Type::boolean();
  }

  Maybe index(NodeId id, const Node& node) {
    const Maybe type = visit(child(node, 0));
    if (!type) return std::nullopt;
    const Maybe at = visit(child(node, 1));
    if (!at) return std::nullopt;
    if (type->is_dyn()) return Type::dyn();
    if (type->is(Kind::kList)) {
      if (!at->is_dyn() && !at->is_number()) {
        return mismatch(offset_of(child(node, 1)),
                        fmt::format("a list has no element number {}", at->name()), Type::dyn());
      }
      return type->element();
    }
    if (type->is(Kind::kMap)) {
      if (!comparable(type->key(), *at)) {
        return mismatch(offset_of(child(node, 1)),
                        fmt::format("the keys of a {} are never {}", type->name(), at->name()),
                        Type::dyn());
      }
      return type->value();
    }
    const Value* const key = ast_.constant(child(node, 1));
    if (type->is_record() && key != nullptr && key->kind() == Kind::kString) {
      const int field = type->record()->find(key->as_text());
      if (field < 0) {
        return no_such_field(offset_of(child(node, 1)), *type, child(node, 0), key->as_text());
      }
      ast_.nodes[id].text = type->record()->fields()[static_cast<size_t>(field)].name;
      ast_.nodes[id].count = 1;
      resolve(id, Op::kField, static_cast<uint32_t>(field));
      return type->record()->fields()[static_cast<size_t>(field)].type;
    }
    return mismatch(node.offset,
                    fmt::format("{} and cannot be indexed", is_a(child(node, 0), *type)),
                    Type::dyn());
  }

  // Calls

  Maybe call(NodeId id, const Node& node) {
    const Signature* const signature = find_function(node.text);
    if (signature == nullptr) return fail(node.offset, unknown_function(node.text, environment_));
    using Style = Signature::Style;
    if (signature->style == (node.dotted ? Style::kFunction : Style::kMethod) ||
        node.count < signature->required || node.count > signature->count) {
      return fail(node.offset, fmt::format("{} is used as {}", node.text, signature->usage));
    }
    std::vector<Type> types;
    for (uint32_t i = 0; i < node.count; ++i) {
      const Maybe type = visit(child(node, i));
      if (!type) return std::nullopt;
      bool fits = type->is_dyn() || (signature->takes[i] & kinds(type->kind())) != 0;
      if (signature->function == Function::kHostIn && i == 1) {
        fits = fits && type->element().may_be(Kind::kString);
      }
      if (!fits && !mismatch(offset_of(child(node, i)),
                             fmt::format("{}, but {} is used as {}", is_a(child(node, i), *type),
                                         node.text, signature->usage),
                             Type::dyn())) {
        return std::nullopt;
      }
      types.push_back(*type);
    }
    ast_.nodes[id].op = Op::kFunction;
    ast_.nodes[id].function = signature->function;
    if (signature->function == Function::kEach) {
      return types[0].is(Kind::kList) ? types[0] : Type::list(types[0]);
    }
    return signature->result == Kind::kError ? Type::dyn() : Type::of(signature->result);
  }

  // Lists, maps, operators

  // The one type of what was collected, or dyn.
  static void gather(Maybe& all, const Type& next) { all = all ? join(*all, next) : next; }

  Maybe list(const Node& node) {
    Maybe element;
    for (uint32_t i = 0; i < node.count; ++i) {
      const Maybe type = visit(child(node, i));
      if (!type) return std::nullopt;
      gather(element, *type);
    }
    return Type::list(element.value_or(Type::dyn()));
  }

  Maybe map(const Node& node) {
    Maybe key;
    Maybe value;
    for (uint32_t i = 0; i < node.count; ++i) {
      const Maybe type = visit(child(node, i));
      if (!type) return std::nullopt;
      const bool usable = type->is_dyn() || type->is(Kind::kBool) || type->is(Kind::kInt) ||
                          type->is(Kind::kUint) || type->is(Kind::kString);
      if (i % 2 == 0 && !usable &&
          !mismatch(offset_of(child(node, i)),
                    fmt::format("a key is a bool, int, uint or string, not {}", type->name()),
                    *type)) {
        return std::nullopt;
      }
      gather(i % 2 == 0 ? key : value, *type);
    }
    return Type::map(key.value_or(Type::dyn()), value.value_or(Type::dyn()));
  }

  Maybe negation(const Node& node, Kind wanted) {
    const Maybe type = visit(child(node, 0));
    if (!type) return std::nullopt;
    const bool fits = type->may_be(wanted) || (wanted == Kind::kInt && type->may_be(Kind::kDouble));
    if (!fits) {
      return mismatch(
          node.offset,
          fmt::format("{}, and {}", is_a(child(node, 0), *type),
                      wanted == Kind::kBool
                          ? "'!' (not) takes a bool; to deny a comparison, write !(a == b)"
                          : "'-' takes an int or a double"),
          Type::dyn());
    }
    return type;
  }

  Maybe binary(NodeId id, const Node& node) {
    const Maybe a = visit(child(node, 0));
    if (!a) return std::nullopt;
    const Maybe b = visit(child(node, 1));
    if (!b) return std::nullopt;
    auto type = binary_type(node.op, *a, *b);
    const bool arithmetic = node.op >= Op::kMultiply && node.op <= Op::kSubtract;
    if (!type) {
      return mismatch(node.offset, std::move(type.error()),
                      arithmetic ? Type::dyn() : Type::boolean());
    }
    if (node.op >= Op::kLess && node.op <= Op::kGreaterEqual) {
      for (const Choice* choice : {a->choice(), b->choice()}) {
        if (choice != nullptr) {
          warn(node.offset, fmt::format("'{}' compares {} by the alphabet; did you mean 'in'?",
                                        symbol(node.op), choice->of));
        }
      }
    } else if (!arithmetic) {
      settle_choices(ast_, id, *a, *b, warnings_);
    }
    return *type;
  }

  Maybe logic(const Node& node) {
    // An operand that decides alone makes up for others that are no bools (langdef.md, "Logical Operators").
    const bool deciding = node.op == Op::kOr;
    bool decided = false;
    for (const NodeId operand : ast_.children(node)) {
      const Value* const constant = ast_.constant(operand);
      decided = decided || (constant != nullptr && constant->is_bool(deciding));
    }
    for (uint32_t i = 0; i < node.count; ++i) {
      const Maybe type = visit(child(node, i));
      if (!type) return std::nullopt;
      if (!decided && !type->may_be(Kind::kBool) &&
          !mismatch(offset_of(child(node, i)),
                    fmt::format("{}, and '{}' joins bools{}", is_a(child(node, i), *type),
                                symbol(node.op),
                                type->is(Kind::kString) && i > 0
                                    ? "; for one of several values, write x in ['a', 'b']"
                                    : ""),
                    *type)) {
        return std::nullopt;
      }
    }
    return Type::boolean();
  }

  Maybe conditional(const Node& node) {
    std::array<Type, 3> types;
    for (uint32_t i = 0; i < 3; ++i) {
      const Maybe type = visit(child(node, i));
      if (!type) return std::nullopt;
      types[i] = *type;
    }
    if (!types[0].may_be(Kind::kBool)) {
      return mismatch(offset_of(child(node, 0)),
                      fmt::format("{}, and '?' asks a bool", is_a(child(node, 0), types[0])),
                      Type::dyn());
    }
    return join(types[1], types[2]);
  }

  // Macros

  Maybe comprehension(NodeId id, const Node& node) {
    const Maybe range = visit(child(node, 0));
    if (!range) return std::nullopt;
    if (!range->is_dyn() && !range->is(Kind::kList) && !range->is(Kind::kMap) &&
        !mismatch(node.offset,
                  fmt::format("{}, and {} goes through a list or a map{}",
                              is_a(child(node, 0), *range), macro_name(node.op),
                              range->is(Kind::kString) ? "; did you mean each(x)?" : ""),
                  Type::dyn())) {
      return std::nullopt;
    }
    const Type element = range->is(Kind::kMap) ? range->key() : range->element();
    const auto local = static_cast<uint32_t>(scope_.size());
    scope_.push_back({node.text, element});
    ast_.locals = std::max(ast_.locals, local + 1);
    ast_.nodes[id].index = local;
    Maybe body;
    for (uint32_t i = 1; i < node.count; ++i) {
      body = visit(child(node, i));
      if (!body) return std::nullopt;
      const bool value = node.op == Op::kTransform && i + 1 == node.count;
      if (!value && !body->may_be(Kind::kBool) &&
          !mismatch(offset_of(child(node, i)),
                    fmt::format("{}, and {} needs a condition", is_a(child(node, i), *body),
                                macro_name(node.op)),
                    *body)) {
        return std::nullopt;
      }
    }
    scope_.pop_back();
    if (node.op == Op::kFilter) return Type::list(element);
    if (node.op == Op::kTransform) return Type::list(*body);
    return Type::boolean();
  }

  static std::string_view macro_name(Op op) {
    for (const Macro& macro : all_macros()) {
      if (macro.op == op) return macro.name;
    }
    return "";
  }

  Ast& ast_;
  const Environment& environment_;
  const Checks checks_;
  std::vector<Variable> scope_;
  std::vector<Remark> warnings_;
  std::optional<Remark> wrong_;
};

}  // namespace

Parsed<Checked> check(Ast& ast, const Environment& environment, Checks checks) {
  return Checker(ast, environment, checks).run();
}

}  // namespace agentmesh::policy::cel
