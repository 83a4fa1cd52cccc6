// Look-alike: tool names that a model or a person could take for one another, on one server or on two.
//
// A second server that offers "read_flie" or "reаd_file" (with a Cyrillic а) invites calls meant for the first. On one
// server only names with foreign or invisible characters count: get_page, get_pages and getPage are its own affair.
// Cannot see: names that mean the same (fetch_mail, get_mail); a long name that only adds a word (read_file_v2).
// Thread: one. Cost: find() one look-up and, for a long name, one bounded edit distance per known long name.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trust/events.h"
#include "trust/pins.h"

namespace agentmesh::trust {

enum class Likeness : uint8_t {
  kSame,       // the very same name on another server
  kSkeleton,   // the same to the eye: case, look-alike and invisible characters (base/skeleton.h)
  kMisspelled  // at most two edits apart (insert, delete, replace, swap), both of at least kLongName characters, and not
               // by digits alone
};

struct Lookalike {
  Likeness likeness = Likeness::kSame;
  std::string server;  // whose name it resembles
  std::string name;
};

// The finding that a name gives which is like this: "tool.look-alike", or "tool.same-name" for the very same one elsewhere.
std::string_view finding_id(const Lookalike& like);
// High where foreign or invisible characters imitate a name; medium where case or l and 1 do; low otherwise.
Severity severity_of(const Lookalike& like, std::string_view name);

class KnownNames {
 public:
  static constexpr size_t kLongName = 10;
  static constexpr int kMaxEdits = 2;

  KnownNames() = default;
  // The tools among these pins, of all servers.
  explicit KnownNames(std::span<const Pin> pins);
  void add(std::string_view server, std::string_view name);

  // The closest other name; the likeness that is most deceptive first (kSkeleton, kMisspelled, kSame).
  std::optional<Lookalike> find(std::string_view server, std::string_view name) const;

 private:
  struct Known {
    std::string server, name;
    bool operator==(const Known&) const = default;
  };
  const Known* same_to_the_eye(std::string_view server, std::string_view name,
                               const std::string& looks) const;
  std::multimap<std::string, Known> by_skeleton_;
};

// Insertions, deletions, replacements and swaps of neighbours between two texts, by code point; `limit` + 1 when there
// are more.
int edit_distance(std::string_view a, std::string_view b, int limit);

}  // namespace agentmesh::trust
