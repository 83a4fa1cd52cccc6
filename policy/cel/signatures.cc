// The table of functions: the one place where their names are.

#include <algorithm>

#include "policy/cel/functions.h"

namespace agentmesh::policy::cel {

namespace {

using Style = Signature::Style;
constexpr Kinds kText = kinds(Kind::kString);
constexpr Kinds kNone = 0;
constexpr Kinds kMoment = kinds(Kind::kTimestamp);
constexpr Kinds kMomentOrDuration = kinds(Kind::kTimestamp, Kind::kDuration);
constexpr Kinds kNumbers = kinds(Kind::kInt, Kind::kUint, Kind::kDouble);

constexpr Signature accessor(std::string_view name, Function function, Kinds of,
                             std::string_view usage) {
  return {name, function, Style::kMethod, 1, 2, {of, kText}, Kind::kInt, usage};
}

constexpr Signature conversion(std::string_view name, Function function, Kinds from, Kind to,
                               std::string_view usage) {
  return {name, function, Style::kFunction, 1, 1, {from, kNone}, to, usage};
}

constexpr Signature test(std::string_view name, Function function, Style style,
                         std::string_view usage) {
  return {name, function, style, 2, 2, {kText, kText}, Kind::kBool, usage};
}

constexpr std::array kSignatures{
    Signature{"size",
              Function::kSize,
              Style::kEither,
              1,
              1,
              {kinds(Kind::kString, Kind::kBytes, Kind::kList, Kind::kMap), kNone},
              Kind::kInt,
              "size(string, bytes, list or map)"},
    test("contains", Function::kContains, Style::kMethod, "x.contains(string)"),
    test("startsWith", Function::kStartsWith, Style::kMethod, "x.startsWith(string)"),
    test("endsWith", Function::kEndsWith, Style::kMethod, "x.endsWith(string)"),
    test("matches", Function::kMatches, Style::kEither, "x.matches(pattern)"),
    Signature{"lowerAscii",
              Function::kLowerAscii,
              Style::kMethod,
              1,
              1,
              {kText, kNone},
              Kind::kString,
              "x.lowerAscii()"},
    conversion("bool", Function::kToBool, kinds(Kind::kBool, Kind::kString), Kind::kBool,
               "bool(bool or string)"),
    conversion("bytes", Function::kToBytes, kinds(Kind::kBytes, Kind::kString), Kind::kBytes,
               "bytes(bytes or string)"),
    conversion("double", Function::kToDouble, kNumbers | kText, Kind::kDouble,
               "double(number or string)"),
    conversion("duration", Function::kToDuration, kinds(Kind::kDuration, Kind::kString),
               Kind::kDuration, "duration(duration or string)"),
    conversion("dyn", Function::kToDyn, kAnyKind, Kind::kError, "dyn(x)"),
    conversion("int", Function::kToInt, kNumbers | kText | kMoment, Kind::kInt,
               "int(number, string or timestamp)"),
    conversion("string", Function::kToString,
               kNumbers | kText | kMomentOrDuration | kinds(Kind::kBool, Kind::kBytes),
               Kind::kString, "string(bool, number, string, bytes, timestamp or duration)"),
    conversion("timestamp", Function::kToTimestamp, kMoment | kText | kinds(Kind::kInt),
               Kind::kTimestamp, "timestamp(timestamp, string or int)"),
    conversion("type", Function::kToType, kAnyKind, Kind::kType, "type(x)"),
    conversion("uint", Function::kToUint, kNumbers | kText, Kind::kUint, "uint(number or string)"),
    test("under", Function::kUnder, Style::kFunction, "under(path, directory)"),
    Signature{"host_in",
              Function::kHostIn,
              Style::kFunction,
              2,
              2,
              {kText, kinds(Kind::kList)},
              Kind::kBool,
              "host_in(host, [globs])"},
    Signature{"each",
              Function::kEach,
              Style::kFunction,
              1,
              1,
              {kAnyKind, kNone},
              Kind::kError,
              "each(x)"},
    accessor("getDate", Function::kGetDate, kMoment, "timestamp.getDate()"),
    accessor("getDayOfMonth", Function::kGetDayOfMonth, kMoment, "timestamp.getDayOfMonth()"),
    accessor("getDayOfWeek", Function::kGetDayOfWeek, kMoment, "timestamp.getDayOfWeek()"),
    accessor("getDayOfYear", Function::kGetDayOfYear, kMoment, "timestamp.getDayOfYear()"),
    accessor("getFullYear", Function::kGetFullYear, kMoment, "timestamp.getFullYear()"),
    accessor("getHours", Function::kGetHours, kMomentOrDuration, "x.getHours()"),
    accessor("getMilliseconds", Function::kGetMilliseconds, kMomentOrDuration,
             "x.getMilliseconds()"),
    accessor("getMinutes", Function::kGetMinutes, kMomentOrDuration, "x.getMinutes()"),
    accessor("getMonth", Function::kGetMonth, kMoment, "timestamp.getMonth()"),
    accessor("getSeconds", Function::kGetSeconds, kMomentOrDuration, "x.getSeconds()"),
};

// call() finds a function's signature by its number.
constexpr bool in_order() {
  for (size_t i = 0; i < kSignatures.size(); ++i) {
    if (static_cast<size_t>(kSignatures[i].function) != i) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

const Signature* find_function(std::string_view name) {
  const auto at = std::find_if(kSignatures.begin(), kSignatures.end(),
                               [&](const Signature& s) { return s.name == name; });
  return at == kSignatures.end() ? nullptr : &*at;
}

std::span<const Signature> all_functions() { return kSignatures; }

const std::vector<std::string>& also_called(const Signature& signature) {
  static const std::vector<std::string> kSize{"len", "length", "count"};
  static const std::vector<std::string> kContains{"includes", "has", "find", "indexOf"};
  static const std::vector<std::string> kStartsWith{"hasPrefix", "beginsWith"};
  static const std::vector<std::string> kEndsWith{"hasSuffix"};
  static const std::vector<std::string> kMatches{"regex", "regexp", "re", "search", "like"};
  static const std::vector<std::string> kLowerAscii{"lower", "toLower", "toLowerCase", "lowercase"};
  static const std::vector<std::string> kUnder{"inside", "within", "isUnder", "below"};
  static const std::vector<std::string> kToString{"str", "toString"};
  static const std::vector<std::string> kNone;
  switch (signature.function) {
    case Function::kSize: return kSize;
    case Function::kContains: return kContains;
    case Function::kStartsWith: return kStartsWith;
    case Function::kEndsWith: return kEndsWith;
    case Function::kMatches: return kMatches;
    case Function::kLowerAscii: return kLowerAscii;
    case Function::kUnder: return kUnder;
    case Function::kToString: return kToString;
    default: return kNone;
  }
}

}  // namespace agentmesh::policy::cel
