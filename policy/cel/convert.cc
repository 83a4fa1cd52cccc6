#include "policy/cel/convert.h"

#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/bytes.h"
#include "policy/cel/number.h"
#include "policy/cel/time_value.h"

namespace agentmesh::policy::cel {

namespace {

tl::unexpected<std::string> fail(std::string what) {
  return tl::unexpected<std::string>(std::move(what));
}

// What a value is, in a message: never the value itself, which may be a secret of a call (context.h).
std::string a_string(const Value& text) {
  const size_t size = text.as_text().size();
  return fmt::format("a string of {} byte{}", size, size == 1 ? "" : "s");
}

template <class T>
std::optional<T> parse_whole(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  T value = 0;
  const auto got = std::from_chars(text.data(), text.data() + text.size(), value);
  if (got.ec != std::errc() || got.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

Converted to_int(const Value& from) {
  constexpr double kLimit =
      9223372036854775808.0;  // 2^63; -2^63 itself is refused as well (cel-spec)
  switch (from.kind()) {
    case Kind::kUint:
      if (from.as_uint() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
        return fail("the uint is too large for an int");
      }
      return Value::integer(static_cast<int64_t>(from.as_uint()));
    case Kind::kDouble:
      if (!(from.as_double() > -kLimit && from.as_double() < kLimit)) {
        return fail("the double does not fit an int");
      }
      return Value::integer(static_cast<int64_t>(from.as_double()));
    case Kind::kString:
      if (const auto value = parse_whole<int64_t>(from.as_text())) return Value::integer(*value);
      return fail(a_string(from) + " is not an int");
    case Kind::kTimestamp: return Value::integer(from.seconds());
    default: return from;
  }
}

Converted to_uint(const Value& from) {
  constexpr double kLimit = 18446744073709551616.0;  // 2^64
  switch (from.kind()) {
    case Kind::kInt:
      if (from.as_int() < 0) return fail("the int is negative: not a uint");
      return Value::unsigned_integer(static_cast<uint64_t>(from.as_int()));
    case Kind::kDouble:
      if (!(from.as_double() >= 0 && from.as_double() < kLimit)) {
        return fail("the double does not fit a uint");
      }
      return Value::unsigned_integer(static_cast<uint64_t>(from.as_double()));
    case Kind::kString:
      if (const auto value = parse_whole<uint64_t>(from.as_text())) {
        return Value::unsigned_integer(*value);
      }
      return fail(a_string(from) + " is not a uint");
    default: return from;
  }
}

std::optional<double> named_double(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto is = [&](std::string_view name) {
    return text.size() == name.size() &&
           std::equal(text.begin(), text.end(), name.begin(), [](char a, char b) {
             return (static_cast<unsigned char>(a) | 0x20U) == static_cast<unsigned char>(b);
           });
  };
  if (is("nan")) return std::numeric_limits<double>::quiet_NaN();
  if (!is("inf") && !is("infinity")) return std::nullopt;
  return negative ? -std::numeric_limits<double>::infinity()
                  : std::numeric_limits<double>::infinity();
}

Converted to_double(const Value& from) {
  switch (from.kind()) {
    case Kind::kInt: return Value::real(static_cast<double>(from.as_int()));
    case Kind::kUint: return Value::real(static_cast<double>(from.as_uint()));
    case Kind::kString:
      if (const auto value = parse_double(from.as_text())) return Value::real(*value);
      if (const auto value = named_double(from.as_text())) return Value::real(*value);
      return fail(a_string(from) + " is not a double");
    default: return from;
  }
}

Converted to_bool(const Value& from) {
  if (from.kind() == Kind::kBool) return from;
  const std::string_view text = from.as_text();
  for (const std::string_view yes : {"1", "t", "true", "TRUE", "True"}) {
    if (text == yes) return Value::boolean(true);
  }
  for (const std::string_view no : {"0", "f", "false", "FALSE", "False"}) {
    if (text == no) return Value::boolean(false);
  }
  return fail(a_string(from) + " is not a bool");
}

Converted to_string(const Value& from, Arena& arena) {
  char buffer[64];
  const auto kept = [&](std::string_view text) { return Value::string(arena.copy(text)); };
  const auto integer = [&](auto value) {
    const auto got = std::to_chars(buffer, buffer + sizeof buffer, value);
    return kept({buffer, static_cast<size_t>(got.ptr - buffer)});
  };
  switch (from.kind()) {
    case Kind::kBool: return Value::string(from.as_bool() ? "true" : "false");
    case Kind::kInt: return integer(from.as_int());
    case Kind::kUint: return integer(from.as_uint());
    case Kind::kDouble: return kept(print_double(from.as_double(), buffer));
    case Kind::kBytes:
      if (!is_utf8(from.as_text())) return fail("the bytes are not UTF-8");
      return Value::string(from.as_text());
    case Kind::kTimestamp: return kept(print_timestamp(from));
    case Kind::kDuration: return kept(print_duration(from));
    default: return from;
  }
}

}  // namespace

Converted convert(Function function, const Value& from, Arena& arena) {
  switch (function) {
    case Function::kToBool: return to_bool(from);
    case Function::kToBytes: return Value::bytes(from.as_text());
    case Function::kToDouble: return to_double(from);
    case Function::kToInt: return to_int(from);
    case Function::kToUint: return to_uint(from);
    case Function::kToString: return to_string(from, arena);
    case Function::kToDuration: {
      if (from.kind() == Kind::kDuration) return from;
      if (const auto value = parse_duration(from.as_text())) return *value;
      return fail(a_string(from) + " is not a duration, such as '1h30m' or '0.5s'");
    }
    case Function::kToTimestamp: {
      if (from.kind() == Kind::kTimestamp) return from;
      if (from.kind() == Kind::kInt) {
        if (const auto value = make_timestamp(from.as_int(), 0)) return *value;
        return fail("the int is not between the years 1 and 9999");
      }
      if (const auto value = parse_timestamp(from.as_text())) return *value;
      return fail(a_string(from) + " is not a timestamp, such as '2026-01-31T08:00:00Z'");
    }
    default: return from;
  }
}

}  // namespace agentmesh::policy::cel
