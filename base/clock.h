// Time, handed in so that tests own it. Microseconds everywhere.

#pragma once

#include <cstdint>
#include <string>

namespace agentmesh {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t wall_us() const = 0;  // CLOCK_REALTIME, UTC; may step back
  virtual int64_t mono_us() const = 0;  // CLOCK_MONOTONIC; never decreases
};

class SystemClock final : public Clock {
 public:
  int64_t wall_us() const override;
  int64_t mono_us() const override;
};

// The wall clock on this machine's wall (its time zone): hour 0–23, weekday 0 Sunday … 6 Saturday.
struct LocalTime {
  int hour = 0;
  int weekday = 0;
};
LocalTime local_time(int64_t wall_us);

// "2026-11-18" (UTC day of a wall time).
std::string utc_day(int64_t wall_us);
// "2026-11-18T09:30:00.000123Z".
std::string rfc3339(int64_t wall_us);

}  // namespace agentmesh
