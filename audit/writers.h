// What the records of one writer must be to each other: counted without gaps, never back in time, every outcome to a
// decision that waits for it (audit.md sections 2 and 9).

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "audit/line_check.h"

namespace agentmesh::audit {

class Writers {
 public:
  // `pruned`: lines before the first one are gone; writers may have begun there.
  explicit Writers(bool pruned) : pruned_(pruned) {}

  // Looks at the next record. `problem(code, message)` is called for each thing that is wrong with it.
  void see(const LineFacts& facts,
           const std::function<void(const char* code, std::string message)>& problem);

  size_t count() const { return order_.size(); }
  // In the order of their first records.
  std::vector<std::string> without_session_end() const;
  std::vector<std::string> with_clock_set_back() const;

 private:
  struct Writer {
    std::string name;
    bool counted = false;  // has had a record with a wseq
    uint64_t first = 0;    // the first of them
    uint64_t next = 0;     // the wseq that is due
    bool timed = false;
    int64_t mono = 0;
    int64_t ts = 0;
    bool clock_back = false;
    bool in_session = false;
    std::unordered_set<uint64_t> open;                   // decisions that wait for their outcome
    std::vector<std::pair<uint64_t, uint64_t>> dropped;  // what drop records stand for
  };

  const bool pruned_;
  std::unordered_map<uint64_t, Writer> writers_;  // by the number that w spells
  std::vector<const Writer*> order_;
};

}  // namespace agentmesh::audit
