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

bool Layer::roots_are_absolute() const {
  return roots && std::all_of(roots->begin(), roots->end(),
                              [](const std::string& root) { return root.starts_with('/'); });
}

std::vector<std::string> roots_in_force(const RuleSet& set, const Surroundings* surroundings) {
  for (const Layer& layer : set.layers)
    if (layer.roots) return expand_roots(*layer.roots, surroundings);
  if (surroundings == nullptr) return {};
  return surroundings->derived_roots;
}

bool Roots::hold(std::string_view path) const {
  const auto holds = [path](const std::string& root) { return scan::under(path, root); };
  if (std::any_of(roots_.begin(), roots_.end(), holds)) return true;
  if (surroundings_ == nullptr || !surroundings_->resolve) return false;
  if (!real_) {
    real_.emplace();
    for (const std::string& root : roots_)
      if (auto real = surroundings_->resolve(root); real && *real != root)
        real_->push_back(std::move(*real));
  }
  return std::any_of(real_->begin(), real_->end(), holds);
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
