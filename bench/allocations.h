// Allocations: how often this program has asked for memory so far. Linking allocations.cc replaces operator new.

#pragma once

#include <cstdint>

namespace agentmesh::bench {

uint64_t allocations();  // of all threads

}  // namespace agentmesh::bench
