// The log's keys: one that signs, the public ones that it had, and one that tells commands apart (audit.md section 1).
//
// Thread: any. Failure: a key that others may read is refused, and the error has the command that mends it.

#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "audit/note.h"
#include "base/crypto.h"
#include "base/disk.h"
#include "base/result.h"

namespace agentmesh::audit {

// `path` is ours alone: a directory 0700, a file 0600 or less. A missing one is an error.
Result<void> check_private(const std::string& path);

// <state>/keys and <state>/keys/audit, made if they are missing and checked.
Result<void> prepare_keys_directory(const std::string& state_dir);

Result<Signer> load_signer(const std::string& state_dir, const std::string& log);
// All public keys that a .vkeys file has, oldest first. Empty lines are passed over.
Result<std::vector<VerifierKey>> load_vkeys(const std::string& path);
// The same of a text that came from there.
Result<std::vector<VerifierKey>> parse_vkeys(std::string_view text, const std::string& path);

// Whose checkpoints count as ours: those of .vkeys (which may be gone), and the one that signs now.
Result<std::vector<VerifierKey>> own_keys(const std::string& state_dir, const std::string& log);

// The same, as far as they are there; none if neither is.
Result<std::vector<VerifierKey>> known_keys(const std::string& state_dir, const std::string& log);

// Of those the ones whose signature the newest checkpoint has in the log's home: the last that is kept, and the one that signs
// where it is not kept yet. (The checkpoint of a change carries both.)
Result<std::vector<VerifierKey>> newest_keys(const std::string& state_dir, const std::string& log);

// The signing key and its .vkeys: the one that is there, else a new one for `origin` ("": a random one).
// Call it under flock of <state>/keys/audit/lock.
Result<Signer> load_or_make_signer(const std::string& state_dir, const std::string& log,
                                   const std::string& origin, Disk& disk, Random& random);

// 32 bytes kept as 64 hex digits; made if missing, whoever is first.
Result<std::array<uint8_t, 32>> load_or_make_secret(const std::string& path, Disk& disk,
                                                    Random& random);

}  // namespace agentmesh::audit
