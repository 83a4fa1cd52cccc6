#include "cli/when.h"

#include <charconv>
#include <chrono>
#include <string>

namespace agentmesh::cli {

namespace {

// Exactly `digits` digits off the front.
bool take(std::string_view& text, size_t digits, int& out) {
  if (text.size() < digits) return false;
  const auto end = text.data() + digits;
  const auto read = std::from_chars(text.data(), end, out);
  if (read.ec != std::errc() || read.ptr != end || out < 0) return false;
  text.remove_prefix(digits);
  return true;
}
bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

int64_t unit_us(std::string_view unit) {
  if (unit == "s") return 1'000'000;
  if (unit == "m") return 60'000'000;
  if (unit == "h") return 3'600'000'000;
  if (unit == "d") return 86'400'000'000;
  return unit == "w" ? 7 * 86'400'000'000 : 0;
}

}  // namespace

Result<int64_t> parse_when(std::string_view text, int64_t now_us) {
  const auto wrong = [given = std::string(text)] {
    return fail(
        "'" + given +
        "' is not a time (use 2026-11-18, 2026-11-18T09:30:00Z, or how long ago: 30m, 24h, 7d)");
  };
  int64_t count = 0;
  const auto number = std::from_chars(text.data(), text.data() + text.size(), count);
  if (number.ec == std::errc() && count >= 0 && count <= 100'000) {
    const int64_t unit = unit_us(text.substr(static_cast<size_t>(number.ptr - text.data())));
    if (unit > 0) return now_us - count * unit;
  }
  int year = 0;
  int month = 0;
  int day = 0;
  if (!take(text, 4, year) || !take(text, '-') || !take(text, 2, month) || !take(text, '-') ||
      !take(text, 2, day))
    return wrong();
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return wrong();
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!text.empty()) {
    if (!take(text, 'T') && !take(text, ' ')) return wrong();
    if (!take(text, 2, hour) || !take(text, ':') || !take(text, 2, minute)) return wrong();
    if (take(text, ':') && !take(text, 2, second)) return wrong();
    if (take(text, '.'))
      while (!text.empty() && text.front() >= '0' && text.front() <= '9') text.remove_prefix(1);
    (void)take(text, 'Z');
    if (!text.empty() || hour > 23 || minute > 59 || second > 60) return wrong();
  }
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((days * 24 + hour) * 60 + minute) * 60'000'000 + second * int64_t{1'000'000};
}

}  // namespace agentmesh::cli
