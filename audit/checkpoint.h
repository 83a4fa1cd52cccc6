// Checkpoints: signed tree heads (C2SP tlog-checkpoint), one note each, and the file that keeps all of them.
//
// The form is exact (audit.md section 4): origin, size, base64 of the root, nothing else.
// Pure functions, any thread.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/note.h"
#include "base/crypto.h"

namespace agentmesh::audit {

struct TreeHead {
  std::string origin;
  uint64_t size = 0;
  Hash root{};

  std::string text() const;  // three lines
  static std::optional<TreeHead> parse(std::string_view text);
};

struct Checkpoint {
  TreeHead head;
  Note note;

  static std::optional<Checkpoint> parse(std::string_view bytes);
};

// The first of `keys` that has signed a checkpoint of its own log; null if none has.
const VerifierKey* signer_of(const Checkpoint& checkpoint, std::span<const VerifierKey> keys);

// The notes of a history (`checkpoints`), in order. What is no checkpoint is an entry without one; reading goes on at
// the next line that begins a note of `origin` ("" if it is not known: the first line of the file is taken).
struct HistoryEntry {
  uint64_t offset = 0;
  uint64_t bytes = 0;
  std::optional<Checkpoint> checkpoint;
};
struct History {
  std::vector<HistoryEntry> entries;
  // An unfinished last note, or a tail with NUL bytes (what a power failure leaves): where it begins.
  std::optional<uint64_t> torn_at;
};
History split_history(std::string_view bytes, std::string_view origin);

}  // namespace agentmesh::audit
