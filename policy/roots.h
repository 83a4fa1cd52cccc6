// Roots: the directories a policy keeps a call inside, and whether a path is.
//
// `${workspace}` stands for the derived roots, `~` for the home directory. A root is compared as it is written and, when that
// does not fit, as it really is (symlinks followed), since paths come resolved.
// Thread: any; one Roots per question. Cost: a PathResolver call per root, once, and only if no root holds a path as written.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/input.h"
#include "policy/rule_set.h"

namespace agentmesh::policy {

// Absolute and normal. `surroundings` may be null: then `${workspace}` and `~` stand for nothing.
std::vector<std::string> expand_roots(const std::vector<std::string>& written,
                                      const Surroundings* surroundings);

// The roots in force: those of the first layer that has some, else the derived ones.
std::vector<std::string> roots_in_force(const RuleSet& set, const Surroundings* surroundings);

// Roots to hold paths against. Where they really are is looked up once, and only if a path needs it.
class Roots {
 public:
  Roots(std::vector<std::string> roots, const Surroundings* surroundings)
      : roots_(std::move(roots)), surroundings_(surroundings) {}
  bool hold(std::string_view path) const;

 private:
  std::vector<std::string> roots_;
  const Surroundings* surroundings_;
  mutable std::optional<std::vector<std::string>> real_;
};

// Self-protection (policy.md): true if a call of this kind on `path` would touch what governs it. With `takes_away` the
// directories above count as well: who deletes or moves them takes everything below along.
bool is_protected(std::string_view path, Kind kind, bool takes_away,
                  const Surroundings& surroundings);

}  // namespace agentmesh::policy
