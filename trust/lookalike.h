// Look-alike: tool names that a model or a person could take for one another, on one server or on two.
//
// A second server that offers "read_flie" or "reаd_file" (with a Cyrillic а) invites calls meant for the first. On one
// server only names with foreign or invisible characters count: get_page, get_pages and getPage are its own affair.
// Cannot see: names that mean the same (fetch_mail, get_mail); a long name that only adds a word (read_file_v2).
// Thread: one. Cost: find() one look-up; for a long name, and for one with foreign letters, a comparison with each known name
// that comes near by length and letters, until kWork is used up (a fraction of a second, whatever is listed): then a misspelling
// is not looked for, and a name with foreign letters is kUntold.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trust/events.h"
#include "trust/pins.h"

namespace agentmesh::trust {

enum class Likeness : uint8_t {
  kUntold,  // it has foreign letters, and is too long or among too many to be held against all names
  kSame,    // the very same name on another server
  kSkeleton,   // the same to the eye: case, look-alike and invisible characters (base/skeleton.h)
  kMisspelled  // the same but for separators (readfile, read-file), or at most two edits apart (insert, delete, replace,
               // swap), both of at least kLongName characters, and not by digits alone
};

struct Lookalike {
  Likeness likeness = Likeness::kSame;
  std::string server;  // whose name it resembles
  std::string name;
};

// The finding that a name gives which is like this: "tool.look-alike", or "tool.same-name" for the very same one elsewhere.
std::string_view finding_id(const Lookalike& like);
// High where foreign or invisible characters imitate a name; medium where case or l and 1 do, or where nobody can tell; low
// otherwise.
Severity severity_of(const Lookalike& like, std::string_view name);

class KnownNames {
 public:
  static constexpr size_t kLongName = 10;
  static constexpr size_t kJoinedName =
      6;  // bytes of a name without its separators: a_b and ab are nobody's imitation
  static constexpr size_t kMaxName = 256;  // bytes; a longer one misspells none
  static constexpr int kMaxEdits = 2;
  static constexpr size_t kMaxNames = 4096;      // of one server; more are not remembered
  static constexpr uint64_t kWork = 64'000'000;  // cells of tables, from one renew() to the next

  KnownNames() = default;
  // The tools among these pins, of all servers.
  explicit KnownNames(std::span<const Pin> pins);
  void add(std::string_view server, std::string_view name);
  // A new list begins.
  void renew() { work_ = 0; }

  // The closest other name; the likeness that is most deceptive first (kSkeleton, kSame, kMisspelled).
  std::optional<Lookalike> find(std::string_view server, std::string_view name);

 private:
  struct Known {
    std::string server, name, looks;
    uint64_t letters = 0;  // a bit for each character of `looks` (mod 64)
  };
  const Known* same_to_the_eye(std::string_view server, std::string_view name,
                               std::string_view looks) const;
  // One that `name` may be read as, for it has foreign letters; nothing if nobody can tell.
  std::optional<const Known*> read_as(std::string_view name);
  const Known* misspelled(std::string_view server, std::string_view name, std::string_view looks);
  bool spend(uint64_t cells);

  using Index = std::multimap<std::string, const Known*, std::less<>>;
  std::map<std::string, std::vector<std::unique_ptr<Known>>, std::less<>> by_server_;
  Index by_skeleton_;
  Index by_joined_;  // skeletons without their separators
  uint64_t work_ = 0;
};

// Insertions, deletions, replacements and swaps of neighbours between two texts, by code point; `limit` + 1 when there
// are more.
int edit_distance(std::string_view a, std::string_view b, int limit);

}  // namespace agentmesh::trust
