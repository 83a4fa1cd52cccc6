// Signing: the one way to a checkpoint of where the log ends, for whoever has the key (the keeper and the clerk), and the file
// that all checkpoints go to.
//
// A checkpoint that ends with a prune or an erasure is what makes it count (verify_end.cc). So nobody signs exactly there for
// another: such an end is covered as soon as a record of somebody's own follows it.
// Thread: any, holding lock.cp. What is signed is on the disk already. Cost: three syncs; where the last record is not ours, one
// line is read, and those of the last whole subtree (two on average, the whole log at worst) are hashed again.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audit/checkpoint.h"
#include "audit/note.h"
#include "audit/state.h"
#include "base/disk.h"
#include "base/result.h"

namespace agentmesh::audit {

// Whether the process that signs wrote the last record itself (Journal::ends_with_ours).
enum class LastRecord : uint8_t { kOurs, kAnybodys };

// Signs that the log ends at `head`. False if that was left out, for the last record is a prune or an erasure that is not ours,
// or cannot be shown to be none. EILSEQ if the lines do not end as `head` says.
Result<bool> sign_end(const std::string& log_dir, const Head& head, LastRecord by,
                      const Signer& in_force, const std::vector<const Signer*>& signers,
                      Disk& disk);

// Appends the checkpoint to `checkpoints`, cutting off what an unfinished one left there, and puts it in `checkpoint`.
// False if a checkpoint of that size or a larger one is there already.
Result<bool> append_checkpoint(const std::string& log_dir, const TreeHead& head,
                               const std::vector<const Signer*>& signers, Disk& disk);

// Puts the last of `checkpoints`, if that is the one of `head`, in its place as `checkpoint`: whoever made it may not have lived
// to do so.
Result<void> put_newest(const std::string& log_dir, const TreeHead& head, Disk& disk);

}  // namespace agentmesh::audit
