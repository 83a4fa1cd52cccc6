// In force: whether the key that lies in keys/ is the one that may sign. The checkpoints say which one that is; a key put back
// from before a rotation, or another log's, would sign what no verification forgives.
//
// Thread: any; beside a process that changes the key it is looked at twice. Cost: three small files, the end of `checkpoints`
// and one signature, usually; all of `checkpoints` where no known key signed its end.

#pragma once

#include <cerrno>

#include "audit/note.h"
#include "audit/options.h"
#include "base/result.h"

namespace agentmesh::audit {

// The errno of an Error that says that another key lies there than the one in force. The log is as it was.
inline constexpr int kOtherKey = EKEYREJECTED;

// Errors: kOtherKey, with the file and what to do; kDamaged (tail_end.h) where `checkpoints` is what is wrong: gone, cut back
// behind `checkpoint`, or continued by another key although ours are as they should be; a key that cannot be read.
Result<void> check_key(const Options& options);

// The key to sign with. Errors: as above.
Result<Signer> signer_in_force(const Options& options);

}  // namespace agentmesh::audit
