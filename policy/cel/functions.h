// The functions of the language: their names and signatures (for the checker), and what they do (for the evaluator).
//
// The standard ones follow the language definition (cel-spec, langdef.md, "List of Standard Definitions"). Four are our
// own: under, host_in, each, lowerAscii (policy.md, Conditions).

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/cel/context.h"
#include "policy/cel/regex.h"
#include "policy/cel/value.h"

namespace agentmesh::policy::cel {

enum class Function : uint8_t {
  kSize,
  kContains,
  kStartsWith,
  kEndsWith,
  kMatches,
  kLowerAscii,
  kToBool,
  kToBytes,
  kToDouble,
  kToDuration,
  kToDyn,
  kToInt,
  kToString,
  kToTimestamp,
  kToType,
  kToUint,
  kUnder,
  kHostIn,
  kEach,
  kGetDate,
  kGetDayOfMonth,
  kGetDayOfWeek,
  kGetDayOfYear,
  kGetFullYear,
  kGetHours,
  kGetMilliseconds,
  kGetMinutes,
  kGetMonth,
  kGetSeconds,
};

using Kinds = uint16_t;  // a set of kinds, one bit each
constexpr Kinds kinds(Kind kind) { return static_cast<Kinds>(1U << static_cast<unsigned>(kind)); }
template <class... More>
constexpr Kinds kinds(Kind kind, More... more) {
  return static_cast<Kinds>(kinds(kind) | kinds(more...));
}
constexpr Kinds kAnyKind = 0xffff;

struct Signature {
  enum class Style : uint8_t { kFunction, kMethod, kEither };  // f(x), x.f(), both
  std::string_view name;
  Function function;
  Style style;
  uint8_t required;            // arguments, a method's receiver included
  uint8_t count;               // with the optional ones
  std::array<Kinds, 2> takes;  // per argument
  Kind result;                 // kError: it depends on the arguments
  std::string_view usage;      // "x.contains(string)"
};

// The signature of a name, or null.
const Signature* find_function(std::string_view name);
std::span<const Signature> all_functions();
// Other languages' names for ours, for "did you mean".
const std::vector<std::string>& also_called(const Signature& signature);

// Calls a function with `arguments` (a method's receiver first) of a number the signature allows; their kinds are checked
// here. `pattern` is the compiled literal of `matches`, or null.
// Returns the value, or an error at `offset`.
Value call(Function function, std::span<const Value> arguments, const Regex* pattern,
           uint32_t offset, Context& context);

}  // namespace agentmesh::policy::cel
