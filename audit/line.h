// From a record to its line: RFC 8785 form, keys sorted, texts cut to their limits, never too long (audit.md section 2).
//
// A line is drafted when the record is made, before anyone holds the log's lock; `seq` and `prev`, which only the lock's
// holder knows, are put in last. Drafting cannot fail: what is too long is cut and named in `cut`, and if the line is
// still too long findings go first (`findings_more` counts them), then tools, then events.
// Thread: any. Cost: one pass; no allocation once the draft's text is warm.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/record.h"
#include "base/crypto.h"

namespace agentmesh::audit {

inline constexpr size_t kMaxLineBytes = 65'535;  // without the LF

// When and by whom a record was made.
struct Made {
  std::string_view writer;       // 16 hex digits
  std::optional<uint64_t> wseq;  // genesis, segment.open and recover have none
  int64_t ts = 0;
  int64_t mono = 0;
};

struct Draft {
  std::string text;    // the line without seq's digits, with 64 zeros for prev
  size_t seq_at = 0;   // where the digits of seq go
  size_t prev_at = 0;  // where the 64 digits of prev stand
  int64_t ts = 0;
  int64_t mono = 0;
};

// The payload that a record carries, if it has one: a decision's or an approval's args, an outcome's result.
const Payload* payload_of(const Record& record);
inline bool is_result(const Record& record) { return std::holds_alternative<Outcome>(record); }

// `commitment` stands for payload_of(record); null if there is none.
void draft(const Record& record, const Made& made, const Commitment* commitment, Draft& out);

// Appends the finished line and its LF to `out`. Returns the leaf.
Hash finish(const Draft& draft, uint64_t seq, const Hash& prev, std::string& out);

// The records that the log makes itself.
struct Genesis {
  struct After {
    std::string origin;
    uint64_t size = 0;
    Hash root{};
  };
  std::string agentmesh, log, origin, vkey;
  uint64_t segment_bytes = 0;
  std::optional<After> after;
};
struct SegmentOpen {
  std::string prior_file;
  uint64_t prior_bytes = 0, prior_records = 0, tree_size = 0;
  Hash tree_root{};
  std::string vkey;
};
struct Recover {
  std::string file;
  uint64_t offset = 0, bytes = 0, checkpoint = 0;
  Hash sha256{};
};
struct Drop {
  uint64_t first = 0, last = 0, count = 0;
  std::string why;
};
struct IoError {
  std::string errno_name, op;
  uint64_t denied = 0;
};

void draft(const Genesis& record, const Made& made, Draft& out);
void draft(const SegmentOpen& record, const Made& made, Draft& out);
void draft(const Recover& record, const Made& made, Draft& out);
void draft(const Drop& record, const Made& made, Draft& out);
void draft(const IoError& record, const Made& made, Draft& out);

}  // namespace agentmesh::audit
