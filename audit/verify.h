// Verify: what a log proves, and what is wrong with it, in the codes of audit.md section 9.
//
// It reads; it never writes, and never uses the state file. Beside running writers it stops at the end it saw when it
// opened the last segment. Cost: 1 M records of 600 bytes in about a second on two cores, a few MiB of memory.
// Failure: there is none that is not in the verdict (class io).

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "audit/note.h"
#include "base/crypto.h"

namespace agentmesh::audit {

enum class ProblemClass : uint8_t { kTampered, kUnverifiable, kTorn, kIo };
std::string_view class_name(ProblemClass kind);

struct Problem {
  ProblemClass kind = ProblemClass::kTampered;
  std::string code;
  std::string message;
  std::optional<uint64_t> seq, size;
  std::string file;  // relative to the log's directory; "" where none is meant
  std::optional<uint64_t> offset, bytes;
};

struct Remark {
  std::string code;
  std::string message;
  std::string w, file;  // "" where none is meant
  std::optional<uint64_t> seq, tile, level;
};

enum class Level : uint8_t { kChain, kSigned, kAnchored };
std::string_view level_name(Level level);

struct VerifyOptions {
  std::string dir;                   // the log's directory
  std::vector<VerifierKey> trusted;  // none: key.untrusted, unless chain_only
  bool kept =
      false;  // `trusted` are those that the log's home keeps: the newest, last, is in force
  std::string anchor;  // a file with a checkpoint kept elsewhere; "": none
  // False: nothing says that there ever was a log, neither keys nor an anchor. A directory with nothing of one in it is none then
  // (class io).
  bool expected = true;
  bool strict = false;
  bool chain_only = false;
  bool blobs = false;
  std::string blob_keys_dir;  // <state>/keys/blob/<log>, for blobs
  // For blobs, asked once where one is gone: the days that were erased after this log was set aside (set_aside.h).
  std::function<std::set<std::string>()> erased_later = nullptr;
  unsigned threads = 0;  // besides the caller's; 0: as many as there are cores, at most 4
  std::function<void(uint64_t records)> progress =
      nullptr;  // called now and then, on the caller's thread
};

struct SizeAndRoot {
  uint64_t size = 0;
  Hash root{};
};

struct Verdict {
  int exit = 0;     // 0 ok, 1 tampered, 2 torn, 3 not verifiable, 4 io
  std::string log;  // origin; "" if nothing says it
  Level level = Level::kChain;
  uint64_t records = 0;  // lines read
  uint64_t first_seq = 0;
  uint64_t size = 0;
  Hash root{};
  size_t segments = 0;
  size_t checkpoints = 0;
  std::optional<SizeAndRoot> checkpoint;  // the last that matched
  uint64_t unsigned_records = 0;
  struct Torn {
    std::string file;
    uint64_t offset = 0, bytes = 0;
  };
  std::optional<Torn> torn;
  size_t writers = 0;
  std::map<std::string, uint64_t> types;
  std::set<std::string> erased;  // days, by erasures that were signed at once
  std::optional<SizeAndRoot> anchor;
  bool anchor_ok = false;
  std::vector<Problem> problems;
  std::vector<Remark> notes;
};
std::string_view result_name(int exit);  // ok, tampered, torn, not_verifiable, io_error

Verdict verify(const VerifyOptions& options);

}  // namespace agentmesh::audit
