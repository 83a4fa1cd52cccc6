// Rule index: which rules of the text scanner a sentence brings into play, by the classes of its words. For text.cc alone.
//
// Each rule is filed under the classes of its rarest step, and looked at where a word of its second rarest is there as well: most
// sentences bring none. Cost: a few operations for each rare class of a sentence. Immutable once made; any thread.

#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "policy/scan/lexicon.h"
#include "policy/scan/text_rules.h"

namespace agentmesh::policy::scan {

class RuleIndex {
 public:
  RuleIndex();

  // Calls `visit(rule)`, for some rules more than once.
  template <class Visit>
  void each(ClassSet present, Visit visit) const {
    const ClassSet filed = present & filed_;
    each_of(static_cast<uint64_t>(filed), 0, present, visit);
    each_of(static_cast<uint64_t>(filed >> 64), 64, present, visit);
  }

 private:
  struct Filed {
    ClassSet also = 0;
    const TextRule* rule = nullptr;
  };
  template <class Visit>
  void each_of(uint64_t filed, size_t first, ClassSet present, Visit& visit) const {
    for (; filed != 0; filed &= filed - 1)
      for (const Filed& one : rules_[first + static_cast<size_t>(std::countr_zero(filed))])
        if ((one.also & present) != 0) visit(*one.rule);
  }

  std::array<std::vector<Filed>, 128> rules_;  // by class
  ClassSet filed_ = 0;
};

const RuleIndex& rule_index();

}  // namespace agentmesh::policy::scan
