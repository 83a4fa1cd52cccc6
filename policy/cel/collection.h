// Looking into lists and maps, whatever they are kept as: plain values, JSON, records of the caller.
//
// Order: open() before the rest. Maps are searched one entry after the other (they are small); keys are compared as the
// language compares them, so 1, 1u and 1.0 are one key.
// Failure: open() is false when the step budget is used up.

#pragma once

#include <cstdint>
#include <string_view>

#include "policy/cel/context.h"
#include "policy/cel/value.h"

namespace agentmesh::policy::cel {

// Makes the members of a list or map known. False when the budget is used up.
bool open(const Value& collection, Context& context);
// How many elements or entries.
uint32_t count(const Value& collection);
// The element of a list, or the value of a map's entry, in the order they are kept.
Value element(const Value& collection, uint32_t at, Context& context);
// The key of a map's entry.
Value key(const Value& map, uint32_t at);

constexpr uint32_t kNotFound = UINT32_MAX;
// Where the entry with that key is. The map is open.
uint32_t find(const Value& map, std::string_view key);
uint32_t find(const Value& map, const Value& key);

}  // namespace agentmesh::policy::cel
