// Reading a log back for people and programs: the newest lines, what is added to them, one record by its number.
//
// Lines are given as they stand, whether or not they are what they should be: verify.h says that.
// Thread: one. Cost: tail reads the last segment; show halves its way to a line.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/segment.h"
#include "base/result.h"

namespace agentmesh::audit {

// Records that belong to the log (others follow them, or its checkpoint covers them) and are not in it: `count` of those from
// `first` to `last`. All of them where a segment is gone; fewer where lines are gone out of one, for nothing says which.
struct Missing {
  uint64_t first = 0;
  uint64_t last = 0;
  uint64_t count = 0;
};
// "records 305 to 609 are missing"
std::string to_text(const Missing& missing);

class Tail {
 public:
  // Stands before the newest `count` whole lines of the log.
  static Result<Tail> open(const std::string& log_dir, uint64_t count);

  // The next line, each once and in order, also across segments and in a log that took this one's place. Nothing: there
  // is none yet; ask again later.
  Result<std::optional<std::string>> next();

  // What is missing among and between the segments that open() read, in order.
  const std::vector<Missing>& missing() const { return missing_; }

 private:
  explicit Tail(std::string log_dir) : log_dir_(std::move(log_dir)) {}
  Result<void> open_segment(uint64_t first, uint64_t offset);
  Result<bool> moved() const;

  std::string log_dir_;
  std::deque<std::string> waiting_;
  std::vector<Missing> missing_;
  std::optional<LineCursor> cursor_;
  uint64_t segment_ = 0;
};

// All whole lines from record `from` on (or the first that is left), in order, up to the end that is there when reading
// begins. `visit(line, seq)` says whether to go on; seq counts the lines, whatever they say of themselves.
// Returns what is missing from `from` on, as far as was read. What is gone from the log's beginning counts as missing if no prune
// says so; where some is gone, one is looked for to the end, whatever visit() says.
// Cost: 256 KiB of memory, whatever the log's size.
Result<std::vector<Missing>> each_line(
    const std::string& log_dir, uint64_t from,
    const std::function<bool(std::string_view line, uint64_t seq)>& visit);

// The line with that seq; nothing if the log does not have it.
Result<std::optional<std::string>> find_record(const std::string& log_dir, uint64_t seq);

// Of a record that find_record() has not: what is missing where it should be; nothing if it was pruned, or the log ended before.
Result<std::optional<Missing>> missing_at(const std::string& log_dir, uint64_t seq);

}  // namespace agentmesh::audit
