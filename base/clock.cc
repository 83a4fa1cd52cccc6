#include "base/clock.h"

#include <ctime>

#include <fmt/format.h>

namespace agentmesh {
namespace {

constexpr int64_t kSecond = 1'000'000;

int64_t now_us(clockid_t clock) {
  timespec now{};
  (void)::clock_gettime(clock, &now);  // fails only for a clock that does not exist
  return int64_t{now.tv_sec} * kSecond + now.tv_nsec / 1000;
}

// Whole seconds, rounded down, so that the rest is never negative (times before 1970 too).
time_t seconds_of(int64_t wall_us) { return wall_us / kSecond - (wall_us % kSecond < 0 ? 1 : 0); }

tm utc_of(int64_t wall_us) {
  const time_t seconds = seconds_of(wall_us);
  tm parts{};
  (void)::gmtime_r(&seconds, &parts);
  return parts;
}

}  // namespace

int64_t SystemClock::wall_us() const { return now_us(CLOCK_REALTIME); }
int64_t SystemClock::mono_us() const { return now_us(CLOCK_MONOTONIC); }

LocalTime local_time(int64_t wall_us) {
  const time_t seconds = seconds_of(wall_us);
  tm parts{};
  (void)::localtime_r(&seconds, &parts);
  return {parts.tm_hour, parts.tm_wday};
}

std::string utc_day(int64_t wall_us) {
  const tm parts = utc_of(wall_us);
  return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

std::string rfc3339(int64_t wall_us) {
  const tm parts = utc_of(wall_us);
  const int64_t rest = wall_us - int64_t{seconds_of(wall_us)} * kSecond;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     rest);
}

}  // namespace agentmesh
