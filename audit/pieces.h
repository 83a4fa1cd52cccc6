// Pieces: what append() was given, drafted and waiting to be written; and what is known to be lost.
//
// Records get their wseq when they are made, so what is lost is always the newest part of what was made: a gap that one
// `drop` record tells of. Everything here is guarded by its owner (log.cc).

#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/line.h"
#include "audit/log.h"
#include "base/fd.h"

namespace agentmesh::audit {

// What was not written, and why, until a piece tells of it.
struct Gap {
  std::optional<uint64_t> first;  // wseq of the first lost record
  uint64_t last = 0;
  std::string why;             // ring_full | timeout | moved | growth | an errno's name
  std::string errno_name, op;  // what the disk said, if it was the disk
  uint64_t denied = 0;         // calls denied meanwhile

  bool any() const { return first.has_value() || !op.empty(); }

  void lose(uint64_t from, uint64_t to, const std::string& reason) {
    if (!first) why = reason;
    last = first ? std::max(last, to) : to;
    first = first ? std::min(*first, from) : from;
  }
  void note(const std::string& error, const std::string& operation) {
    if (!op.empty()) return;
    errno_name = error;
    op = operation;
  }
  // Takes back what a piece that was not written would have told.
  void take_back(const Gap& told) {
    if (told.first) {
      lose(*told.first, told.last, told.why);
      why = told.why;
    }
    if (!told.op.empty()) {
      errno_name = told.errno_name;
      op = told.op;
    }
    denied += told.denied;
  }
};

struct Piece {
  std::vector<Draft> drafts;  // the first `count` are in use: texts keep their capacity
  size_t count = 0;
  size_t own = 0;           // how many of them are the log's own (drop, io_error)
  uint64_t first_wseq = 0;  // of drafts[0]
  size_t bytes = 0;         // at most, with seqs and LFs
  Gap told;
  uint64_t denies = 0;  // calls that are denied if this is not written
  bool durable = false;
  std::shared_ptr<const Fd> blob;  // to be synced, too, if it is durable
  std::optional<std::chrono::steady_clock::time_point> deadline;
  std::function<void(Appended)> done;

  uint64_t last_wseq() const { return first_wseq + count - 1; }
  Draft& next() {
    if (count == drafts.size()) drafts.emplace_back();
    return drafts[count++];
  }
};

}  // namespace agentmesh::audit
