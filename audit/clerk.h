// Clerk: one writer without threads, for what changes the log as a whole: a new key, a prune, an erasure.
//
// While it works it holds both locks, `lock.cp` and `lock`: nobody else appends or signs. Order: open(), then append() and
// sign() as often as need be; rest() lets others append, work() goes on; checkpoints stay ours as long as it lives.
// Thread: one. Failure: ETIMEDOUT if another process keeps a lock; kDamaged (tail_end.h) for a log that must not be extended.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "audit/journal.h"
#include "audit/note.h"
#include "audit/options.h"
#include "audit/record.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/disk.h"
#include "base/result.h"

namespace agentmesh::audit {

class Clerk {
 public:
  // ENOENT if there is no such log: a clerk makes none. Recovers a torn end and finishes a change of keys that was cut short.
  static Result<std::unique_ptr<Clerk>> open(const Options& options, Disk& disk, const Clock& clock,
                                             Random& random);
  ~Clerk();
  Clerk(const Clerk&) = delete;
  Clerk& operator=(const Clerk&) = delete;

  // Writes the record. Returns its seq.
  Result<uint64_t> append(const Record& record);
  // Makes a checkpoint of exactly what is there, and the tiles that it fills. Without `signers` the key in force signs. No
  // checkpoint where another's prune or erasure is the end (signing.h): the next one covers it, behind a record of our own.
  Result<void> sign(const std::vector<const Signer*>& signers = {});
  void rest();
  Result<void> work();

  const Head& head() const { return journal_->head(); }
  const std::string& directory() const { return journal_->directory(); }
  const std::string& writer() const { return writer_; }

 private:
  Clerk(const Options& options, Disk& disk, const Clock& clock, Random& random);
  Result<void> lock_checkpoints();

  const Options options_;
  Disk& disk_;
  const Clock& clock_;
  const std::string writer_;
  Fd checkpoint_lock_;
  std::unique_ptr<Journal> journal_;
  bool held_ = false;
  uint64_t wseq_ = 0;
  int64_t mono_ = 0;
};

}  // namespace agentmesh::audit
