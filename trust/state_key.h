// The key that seals derived state: <state>/keys/state.key, 32 random bytes as 64 hex digits.
//
// A row or ticket whose seal does not fit was not written by us and authorises nothing.
// Failure: a key file (or keys/) that others may read is refused with the command that mends it.

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/result.h"

namespace agentmesh::trust {

// Reads the key, or makes it if there is none.
Result<Hash> state_key(const std::string& state_dir, Random& random);
// For those who only read: without a key, or one that may not be read, no seal fits.
Hash state_key_to_read(const std::string& state_dir);

// Keyed BLAKE2b-256 of the parts, each with its length, so that no two lists of parts seal alike.
Hash seal_of(const Hash& key, std::span<const std::string_view> parts);

}  // namespace agentmesh::trust
