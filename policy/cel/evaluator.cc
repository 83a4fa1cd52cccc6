#include "policy/cel/evaluator.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/bytes.h"
#include "policy/cel/arithmetic.h"
#include "policy/cel/collection.h"
#include "policy/cel/compare.h"
#include "policy/cel/overloads.h"
#include "policy/cel/parser.h"

namespace agentmesh::policy::cel {

namespace {

class Evaluation {
 public:
  Evaluation(const Ast& ast, Activation activation, Context& context)
      : ast_(ast), activation_(activation), context_(context) {}

  Value visit(NodeId id) {
    const Node& node = ast_.nodes[id];
    if (!context_.spend(1)) return context_.fail_budget(node.offset);
    switch (node.op) {
      case Op::kConstant: return ast_.constants[node.index];
      case Op::kSlot: return slot(node);
      case Op::kLocal: return locals_[node.index];
      case Op::kSelect: return select(node);
      case Op::kField: return field(node);
      case Op::kHas: return has(node);
      case Op::kIndex: return index(node);
      case Op::kFunction: return function(node);
      case Op::kList: return list(node);
      case Op::kMap: return map(node);
      case Op::kNot: return negation(node);
      case Op::kNegate: return negative(node);
      case Op::kMultiply:
      case Op::kDivide:
      case Op::kRemainder:
      case Op::kAdd:
      case Op::kSubtract: return arithmetic(node);
      case Op::kEqual:
      case Op::kNotEqual: return equality(node);
      case Op::kLess:
      case Op::kLessEqual:
      case Op::kGreater:
      case Op::kGreaterEqual: return order(node);
      case Op::kIn: return membership(node);
      case Op::kAnd:
      case Op::kOr: return logic(node);
      case Op::kConditional: return conditional(node);
      case Op::kAll:
      case Op::kExists: return quantifier(node);
      case Op::kExistsOne: return exists_one(node);
      case Op::kFilter:
      case Op::kTransform: return transform(node);
      case Op::kName:
      case Op::kCall: break;  // the checker left none
    }
    return fail(node, "the expression was not checked");
  }

 private:
  Value child(const Node& node, uint32_t at) {
    const NodeId id = ast_.links[node.first + at];
    const Value* const known = leaf(ast_.nodes[id]);
    return known != nullptr ? *known : visit(id);
  }

  // What there is nothing to work out about: a constant, a name's value, a field of a record that has a name. Null: anything else.
  // Most nodes of most conditions are such, and a visit to each costs more than the comparison above them.
  [[gnu::always_inline]] const Value* leaf(const Node& node) const {
    if (node.op == Op::kConstant) return &ast_.constants[node.index];
    if (node.op != Op::kField) return named(node);
    const Value* const record = named(ast_.child(node, 0));
    if (record == nullptr || record->form() != Value::Form::kRecord) return nullptr;
    return &record->as_record().fields[node.index];
  }
  const Value* named(const Node& node) const {
    if (node.op == Op::kSlot && node.index < activation_.size()) return &activation_[node.index];
    return node.op == Op::kLocal ? &locals_[node.index] : nullptr;
  }

  // Making a message is kept out of the way of what usually happens.
  [[gnu::noinline, gnu::cold]] Value fail(const Node& node, std::string_view message) {
    return context_.fail(node.offset, message);
  }
  template <class... Parts>
  [[gnu::noinline, gnu::cold]] Value fail(const Node& node, fmt::format_string<Parts...> message,
                                          Parts... parts) {
    return context_.fail(node.offset, fmt::vformat(message, fmt::make_format_args(parts...)));
  }
  Value fail_budget(const Node& node) { return context_.fail_budget(node.offset); }
  // A computed key may be a value of the call: only one that the policy spells is named (context.h).
  Value no_such_key(const Node& node, const Value& key) {
    const bool spelled = node.op != Op::kIndex || ast_.child(node, 1).op == Op::kConstant;
    if (spelled && key.kind() == Kind::kString) {
      return fail(node, "there is no '{}'", cut_utf8(key.as_text(), 60));
    }
    return fail(node, "there is no such key");
  }
  Value not_a_bool(const Node& node, const Value& value) {
    return fail(node, "'{}' takes bools, not {}", symbol(node.op), type_name(value.kind()));
  }

  Value slot(const Node& node) {
    if (node.index < activation_.size()) return activation_[node.index];
    return fail(node, "'{}' has no value", node.text);
  }

  Value field(const Node& node) {
    const Value record = child(node, 0);
    if (record.is_error()) return record;
    if (record.form() == Value::Form::kRecord) return record.as_record().fields[node.index];
    return lookup(node, record, Value::string(node.text));
  }

  Value lookup(const Node& node, const Value& map, const Value& key) {
    if (map.kind() != Kind::kMap) return fail(node, "{} has no fields", type_name(map.kind()));
    if (!open(map, context_) || !context_.spend(count(map) / 16)) return fail_budget(node);
    const uint32_t at = find(map, key);
    return at == kNotFound ? no_such_key(node, key) : element(map, at, context_);
  }

  Value select(const Node& node) {
    const Value operand = child(node, 0);
    return operand.is_error() ? operand : lookup(node, operand, Value::string(node.text));
  }

  Value has(const Node& node) {
    const Value operand = child(node, 0);
    if (operand.is_error()) return operand;
    if (operand.kind() != Kind::kMap) {
      return fail(node, "{} has no fields", type_name(operand.kind()));
    }
    if (!open(operand, context_) || !context_.spend(count(operand) / 16)) return fail_budget(node);
    return Value::boolean(find(operand, node.text) != kNotFound);
  }

  Value index(const Node& node) {
    const Value operand = child(node, 0);
    if (operand.is_error()) return operand;
    const Value at = child(node, 1);
    if (at.is_error()) return at;
    if (operand.kind() == Kind::kList) return list_index(node, operand, at);
    if (operand.kind() != Kind::kMap) {
      return fail(node, "{} cannot be indexed", type_name(operand.kind()));
    }
    const bool usable = at.is_number() || at.kind() == Kind::kBool || at.kind() == Kind::kString;
    if (!usable) return fail(node, "{} is never a key", type_name(at.kind()));
    return lookup(node, operand, at);
  }

  Value list_index(const Node& node, const Value& list, const Value& at) {
    if (!open(list, context_)) return fail_budget(node);
    const uint32_t size = count(list);
    uint64_t number = size;
    if (at.kind() == Kind::kInt && at.as_int() >= 0) {
      number = static_cast<uint64_t>(at.as_int());
    } else if (at.kind() == Kind::kUint) {
      number = at.as_uint();
    } else if (at.kind() == Kind::kDouble) {
      const double real = at.as_double();
      if (!(real >= 0 && real < size && std::floor(real) == real)) {
        return fail(node, "a list has no such element");
      }
      number = static_cast<uint64_t>(real);
    } else if (at.kind() != Kind::kInt) {
      return fail(node, "a list has no element number {}", type_name(at.kind()));
    }
    if (number >= size) return fail(node, "the list has only {} elements", size);
    return element(list, static_cast<uint32_t>(number), context_);
  }

  Value function(const Node& node) {
    std::array<Value, 2> arguments;
    for (uint32_t i = 0; i < node.count; ++i) {
      arguments[i] = child(node, i);
      if (arguments[i].is_error()) return arguments[i];
    }
    const Regex* const pattern = node.index == 0 ? nullptr : &ast_.regexes[node.index - 1];
    return call(node.function, std::span(arguments).first(node.count), pattern, node.offset,
                context_);
  }

  Value list(const Node& node) {
    if (!context_.spend(node.count)) return fail_budget(node);
    const std::span<Value> items = context_.arena().array<Value>(node.count);
    for (uint32_t i = 0; i < node.count; ++i) {
      items[i] = child(node, i);
      if (items[i].is_error()) return items[i];
    }
    return Value::list(items);
  }

  Value map(const Node& node) {
    if (!context_.spend(node.count)) return fail_budget(node);
    const std::span<MapEntry> entries = context_.arena().array<MapEntry>(node.count / 2);
    for (uint32_t i = 0; i < entries.size(); ++i) {
      const Value key = child(node, 2 * i);
      if (key.is_error()) return key;
      const bool usable = key.kind() == Kind::kBool || key.kind() == Kind::kInt ||
                          key.kind() == Kind::kUint || key.kind() == Kind::kString;
      if (!usable) return fail(node, "{} is never a key", type_name(key.kind()));
      if (!context_.spend(i / 8)) return fail_budget(node);
      if (find(Value::map(entries.first(i)), key) != kNotFound) {
        return fail(node, "a map has a key twice");
      }
      const Value value = child(node, 2 * i + 1);
      if (value.is_error()) return value;
      entries[i] = MapEntry{key, value};
    }
    return Value::map(entries);
  }

  Value negation(const Node& node) {
    const Value operand = child(node, 0);
    if (operand.kind() == Kind::kBool) return Value::boolean(!operand.as_bool());
    return operand.is_error() ? operand : not_a_bool(node, operand);
  }

  Value negative(const Node& node) {
    const Value operand = child(node, 0);
    return operand.is_error() ? operand : negate(operand, node.offset, context_);
  }

  Value arithmetic(const Node& node) {
    const Value a = child(node, 0);
    if (a.is_error()) return a;
    const Value b = child(node, 1);
    if (b.is_error()) return b;
    return calculate(node.op, a, b, node.offset, context_);
  }

  Value equality(const Node& node) {
    const Value a = child(node, 0);
    if (a.is_error()) return a;
    const Value b = child(node, 1);
    if (b.is_error()) return b;
    // Two texts of different lengths are what most comparisons come to.
    const bool differ = a.kind() == Kind::kString && b.kind() == Kind::kString &&
                        a.as_text().size() != b.as_text().size() && context_.spend(1);
    const Equality got = differ ? Equality::kDifferent : equal(a, b, context_);
    if (got == Equality::kTooMuch) return fail_budget(node);
    return Value::boolean((got == Equality::kSame) == (node.op == Op::kEqual));
  }

  Value order(const Node& node) {
    const Value a = child(node, 0);
    if (a.is_error()) return a;
    const Value b = child(node, 1);
    if (b.is_error()) return b;
    const Order got = compare(a, b);
    if (got == Order::kNotComparable) {
      return fail(node, "'{}' cannot compare {} with {}", symbol(node.op), type_name(a.kind()),
                  type_name(b.kind()));
    }
    switch (node.op) {
      case Op::kLess: return Value::boolean(got == Order::kLess);
      case Op::kLessEqual: return Value::boolean(got == Order::kLess || got == Order::kSame);
      case Op::kGreater: return Value::boolean(got == Order::kGreater);
      default: return Value::boolean(got == Order::kGreater || got == Order::kSame);
    }
  }

  Value membership(const Node& node) {
    const Value what = child(node, 0);
    if (what.is_error()) return what;
    const Value in = child(node, 1);
    if (in.is_error()) return in;
    if (in.kind() != Kind::kList && in.kind() != Kind::kMap) {
      return fail(node, "'in' looks into a list or a map, not {}", type_name(in.kind()));
    }
    if (!open(in, context_)) return fail_budget(node);
    const uint32_t size = count(in);
    if (in.kind() == Kind::kMap) {
      return context_.spend(size / 16) ? Value::boolean(find(in, what) != kNotFound)
                                       : fail_budget(node);
    }
    for (uint32_t i = 0; i < size; ++i) {
      const Equality got = equal(what, element(in, i, context_), context_);
      if (got == Equality::kTooMuch) return fail_budget(node);
      if (got == Equality::kSame) return Value::boolean(true);
    }
    return Value::boolean(false);
  }

  // && and ||: an operand that decides wins over errors on either side of it.
  Value logic(const Node& node) {
    const bool deciding = node.op == Op::kOr;
    Value error;
    for (uint32_t i = 0; i < node.count; ++i) {
      const Value operand = child(node, i);
      if (operand.is_bool(deciding)) return operand;
      if (operand.kind() == Kind::kBool || error.is_error()) continue;
      error = operand.is_error() ? operand : not_a_bool(node, operand);
    }
    return error.is_error() ? error : Value::boolean(!deciding);
  }

  Value conditional(const Node& node) {
    const Value condition = child(node, 0);
    if (condition.is_error()) return condition;
    if (condition.kind() != Kind::kBool) return not_a_bool(node, condition);
    return child(node, condition.as_bool() ? 1 : 2);
  }

  // The range of a macro, open: a list, or a map whose keys are meant.
  Value range(const Node& node) {
    const Value range = child(node, 0);
    if (range.is_error()) return range;
    if (range.kind() != Kind::kList && range.kind() != Kind::kMap) {
      return fail(node, "{} is neither a list nor a map to go through", type_name(range.kind()));
    }
    return open(range, context_) ? range : fail_budget(node);
  }
  void bind(const Node& node, const Value& range, uint32_t at) {
    locals_[node.index] =
        range.kind() == Kind::kList ? element(range, at, context_) : key(range, at);
  }
  Value condition(const Node& node, uint32_t at) {
    const Value value = child(node, at);
    if (value.is_error() || value.kind() == Kind::kBool) return value;
    return fail(node, "the condition of a macro is {}, not bool", type_name(value.kind()));
  }

  // all and exists: && and || over the elements.
  Value quantifier(const Node& node) {
    const bool deciding = node.op == Op::kExists;
    const Value over = range(node);
    if (over.is_error()) return over;
    Value error;
    for (uint32_t i = 0; i < count(over); ++i) {
      bind(node, over, i);
      const Value got = condition(node, 1);
      if (got.is_bool(deciding)) return got;
      if (got.is_error() && !error.is_error()) error = got;
      if (got.is_error() && !context_.spend(1)) return fail_budget(node);
    }
    return error.is_error() ? error : Value::boolean(!deciding);
  }

  Value exists_one(const Node& node) {
    const Value over = range(node);
    if (over.is_error()) return over;
    uint32_t found = 0;
    for (uint32_t i = 0; i < count(over); ++i) {
      bind(node, over, i);
      const Value got = condition(node, 1);
      if (got.is_error()) return got;
      if (got.as_bool()) ++found;
    }
    return Value::boolean(found == 1);
  }

  // filter and map, the latter with or without a condition of its own.
  Value transform(const Node& node) {
    const Value over = range(node);
    if (over.is_error()) return over;
    const bool filters = node.op == Op::kFilter || node.count == 3;
    if (!context_.spend(count(over))) return fail_budget(node);  // paid before it is taken
    const std::span<Value> kept = context_.arena().array<Value>(count(over));
    size_t size = 0;
    for (uint32_t i = 0; i < count(over); ++i) {
      bind(node, over, i);
      if (filters) {
        const Value got = condition(node, 1);
        if (got.is_error()) return got;
        if (!got.as_bool()) continue;
      }
      const Value value =
          node.op == Op::kFilter ? locals_[node.index] : child(node, node.count - 1);
      if (value.is_error()) return value;
      kept[size++] = value;
    }
    return Value::list(kept.first(size));
  }

  const Ast& ast_;
  Activation activation_;
  Context& context_;
  // Left as they are: a macro sets its local before anything reads it, and most conditions have no macro.
  union {
    std::array<Value, kMaxMacroDepth> locals_;  // NOLINT(readability-identifier-naming): private
  };
};

}  // namespace

Value evaluate(const Ast& ast, NodeId root, Activation activation, Context& context) {
  return Evaluation(ast, activation, context).visit(root);
}

}  // namespace agentmesh::policy::cel
