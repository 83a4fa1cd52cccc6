// Hidden paths: texts of a call that are no path as they stand, and are one to a server that normalises, cuts or follows what it is
// given: "x y/../../etc/passwd", a name that is a link. The presets' findings do not rest on them, the hard rules do: only where
// such a text lands is told, so that prose and code cost nothing.
//
// One per call; not for threads. Cost: nothing for a text without `..`, a backslash or a slash in front, unless its key may name a
// place ("source", "uri"); then a PathReader's.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/facts.h"
#include "policy/scan/paths.h"

namespace agentmesh::policy {

// True if a text has the name of what is guarded here in it, as it stands or decoded: the last one of its path.
bool names_guarded(const Surroundings& here, std::string_view text);
// The same of a text with more than paths in it, where one name may be a word: the last two, however they are joined, or one as it is
// spelled from home or where the server stands ("~/.claude.json").
bool names_guarded_place(const Surroundings& here, std::string_view text);

class HiddenPaths {
 public:
  // All must outlive this; `surroundings` may be null, and so may `budget` (one of its own).
  HiddenPaths(const Surroundings* surroundings, std::span<const std::string> roots,
              scan::PathBudget* budget)
      : surroundings_(surroundings), reader_(surroundings, roots, budget) {}

  // Where the text may lead, without places. `talk`: what stands under the key is talked about and names no place.
  std::vector<Seen::HiddenPath> read(std::string_view key, std::string_view text, bool talk);
  // Of the text last read: there was more in the call than is followed.
  bool spent() const { return spent_; }

 private:
  bool is_guarded(std::string_view path, bool talk) const;

  const Surroundings* surroundings_;
  scan::PathReader reader_;
  bool spent_ = false;
};

}  // namespace agentmesh::policy
