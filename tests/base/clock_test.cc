#include "base/clock.h"

#include <cstdlib>
#include <ctime>
#include <optional>

#include "tests/catch.h"

namespace agentmesh {
namespace {

// Sets TZ for a test and puts back what was there.
class TimeZone {
 public:
  explicit TimeZone(const char* name) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  TimeZone(const TimeZone&) = delete;
  TimeZone& operator=(const TimeZone&) = delete;
  ~TimeZone() {
    if (before_) {
      ::setenv("TZ", before_->c_str(), 1);
    } else {
      ::unsetenv("TZ");
    }
    ::tzset();
  }

 private:
  std::optional<std::string> before_;
};

TEST_CASE("wall time is written as RFC 3339 in UTC, with microseconds") {
  const TimeZone elsewhere("XXX-9");
  CHECK(rfc3339(0) == "1970-01-01T00:00:00.000000Z");
  CHECK(rfc3339(1'794'994'200'000'123) == "2026-11-18T09:30:00.000123Z");
  CHECK(rfc3339(951'782'399'999'999) == "2000-02-28T23:59:59.999999Z");
  CHECK(rfc3339(951'782'400'000'000) == "2000-02-29T00:00:00.000000Z");
  CHECK(rfc3339(-1) == "1969-12-31T23:59:59.999999Z");
  CHECK(rfc3339(-1'000'000) == "1969-12-31T23:59:59.000000Z");
}

TEST_CASE("a day is the day in UTC, to the last microsecond") {
  const TimeZone elsewhere("XXX+11");
  CHECK(utc_day(1'794'960'000'000'000) == "2026-11-18");
  CHECK(utc_day(1'795'046'399'999'999) == "2026-11-18");
  CHECK(utc_day(1'795'046'400'000'000) == "2026-11-19");
  CHECK(utc_day(-1) == "1969-12-31");
}

TEST_CASE("local time follows the time zone of the machine") {
  const int64_t wednesday_0930_utc = 1'794'994'200'000'123;
  {
    const TimeZone zone("UTC0");
    CHECK(local_time(wednesday_0930_utc).hour == 9);
    CHECK(local_time(wednesday_0930_utc).weekday == 3);
  }
  {
    const TimeZone zone("XXX-15");  // fifteen hours ahead
    CHECK(local_time(wednesday_0930_utc).hour == 0);
    CHECK(local_time(wednesday_0930_utc).weekday == 4);
  }
  {
    const TimeZone zone("XXX+10");
    CHECK(local_time(wednesday_0930_utc).hour == 23);
    CHECK(local_time(wednesday_0930_utc).weekday == 2);
  }
}

TEST_CASE("the system's clocks go forward in microseconds") {
  const SystemClock clock;
  const int64_t mono = clock.mono_us();
  CHECK(clock.mono_us() >= mono);
  const int64_t wall = clock.wall_us();
  const int64_t now = int64_t{std::time(nullptr)} * 1'000'000;
  CHECK(wall > now - 5'000'000);
  CHECK(wall < now + 5'000'000);
}

}  // namespace
}  // namespace agentmesh
