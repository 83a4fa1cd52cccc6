// Overlaps: how often one stretch of text has been read, where what is read begins anew inside what was read before.
//
// "pwd:pwd:pwd:…" has a value every four bytes, each of them with all that follow in it. A scanner that asks here reads such a
// stretch a few times, then gives a coarse answer for the whole of it and goes on behind: linear, whatever the text.
// Cost: two comparisons. For one thread.

#pragma once

#include <algorithm>
#include <cstddef>

namespace agentmesh::policy::scan {

class Overlaps {
 public:
  // What [begin, end) holds is about to be judged: true if as much has been judged as is good for what stands there. Asked in the
  // order of `begin`; what is short costs little, and does not count.
  bool too_many(size_t begin, size_t end) {
    if (end - begin <= kShort) return false;
    const bool anew = begin < end_;
    end_ = std::max(end_, end);
    times_ = anew ? times_ + 1 : 0;
    if (!anew) return false;
    again_ += end - begin;
    return times_ >= kMost || again_ > kFree + begin / 4;
  }

 private:
  static constexpr size_t kShort = 48;
  static constexpr unsigned kMost = 3;
  // Bytes that may be read again in any text; of a long one, a quarter besides.
  static constexpr size_t kFree = 4096;

  size_t end_ = 0;
  size_t again_ = 0;
  unsigned times_ = 0;
};

}  // namespace agentmesh::policy::scan
