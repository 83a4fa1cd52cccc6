#include "policy/cel/arithmetic.h"

#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "policy/cel/collection.h"
#include "policy/cel/overloads.h"
#include "policy/cel/time_value.h"

namespace agentmesh::policy::cel {

namespace {

// One calculation, and where its errors stand.
struct Sum {
  Op op;
  uint32_t offset;
  Context& context;

  Value fail(std::string_view what) const { return context.fail(offset, what); }
  Value overflow() const {
    return fail(fmt::format("'{}' gives a number that is too large or too small", symbol(op)));
  }
  Value no_overload(const Value& a, const Value& b) const {
    return fail(fmt::format("'{}' does not take {} and {}", symbol(op), type_name(a.kind()),
                            type_name(b.kind())));
  }
};

Value integers(const Sum& sum, int64_t a, int64_t b) {
  int64_t out = 0;
  bool over = false;
  switch (sum.op) {
    case Op::kAdd: over = __builtin_add_overflow(a, b, &out); break;
    case Op::kSubtract: over = __builtin_sub_overflow(a, b, &out); break;
    case Op::kMultiply: over = __builtin_mul_overflow(a, b, &out); break;
    default:
      if (b == 0) return sum.fail("division by zero");
      over = b == -1 && a == std::numeric_limits<int64_t>::min();
      if (!over) out = sum.op == Op::kDivide ? a / b : a % b;
      break;
  }
  return over ? sum.overflow() : Value::integer(out);
}

Value unsigned_integers(const Sum& sum, uint64_t a, uint64_t b) {
  uint64_t out = 0;
  bool over = false;
  switch (sum.op) {
    case Op::kAdd: over = __builtin_add_overflow(a, b, &out); break;
    case Op::kSubtract: over = __builtin_sub_overflow(a, b, &out); break;
    case Op::kMultiply: over = __builtin_mul_overflow(a, b, &out); break;
    default:
      if (b == 0) return sum.fail("division by zero");
      out = sum.op == Op::kDivide ? a / b : a % b;
      break;
  }
  return over ? sum.overflow() : Value::unsigned_integer(out);
}

Value reals(const Sum& sum, const Value& a, const Value& b) {
  switch (sum.op) {
    case Op::kAdd: return Value::real(a.as_double() + b.as_double());
    case Op::kSubtract: return Value::real(a.as_double() - b.as_double());
    case Op::kMultiply: return Value::real(a.as_double() * b.as_double());
    case Op::kDivide: return Value::real(a.as_double() / b.as_double());
    default: return sum.no_overload(a, b);
  }
}

std::string_view joined(std::string_view a, std::string_view b, Arena& arena) {
  const std::span<char> out = arena.array<char>(a.size() + b.size());
  if (!a.empty()) std::memcpy(out.data(), a.data(), a.size());
  if (!b.empty()) std::memcpy(out.data() + a.size(), b.data(), b.size());
  return {out.data(), out.size()};
}

Value texts(const Sum& sum, const Value& a, const Value& b) {
  const size_t size = a.as_text().size() + b.as_text().size();
  if (!sum.context.spend_bytes(size) || size > std::numeric_limits<uint32_t>::max()) {
    return sum.context.fail_budget(sum.offset);
  }
  const std::string_view text = joined(a.as_text(), b.as_text(), sum.context.arena());
  return a.kind() == Kind::kString ? Value::string(text) : Value::bytes(text);
}

Value lists(const Sum& sum, const Value& a, const Value& b) {
  Context& context = sum.context;
  if (!open(a, context) || !open(b, context)) return context.fail_budget(sum.offset);
  const uint32_t size = count(a) + count(b);
  if (!context.spend(size)) return context.fail_budget(sum.offset);
  const std::span<Value> out = context.arena().array<Value>(size);
  for (uint32_t i = 0; i < size; ++i) {
    out[i] = i < count(a) ? element(a, i, context) : element(b, i - count(a), context);
  }
  return Value::list(out);
}

Value moments(const Sum& sum, const Value& a, const Value& b) {
  std::optional<Value> out;
  if (sum.op == Op::kAdd) {
    out = a.kind() == Kind::kTimestamp ? add(a, b.as_duration()) : add(b, a.as_duration());
  } else if (b.kind() == Kind::kTimestamp) {
    out = difference(a, b);
  } else if (b.as_duration() != std::numeric_limits<int64_t>::min()) {
    out = add(a, -b.as_duration());
  }
  return out ? *out : sum.fail("the result is out of the range of timestamps and durations");
}

Value durations(const Sum& sum, int64_t a, int64_t b) {
  const Value out = integers(sum, a, b);
  return out.is_error() ? out : Value::duration(out.as_int());
}

}  // namespace

Value calculate(Op op, const Value& a, const Value& b, uint32_t offset, Context& context) {
  const Sum sum{op, offset, context};
  const bool adds = op == Op::kAdd;
  const bool adds_or_subtracts = adds || op == Op::kSubtract;
  if (a.kind() == b.kind()) {
    switch (a.kind()) {
      case Kind::kInt: return integers(sum, a.as_int(), b.as_int());
      case Kind::kUint: return unsigned_integers(sum, a.as_uint(), b.as_uint());
      case Kind::kDouble: return reals(sum, a, b);
      case Kind::kString:
      case Kind::kBytes: return adds ? texts(sum, a, b) : sum.no_overload(a, b);
      case Kind::kList: return adds ? lists(sum, a, b) : sum.no_overload(a, b);
      case Kind::kDuration:
        return adds_or_subtracts ? durations(sum, a.as_duration(), b.as_duration())
                                 : sum.no_overload(a, b);
      case Kind::kTimestamp:
        return op == Op::kSubtract ? moments(sum, a, b) : sum.no_overload(a, b);
      default: return sum.no_overload(a, b);
    }
  }
  if ((adds_or_subtracts && a.kind() == Kind::kTimestamp && b.kind() == Kind::kDuration) ||
      (adds && a.kind() == Kind::kDuration && b.kind() == Kind::kTimestamp)) {
    return moments(sum, a, b);
  }
  return sum.no_overload(a, b);
}

Value negate(const Value& a, uint32_t offset, Context& context) {
  if (a.kind() == Kind::kDouble) return Value::real(-a.as_double());
  if (a.kind() != Kind::kInt) {
    return context.fail(offset, fmt::format("'-' does not take {}", type_name(a.kind())));
  }
  if (a.as_int() == std::numeric_limits<int64_t>::min()) {
    return context.fail(offset, "'-' gives a number that is too large or too small");
  }
  return Value::integer(-a.as_int());
}

}  // namespace agentmesh::policy::cel
