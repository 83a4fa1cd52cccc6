#include "policy/cel/overloads.h"

#include <array>
#include <optional>

#include <fmt/format.h>

namespace agentmesh::policy::cel {

namespace {

struct Overload {
  Op op;
  Kind a;
  Kind b;
  Kind result;
};

constexpr std::array kOverloads{
    Overload{Op::kAdd, Kind::kInt, Kind::kInt, Kind::kInt},
    Overload{Op::kAdd, Kind::kUint, Kind::kUint, Kind::kUint},
    Overload{Op::kAdd, Kind::kDouble, Kind::kDouble, Kind::kDouble},
    Overload{Op::kAdd, Kind::kString, Kind::kString, Kind::kString},
    Overload{Op::kAdd, Kind::kBytes, Kind::kBytes, Kind::kBytes},
    Overload{Op::kAdd, Kind::kList, Kind::kList, Kind::kList},
    Overload{Op::kAdd, Kind::kTimestamp, Kind::kDuration, Kind::kTimestamp},
    Overload{Op::kAdd, Kind::kDuration, Kind::kTimestamp, Kind::kTimestamp},
    Overload{Op::kAdd, Kind::kDuration, Kind::kDuration, Kind::kDuration},
    Overload{Op::kSubtract, Kind::kInt, Kind::kInt, Kind::kInt},
    Overload{Op::kSubtract, Kind::kUint, Kind::kUint, Kind::kUint},
    Overload{Op::kSubtract, Kind::kDouble, Kind::kDouble, Kind::kDouble},
    Overload{Op::kSubtract, Kind::kTimestamp, Kind::kTimestamp, Kind::kDuration},
    Overload{Op::kSubtract, Kind::kTimestamp, Kind::kDuration, Kind::kTimestamp},
    Overload{Op::kSubtract, Kind::kDuration, Kind::kDuration, Kind::kDuration},
    Overload{Op::kMultiply, Kind::kInt, Kind::kInt, Kind::kInt},
    Overload{Op::kMultiply, Kind::kUint, Kind::kUint, Kind::kUint},
    Overload{Op::kMultiply, Kind::kDouble, Kind::kDouble, Kind::kDouble},
    Overload{Op::kDivide, Kind::kInt, Kind::kInt, Kind::kInt},
    Overload{Op::kDivide, Kind::kUint, Kind::kUint, Kind::kUint},
    Overload{Op::kDivide, Kind::kDouble, Kind::kDouble, Kind::kDouble},
    Overload{Op::kRemainder, Kind::kInt, Kind::kInt, Kind::kInt},
    Overload{Op::kRemainder, Kind::kUint, Kind::kUint, Kind::kUint},
};

std::optional<Type> arithmetic_type(Op op, const Type& a, const Type& b) {
  std::optional<Kind> result;
  bool depends = false;
  for (const Overload& overload : kOverloads) {
    if (overload.op != op || !a.may_be(overload.a) || !b.may_be(overload.b)) continue;
    depends = depends || (result && *result != overload.result);
    result = overload.result;
  }
  if (!result) return std::nullopt;
  if (depends) return Type::dyn();
  if (*result == Kind::kList) return Type::list(join(a.element(), b.element()));
  return Type::of(*result);
}

using Typed = tl::expected<Type, std::string>;

template <class... Parts>
Typed refuse(fmt::format_string<Parts...> message, Parts&&... parts) {
  return tl::unexpected(fmt::format(message, std::forward<Parts>(parts)...));
}

Typed arithmetic(Op op, const Type& a, const Type& b) {
  if (const auto type = arithmetic_type(op, a, b)) return *type;
  const bool numbers = a.is_number() && b.is_number() && !(a == b);
  return refuse("'{}' does not take {} and {}{}", symbol(op), a.name(), b.name(),
                numbers ? "; convert one of them, as in double(x)" : "");
}

Typed equality(Op op, const Type& a, const Type& b) {
  if (comparable(a, b)) return Type::boolean();
  const bool list = a.is(Kind::kList) || b.is(Kind::kList);
  return refuse("'{}' compares {} with {}, which are never equal{}", symbol(op), a.name(), b.name(),
                list ? "; did you mean 'in'?" : "");
}

Typed order(Op op, const Type& a, const Type& b) {
  if (ordered(a, b)) return Type::boolean();
  return refuse("'{}' cannot compare {} with {}", symbol(op), a.name(), b.name());
}

Typed membership(const Type& what, const Type& in) {
  if (!in.is_dyn() && !in.is(Kind::kList) && !in.is(Kind::kMap)) {
    return refuse("'in' looks into a list or a map, not {}{}", in.name(),
                  in.is(Kind::kString) ? "; did you mean x.contains(…)?" : "");
  }
  if (comparable(what, in.is(Kind::kMap) ? in.key() : in.element())) return Type::boolean();
  return refuse("'in' looks for {} in {}, where it can never be", what.name(), in.name());
}

}  // namespace

std::string_view symbol(Op op) {
  switch (op) {
    case Op::kNot: return "!";
    case Op::kNegate:
    case Op::kSubtract: return "-";
    case Op::kMultiply: return "*";
    case Op::kDivide: return "/";
    case Op::kRemainder: return "%";
    case Op::kAdd: return "+";
    case Op::kEqual: return "==";
    case Op::kNotEqual: return "!=";
    case Op::kLess: return "<";
    case Op::kLessEqual: return "<=";
    case Op::kGreater: return ">";
    case Op::kGreaterEqual: return ">=";
    case Op::kIn: return "in";
    case Op::kAnd: return "&&";
    case Op::kOr: return "||";
    case Op::kConditional: return "?";
    default: return "";
  }
}

tl::expected<Type, std::string> binary_type(Op op, const Type& a, const Type& b) {
  switch (op) {
    case Op::kEqual:
    case Op::kNotEqual: return equality(op, a, b);
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual: return order(op, a, b);
    case Op::kIn: return membership(a, b);
    default: return arithmetic(op, a, b);
  }
}

}  // namespace agentmesh::policy::cel
