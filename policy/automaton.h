// Automaton: a regex as the places it may stand at, and how much there is to work out when a text is followed through it.
//
// It follows texts as RE2's DFA does: what was worked out once for some places and a byte is known from then on. What counts is
// the work that is new, in places looked at; so the same pattern and text give the same number on every machine.
// A pattern that is bound to the end of a text is followed from there, as RE2 does.
// For slow.h alone. Thread: values. Cost: of() grows with the pattern written out (counted repetitions are), work() with what it
// returns.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "policy/regex_tree.h"

namespace agentmesh::policy {

class Automaton {
 public:
  static constexpr size_t kMaxPlaces = 20'000;
  // Nothing if the pattern takes more places.
  static std::optional<Automaton> of(RegexTree tree);

  // The new work of searching the text, up to the first match. Stops when it exceeds `enough`.
  size_t work(std::string_view text, size_t enough) const;

  struct Place {
    enum class Kind : uint8_t {
      kByte,   // one of `bytes`, then `next`
      kSplit,  // `next` and `other`
      kBegin,  // `next`, at the beginning of the text
      kMatch,
      kNever,
    };
    Kind kind = Kind::kNever;
    uint32_t next = 0;
    uint32_t other = 0;
    uint32_t bytes = 0;  // index into sets_
  };

 private:
  friend class AutomatonBuilder;
  std::vector<Place> places_;
  std::vector<RegexTree::Bytes> sets_;
  uint32_t start_ = 0;
};

}  // namespace agentmesh::policy
