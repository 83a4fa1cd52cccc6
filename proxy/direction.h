// Which way a message goes.

#pragma once

#include <cstdint>

namespace agentmesh::proxy {

enum class Direction : uint8_t { kClientToServer, kServerToClient };

inline Direction opposite(Direction d) {
  return d == Direction::kClientToServer ? Direction::kServerToClient : Direction::kClientToServer;
}

}  // namespace agentmesh::proxy
