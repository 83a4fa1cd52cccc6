// Approval state: the `requestState` that a modern client carries between our question and its retry of the call.
//
// Sealed (XChaCha20-Poly1305) under a key drawn per process, so a restart makes old ones stale; it comes back through a client
// that may be hostile. It says only which approval it belongs to and until when; server, client, method, tool and arguments
// are bound to it as additional data, and open() refuses whatever differs in one of them. That it is used once is
// approvals.h's to see to.
// Thread: one.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.h"

namespace agentmesh::proxy {

class ApprovalState {
 public:
  explicit ApprovalState(Random& random);

  // Times are monotonic microseconds of this process.
  std::string seal(std::string_view ask, int64_t deadline_us, std::string_view bound_to);
  // The ask it was sealed for; nothing if it is not ours, altered, expired, or bound to something else.
  std::optional<std::string> open(std::string_view state, int64_t now_us,
                                  std::string_view bound_to) const;
  // True if it claims to be one of ours, whether or not it is.
  static bool claims(std::string_view state);

 private:
  Random& random_;
  std::array<uint8_t, 32> key_{};
};

}  // namespace agentmesh::proxy
