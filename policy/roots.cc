#include "policy/roots.h"

#include <algorithm>

#include "base/files.h"
#include "policy/scan/paths.h"

namespace agentmesh::policy {

namespace {

constexpr std::string_view kWorkspace = "${workspace}";

bool only_looks(Kind kind) { return kind == Kind::kRead || kind == Kind::kQuery; }

}  // namespace

std::vector<std::string> expand_roots(const std::vector<std::string>& written,
                                      const Surroundings* surroundings) {
  std::vector<std::string> out;
  const auto add = [&out](std::string_view path) {
    std::string normal = lexically_normal(path, "/");
    if (std::find(out.begin(), out.end(), normal) == out.end()) out.push_back(std::move(normal));
  };
  for (const std::string& root : written) {
    if (root.starts_with(kWorkspace)) {
      if (surroundings == nullptr) continue;
      for (const std::string& derived : surroundings->derived_roots)
        add(derived + root.substr(kWorkspace.size()));
    } else if (root.starts_with('~')) {
      if (surroundings != nullptr && !surroundings->home.empty())
        add(surroundings->home + root.substr(1));
    } else {
      add(root);
    }
  }
  return out;
}

std::vector<std::string> roots_in_force(const RuleSet& set, const Surroundings* surroundings) {
  for (const Layer& layer : set.layers)
    if (layer.roots) return expand_roots(*layer.roots, surroundings);
  if (surroundings == nullptr) return {};
  return surroundings->derived_roots;
}

bool inside(std::string_view path, std::span<const std::string> roots,
            const Surroundings* surroundings) {
  for (const std::string& root : roots)
    if (scan::under(path, root)) return true;
  if (surroundings == nullptr || !surroundings->resolve) return false;
  for (const std::string& root : roots)
    if (const auto real = surroundings->resolve(root);
        real && *real != root && scan::under(path, *real))
      return true;
  return false;
}

bool is_protected(std::string_view path, Kind kind, bool takes_away,
                  const Surroundings& surroundings) {
  for (const std::string& dir : surroundings.unreadable_paths)
    if (scan::under(path, dir) || (takes_away && scan::under(dir, path))) return true;
  if (only_looks(kind)) return false;
  for (const std::string& dir : surroundings.protected_paths)
    if (scan::under(path, dir) || (takes_away && scan::under(dir, path))) return true;
  return false;
}

}  // namespace agentmesh::policy
