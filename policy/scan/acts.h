// Acts: what was found in one text, and what it amounts to. For text.cc alone.
//
// Acts count together where they stand together: a long document has some of each, far apart. Each act counts once, with the
// heaviest of its rules.
// Cost: a few additions for each act found. Not for two threads at once.

#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "policy/scan/hit.h"
#include "policy/scan/text.h"
#include "policy/scan/text_rules.h"

namespace agentmesh::policy::scan {

class Acts {
 public:
  explicit Acts(TextKind kind) : kind_(kind) {}

  // An act found at `at`, which is nowhere in particular if it is of the `whole` text; with its weight in a description and in a
  // result, 0: none.
  void add(Act act, int tool, int result, size_t at, bool whole);

  // Adds tool.poisoned or result.injection, and the acts beside it, if they are enough in a text of `length` bytes.
  void report(size_t length, std::vector<Hit>& hits) const;

 private:
  struct Seen {
    int weight = 0;
    size_t at = 0;
    bool whole = false;
  };
  struct Place {
    size_t at = 0;
    bool whole = false;
  };
  int weight_near(Act act, Place here) const;
  int together(Place here) const;
  int together_in_result(Place here) const;

  TextKind kind_;
  std::array<Seen, kActs> seen_{};
  int most_ = 0;
};

}  // namespace agentmesh::policy::scan
