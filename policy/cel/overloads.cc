#include "policy/cel/overloads.h"

#include <array>

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

}  // namespace agentmesh::policy::cel
