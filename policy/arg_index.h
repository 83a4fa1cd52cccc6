// ArgIndex: which rules an argument's value leaves in play, however many rules name arguments.
//
// Order: add(), seal(), then find(). Cost: one look-up per argument of the call, and per text one PatternIndex::find(); two where
// a rule asks for a text at any depth.
// Thread: const functions, any.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/guards.h"
#include "policy/input.h"
#include "policy/match.h"

namespace agentmesh::policy {

struct Seen;  // facts.h

class ArgIndex {
 public:
  // The owner is in play where the guard says that its rule may hold.
  void add(const ArgGuard& guard, uint32_t owner);
  void seal();
  // Appends the owners in play, in no order, perhaps with repetitions. All of them where the arguments are gone.
  // `there` is room to work in.
  void find(const Input& input, const Seen& seen, std::vector<bool>& there,
            std::vector<uint32_t>& owners) const;

 private:
  struct Entry {
    PatternIndex texts;
    std::vector<uint32_t> all;      // owners
    std::vector<uint32_t> present;  // whatever the text
    std::vector<uint32_t> missing;
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  class Texts;

  std::unordered_map<std::string, size_t, Hash, std::equal_to<>> names_;
  std::vector<Entry> entries_;
  Entry anywhere_;  // a text at any depth
};

}  // namespace agentmesh::policy
