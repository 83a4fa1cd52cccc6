// Timestamps and durations: as text (RFC 3339; "1h30m", "1.5s"), their arithmetic, and their fields.
//
// A timestamp lies between 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z; a duration is an int64 of
// nanoseconds. Time zones are offsets ("+02:00") or UTC: names like Europe/Berlin need the machine's zone files, and a
// policy reads no files.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "policy/cel/convert.h"
#include "policy/cel/functions.h"
#include "policy/cel/value.h"

namespace agentmesh::policy::cel {

// nullopt: out of range. `nanoseconds` is below 1e9.
std::optional<Value> make_timestamp(int64_t seconds, uint32_t nanoseconds);
// RFC 3339, with any offset and up to 9 decimals.
std::optional<Value> parse_timestamp(std::string_view text);
// "2009-02-13T23:31:30.5Z"
std::string print_timestamp(const Value& timestamp);

// A sign and one or more decimal numbers with a unit each (h m s ms us ns); "0" alone.
std::optional<Value> parse_duration(std::string_view text);
// Decimal seconds: "-1.5s"
std::string print_duration(const Value& duration);

// timestamp + duration (in nanoseconds, of either sign), timestamp - timestamp. nullopt: out of range.
std::optional<Value> add(const Value& timestamp, int64_t nanoseconds);
std::optional<Value> difference(const Value& later, const Value& earlier);

// The getX() functions; arguments: a timestamp or duration, and for a timestamp perhaps a zone.
Converted time_field(Function function, std::span<const Value> arguments);

}  // namespace agentmesh::policy::cel
