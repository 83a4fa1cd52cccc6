// Look-alike: tool names of different servers that a model or a person could take for one another.
//
// A second server that offers "read_flie" or "reаd_file" (with a Cyrillic а) invites calls meant for the first.
// Thread: immutable after building. Cost: find() one look-up and one bounded edit distance per known long name.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trust/pins.h"

namespace agentmesh::trust {

enum class Likeness : uint8_t {
  kSame,      // the very same name on another server
  kSkeleton,  // the same to the eye: case, look-alike and invisible characters (base/skeleton.h)
  kMisspelled  // at most two edits apart (insert, delete, replace, swap), both of at least kLongName characters
};

struct Lookalike {
  Likeness likeness = Likeness::kSame;
  std::string server;  // whose name it resembles
  std::string name;
};

class KnownNames {
 public:
  static constexpr size_t kLongName = 10;
  static constexpr int kMaxEdits = 2;

  // The tools among these pins, of all servers.
  explicit KnownNames(std::span<const Pin> pins);

  // The closest name of *another* server; the likeness that is most deceptive first (kSkeleton, kMisspelled, kSame).
  std::optional<Lookalike> find(std::string_view server, std::string_view name) const;

 private:
  struct Known {
    std::string server, name;
  };
  std::multimap<std::string, Known> by_skeleton_;
};

// Insertions, deletions, replacements and swaps of neighbours between two texts, by code point; `limit` + 1 when there
// are more.
int edit_distance(std::string_view a, std::string_view b, int limit);

}  // namespace agentmesh::trust
