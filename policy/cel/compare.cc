#include "policy/cel/compare.h"

#include "policy/cel/collection.h"

namespace agentmesh::policy::cel {

namespace {

constexpr int kMaxDepth = 100;  // of values compared with each other

template <class T>
Order order_of(const T& a, const T& b) {
  if (a < b) return Order::kLess;
  if (b < a) return Order::kGreater;
  return a == b ? Order::kSame : Order::kUnordered;
}

double as_real(const Value& number) {
  if (number.kind() == Kind::kInt) return static_cast<double>(number.as_int());
  if (number.kind() == Kind::kUint) return static_cast<double>(number.as_uint());
  return number.as_double();
}

uint64_t as_unsigned(const Value& number) {
  return number.kind() == Kind::kInt ? static_cast<uint64_t>(number.as_int()) : number.as_uint();
}

Order compare_numbers(const Value& a, const Value& b) {
  if (a.kind() == Kind::kDouble || b.kind() == Kind::kDouble) {
    return order_of(as_real(a), as_real(b));
  }
  if (a.kind() == Kind::kInt && b.kind() == Kind::kInt) return order_of(a.as_int(), b.as_int());
  // A negative int is below every uint.
  if (a.kind() == Kind::kInt && a.as_int() < 0) return Order::kLess;
  if (b.kind() == Kind::kInt && b.as_int() < 0) return Order::kGreater;
  return order_of(as_unsigned(a), as_unsigned(b));
}

Equality equal_within(const Value& a, const Value& b, Context& context, int depth);

Equality equal_lists(const Value& a, const Value& b, Context& context, int depth) {
  const uint32_t size = count(a);
  if (size != count(b)) return Equality::kDifferent;
  for (uint32_t i = 0; i < size; ++i) {
    const Equality got =
        equal_within(element(a, i, context), element(b, i, context), context, depth);
    if (got != Equality::kSame) return got;
  }
  return Equality::kSame;
}

Equality equal_maps(const Value& a, const Value& b, Context& context, int depth) {
  const uint32_t size = count(a);
  if (size != count(b)) return Equality::kDifferent;
  for (uint32_t i = 0; i < size; ++i) {
    if (!context.spend(1 + size / 16)) return Equality::kTooMuch;
    const uint32_t at = find(b, key(a, i));
    if (at == kNotFound) return Equality::kDifferent;
    const Equality got =
        equal_within(element(a, i, context), element(b, at, context), context, depth);
    if (got != Equality::kSame) return got;
  }
  return Equality::kSame;
}

Equality equal_within(const Value& a, const Value& b, Context& context, int depth) {
  const bool collections =
      a.kind() == b.kind() && (a.kind() == Kind::kList || a.kind() == Kind::kMap);
  if (!collections) {
    const size_t bytes = a.kind() == Kind::kString && b.kind() == Kind::kString &&
                                 a.as_text().size() == b.as_text().size()
                             ? a.as_text().size() >> 2
                             : 0;
    if (!context.spend(1) || !context.spend_bytes(bytes)) return Equality::kTooMuch;
    return same_scalar(a, b) ? Equality::kSame : Equality::kDifferent;
  }
  if (depth == 0 || !context.spend(1) || !open(a, context) || !open(b, context)) {
    return Equality::kTooMuch;
  }
  return a.kind() == Kind::kList ? equal_lists(a, b, context, depth - 1)
                                 : equal_maps(a, b, context, depth - 1);
}

}  // namespace

Equality equal(const Value& a, const Value& b, Context& context) {
  return equal_within(a, b, context, kMaxDepth);
}

bool same_scalar(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b) == Order::kSame;
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::kNull: return true;
    case Kind::kType: return a.as_type() == b.as_type();
    case Kind::kError:
    case Kind::kList:
    case Kind::kMap: return false;
    case Kind::kString:
    case Kind::kBytes: return a.as_text() == b.as_text();
    default: return compare(a, b) == Order::kSame;
  }
}

Order compare(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b);
  if (a.kind() != b.kind()) return Order::kNotComparable;
  switch (a.kind()) {
    case Kind::kBool: return order_of(a.as_bool(), b.as_bool());
    case Kind::kString:
    case Kind::kBytes: return order_of(a.as_text().compare(b.as_text()), 0);
    case Kind::kDuration: return order_of(a.as_duration(), b.as_duration());
    case Kind::kTimestamp: {
      const Order seconds = order_of(a.seconds(), b.seconds());
      return seconds == Order::kSame ? order_of(a.nanoseconds(), b.nanoseconds()) : seconds;
    }
    default: return Order::kNotComparable;
  }
}

}  // namespace agentmesh::policy::cel
