// Rotation: a new signing key for the log, announced in a record and signed by the old key and the new one (audit.md
// section 4).
//
// The new key lies beside the old one, as <log>.key.next, until the checkpoint that both signed is on the disk. Whoever holds
// lock.cp next finishes what was cut short, or takes it back.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "audit/note.h"
#include "audit/options.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/disk.h"
#include "base/result.h"

namespace agentmesh::audit {

struct Rotated {
  uint64_t seq = 0;  // of the key.rotate record
  VerifierKey from, to;
};
Result<Rotated> rotate_key(const Options& options, Disk& disk, const Clock& clock, Random& random);

// For the holder of lock.cp, before anything is signed. Cost: one stat when there is nothing to do.
Result<void> settle_rotation(const Options& options, Disk& disk);

// Whose signature counts for checkpoints that cover what comes after the lines that are there: the signing key's, or the next
// one's if its change is announced and not finished yet. With the log's lock, seldom. kOtherKey (in_force.h) where a key lies
// there that is neither.
Result<VerifierKey> key_in_force(const Options& options);

// The key that lies ready; nothing if its file was cut short before anything was announced.
Result<std::optional<Signer>> load_next_key(const std::string& state_dir, const std::string& log);

std::string next_key_path(const std::string& state_dir, const std::string& log);

}  // namespace agentmesh::audit
