// Prove: what an outsider needs to be certain of one record, or that one tree head extends another (C2SP tlog-proof).
//
// The text of a proof is read and checked (proof.h) before it is given out. Tiles are believed as far as that check holds;
// where it does not, the lines are asked. Thread: one. Cost: a few tiles and at most 255 lines.

#pragma once

#include <cerrno>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "audit/proof.h"
#include "base/result.h"

namespace agentmesh::audit {

// errno values of the errors below; any other is that of a file that could not be read.
inline constexpr int kNotCovered =
    ENODATA;  // no checkpoint of that size, or none that covers the record
inline constexpr int kDisagrees = EBADMSG;  // what is stored does not lead to the signed root

// `size`: of the checkpoint to prove against, the newest without it. `keys`: if there are any, one of them must have signed
// it.
Result<Proof> prove_record(const std::string& log_dir, uint64_t seq, std::optional<uint64_t> size,
                           std::span<const VerifierKey> keys);
// That the tree of `new_size` (signed) extends that of `old_size`.
Result<Proof> prove_consistency(const std::string& log_dir, uint64_t old_size, uint64_t new_size,
                                std::span<const VerifierKey> keys);

}  // namespace agentmesh::audit
