// State: where the log ends, in a small file that all writers map, so that an append need not read anything back.
//
// A cache: it may vanish or be rubbish at any time, and nobody believes it without the tests of audit.md section 3. It is
// read and written only under the log's lock. Cost: one fstat and one hash of about 700 bytes per store.
// Failure: where it cannot be made (a full disk), load() finds nothing and store() does nothing.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "audit/tree.h"
#include "base/disk.h"

namespace agentmesh::audit {

// The end of a log.
struct Head {
  uint64_t next_seq = 0;
  uint64_t segment_first = 0;  // of the segment that grows
  uint64_t segment_bytes = 0;
  int64_t segment_ts = 0;  // ts of its first record
  Hash last_leaf{};
  uint64_t checkpoint_size = 0;
  int64_t checkpoint_ts = 0;
  Frontier tree;  // of all next_seq leaves
};

class StateFile {
 public:
  StateFile() = default;
  explicit StateFile(std::string path) : path_(std::move(path)) {}
  StateFile(StateFile&& other) noexcept;
  StateFile& operator=(StateFile&& other) noexcept;
  ~StateFile();

  // Maps the file, or makes it, or maps another one that took its place. To be called once under each lock.
  void attach(Disk& disk);

  // True if the file says that the log ends at `head` (seq, size and last leaf).
  bool still(const Head& head) const;
  // Takes over what others noted about checkpoints since.
  void refresh_checkpoint(Head& head) const;
  // What the file says, if magic and checksum hold.
  std::optional<Head> load() const;
  void store(const Head& head);
  // Makes the file say nothing: for who is about to change what it cannot tell of (a new segment), and may be killed.
  void invalidate();

 private:
  void detach();

  std::string path_;
  Fd fd_;
  uint8_t* map_ = nullptr;
};

}  // namespace agentmesh::audit
