#include "policy/cel/time_value.h"

#include <chrono>
#include <limits>

#include <fmt/format.h>

namespace agentmesh::policy::cel {

namespace {

constexpr int64_t kFirstSecond = -62135596800;  // 0001-01-01T00:00:00Z
constexpr int64_t kLastSecond = 253402300799;   // 9999-12-31T23:59:59Z
constexpr int64_t kBillion = 1'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads from the front of a text; once it fails it stays failed.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && rest_.empty(); }
  bool next_is(char c) const { return ok_ && !rest_.empty() && rest_.front() == c; }
  bool next_is_digit() const { return ok_ && !rest_.empty() && is_digit(rest_.front()); }

  bool take(char c) {
    if (!next_is(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take(std::string_view word) {
    if (!ok_ || !rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  void need(char c) { ok_ = take(c) && ok_; }
  // Exactly `digits` digits, the number between the limits.
  int number(size_t digits, int least, int most) {
    int value = 0;
    for (size_t i = 0; i < digits; ++i) {
      if (!next_is_digit()) return ok_ = false, 0;
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    if (value < least || value > most) ok_ = false;
    return value;
  }
  // A fraction's digits in billionths; beyond nine they are an error.
  uint32_t billionths() {
    uint32_t value = 0;
    size_t digits = 0;
    for (; next_is_digit(); ++digits) {
      if (digits < 9) value = value * 10 + static_cast<uint32_t>(rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    if (digits == 0 || digits > 9) ok_ = false;
    for (; digits < 9; ++digits) value *= 10;
    return value;
  }
  void fail() { ok_ = false; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

// "+02:00", "-02:30", "02:00": seconds east of UTC.
int offset_seconds(Scanner& in) {
  const bool west = in.next_is('-');
  if (west || in.next_is('+')) in.take(west ? '-' : '+');
  const int hours = in.number(2, 0, 23);
  in.need(':');
  const int minutes = in.number(2, 0, 59);
  return (west ? -1 : 1) * (hours * 3600 + minutes * 60);
}

std::optional<int> zone_seconds(std::string_view zone) {
  if (zone == "UTC" || zone == "GMT" || zone == "Z") return 0;
  Scanner in(zone);
  const int seconds = offset_seconds(in);
  if (!in.at_end()) return std::nullopt;
  return seconds;
}

// ".5", ".000000001", or "" for nothing.
std::string fraction(uint32_t billionths) {
  if (billionths == 0) return "";
  std::string text = fmt::format(".{:09}", billionths);
  while (text.back() == '0') text.pop_back();
  return text;
}

struct Fields {
  std::chrono::year_month_day date;
  std::chrono::sys_days day;
  int64_t second_of_day = 0;
};

Fields fields_of(int64_t seconds) {
  const std::chrono::sys_seconds at{std::chrono::seconds(seconds)};
  const std::chrono::sys_days day = std::chrono::floor<std::chrono::days>(at);
  return {std::chrono::year_month_day(day), day, (at - day).count()};
}

// One number of a duration with its unit, in nanoseconds: "1.5h".
std::optional<int64_t> duration_part(Scanner& in) {
  int64_t whole = 0;
  bool digits = false;
  for (; in.next_is_digit(); digits = true) {
    if (__builtin_mul_overflow(whole, 10, &whole) ||
        __builtin_add_overflow(whole, in.number(1, 0, 9), &whole)) {
      return std::nullopt;
    }
  }
  uint32_t part = 0;
  if (in.take('.') && in.next_is_digit()) {
    part = in.billionths();
    digits = true;
  }
  if (!digits || !in.ok()) return std::nullopt;
  const int64_t unit = in.take("ms")   ? 1'000'000
                       : in.take("us") ? 1'000
                       : in.take("µs") ? 1'000
                       : in.take("ns") ? 1
                       : in.take('h')  ? 3600 * kBillion
                       : in.take('m')  ? 60 * kBillion
                       : in.take('s')  ? kBillion
                                       : 0;
  if (unit == 0) return std::nullopt;
  int64_t sum = 0;
  // A unit is a whole number of seconds or a small part of one: neither product overflows.
  const int64_t decimals =
      unit >= kBillion ? int64_t{part} * (unit / kBillion) : int64_t{part} * unit / kBillion;
  if (__builtin_mul_overflow(whole, unit, &sum) || __builtin_add_overflow(sum, decimals, &sum)) {
    return std::nullopt;
  }
  return sum;
}

Converted duration_field(Function function, int64_t nanoseconds) {
  switch (function) {
    case Function::kGetHours: return Value::integer(nanoseconds / (3600 * kBillion));
    case Function::kGetMinutes: return Value::integer(nanoseconds / (60 * kBillion));
    case Function::kGetSeconds: return Value::integer(nanoseconds / kBillion);
    default: return Value::integer(nanoseconds % kBillion / 1'000'000);  // kGetMilliseconds
  }
}

}  // namespace

std::optional<Value> make_timestamp(int64_t seconds, uint32_t nanoseconds) {
  if (seconds < kFirstSecond || seconds > kLastSecond) return std::nullopt;
  return Value::timestamp(seconds, nanoseconds);
}

std::optional<Value> parse_timestamp(std::string_view text) {
  Scanner in(text);
  const int y = in.number(4, 0, 9999);
  in.need('-');
  const int m = in.number(2, 1, 12);
  in.need('-');
  const int d = in.number(2, 1, 31);
  if (!in.take('t')) in.need('T');
  const int64_t hour = in.number(2, 0, 23);
  in.need(':');
  const int64_t minute = in.number(2, 0, 59);
  in.need(':');
  const int64_t second = in.number(2, 0, 59);
  const uint32_t billionths = in.take('.') ? in.billionths() : 0;
  int offset = 0;
  if (!in.take('Z') && !in.take('z')) {
    if (!in.next_is('+') && !in.next_is('-')) in.fail();
    offset = offset_seconds(in);
  }
  const std::chrono::year_month_day date{std::chrono::year(y),
                                         std::chrono::month(static_cast<unsigned>(m)),
                                         std::chrono::day(static_cast<unsigned>(d))};
  if (!in.at_end() || !date.ok()) return std::nullopt;
  const int64_t days_since = std::chrono::sys_days(date).time_since_epoch().count();
  return make_timestamp(days_since * 86400 + hour * 3600 + minute * 60 + second - offset,
                        billionths);
}

std::string print_timestamp(const Value& timestamp) {
  const Fields at = fields_of(timestamp.seconds());
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", static_cast<int>(at.date.year()),
                     static_cast<unsigned>(at.date.month()), static_cast<unsigned>(at.date.day()),
                     at.second_of_day / 3600, at.second_of_day / 60 % 60, at.second_of_day % 60,
                     fraction(timestamp.nanoseconds()));
}

std::optional<Value> parse_duration(std::string_view text) {
  Scanner in(text);
  const bool negative = in.take('-');
  if (!negative) in.take('+');
  if (in.take('0') && in.at_end()) return Value::duration(0);
  in = Scanner(text.substr(text.starts_with('-') || text.starts_with('+') ? 1 : 0));
  int64_t sum = 0;
  do {
    const auto part = duration_part(in);
    if (!part || __builtin_add_overflow(sum, *part, &sum)) return std::nullopt;
  } while (!in.at_end());
  return Value::duration(negative ? -sum : sum);
}

std::string print_duration(const Value& duration) {
  const int64_t value = duration.as_duration();
  const uint64_t size = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  return fmt::format("{}{}{}s", value < 0 ? "-" : "", size / 1'000'000'000,
                     fraction(static_cast<uint32_t>(size % 1'000'000'000)));
}

std::optional<Value> add(const Value& timestamp, int64_t nanoseconds) {
  int64_t seconds = nanoseconds / kBillion;
  int64_t rest = nanoseconds % kBillion + timestamp.nanoseconds();
  if (rest < 0) {
    --seconds;
    rest += kBillion;
  } else if (rest >= kBillion) {
    ++seconds;
    rest -= kBillion;
  }
  return make_timestamp(timestamp.seconds() + seconds, static_cast<uint32_t>(rest));
}

std::optional<Value> difference(const Value& later, const Value& earlier) {
  int64_t seconds = later.seconds() - earlier.seconds();
  int64_t rest = int64_t{later.nanoseconds()} - int64_t{earlier.nanoseconds()};
  if (seconds > 0 && rest < 0) {
    --seconds;
    rest += kBillion;
  } else if (seconds < 0 && rest > 0) {
    ++seconds;
    rest -= kBillion;
  }
  int64_t nanoseconds = 0;
  if (__builtin_mul_overflow(seconds, kBillion, &nanoseconds) ||
      __builtin_add_overflow(nanoseconds, rest, &nanoseconds)) {
    return std::nullopt;
  }
  return Value::duration(nanoseconds);
}

Converted time_field(Function function, std::span<const Value> arguments) {
  const Value& of = arguments[0];
  if (of.kind() == Kind::kDuration) {
    if (arguments.size() > 1) return tl::unexpected<std::string>("a duration has no time zone");
    return duration_field(function, of.as_duration());
  }
  int zone = 0;
  if (arguments.size() > 1) {
    const auto seconds = zone_seconds(arguments[1].as_text());
    if (!seconds) {
      return tl::unexpected<std::string>(
          "the time zone must be 'UTC' or an offset such as '+02:00'");
    }
    zone = *seconds;
  }
  const Fields at = fields_of(of.seconds() + zone);
  const std::chrono::sys_days new_year = at.date.year() / std::chrono::January / 1;
  const auto day = static_cast<int64_t>(static_cast<unsigned>(at.date.day()));
  switch (function) {
    case Function::kGetDate: return Value::integer(day);
    case Function::kGetDayOfMonth: return Value::integer(day - 1);
    case Function::kGetDayOfWeek:
      return Value::integer(static_cast<int64_t>(std::chrono::weekday(at.day).c_encoding()));
    case Function::kGetDayOfYear: return Value::integer((at.day - new_year).count());
    case Function::kGetFullYear: return Value::integer(static_cast<int>(at.date.year()));
    case Function::kGetHours: return Value::integer(at.second_of_day / 3600);
    case Function::kGetMinutes: return Value::integer(at.second_of_day / 60 % 60);
    case Function::kGetSeconds: return Value::integer(at.second_of_day % 60);
    case Function::kGetMilliseconds: return Value::integer(of.nanoseconds() / 1'000'000);
    default:  // kGetMonth
      return Value::integer(static_cast<int64_t>(static_cast<unsigned>(at.date.month())) - 1);
  }
}

}  // namespace agentmesh::policy::cel
