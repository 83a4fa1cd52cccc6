// Acts: what was found in one text, and what it amounts to. For text.cc alone.
//
// Acts count together where they stand together: a long document has some of each, far apart. There one act is mostly a
// quotation; one that is plain is not, and several are not where no manual has them side by side. Each act counts once, with the
// heaviest of its rules. They may be added in any order of their places: what was encoded is read behind the rest.
// Cost: an entry for each act of a sentence, a few additions for it at the end. Not for two threads at once.

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

  // An act found at the byte `at` of the text; with its weight in a description and in a result, 0: none.
  void add(Act act, int tool, int result, size_t at);
  // An act of the text as a whole, near all others.
  void add_anywhere(Act act, int tool, int result);

  // Adds tool.poisoned or result.injection, and the acts beside it, if they are enough in a text of `length` bytes.
  void report(size_t length, std::vector<Hit>& hits);

 private:
  struct Found {
    size_t at = 0;
    Act act = Act::kConceal;
    int weight = 0;
  };
  using Weights = std::array<int, kActs>;

  int weight(int tool, int result) const { return kind_ == TextKind::kDescription ? tool : result; }
  struct Heaviest {
    int anyhow = 0;    // what stands together at the worst place
    int together = 0;  // and where several unusual acts stand close to each other
    int one = 0;       // an act by itself
  };
  Heaviest heaviest();
  static bool are_several(const Weights& weights);
  int sum(const Weights& weights) const;

  TextKind kind_;
  std::vector<Found> found_;
  std::array<size_t, kActs> last_{};  // of each act, its number in found_ and 1
  Weights anywhere_{};
};

}  // namespace agentmesh::policy::scan
