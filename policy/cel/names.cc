#include "policy/cel/names.h"

#include <algorithm>
#include <cstddef>
#include <span>

namespace agentmesh::policy::cel {

namespace {

// A path's components, "." and ".." taken out where that is possible.
class Components {
 public:
  Components(std::string_view path, std::string_view home, Arena& arena) {
    const bool tilde = !home.empty() && (path == "~" || path.starts_with("~/"));
    if (tilde) path.remove_prefix(1);
    const std::string_view start = tilde ? home : path;
    absolute_ = start.starts_with('/');
    const auto slashes = [](std::string_view text) {
      return static_cast<size_t>(std::count(text.begin(), text.end(), '/')) + 1;
    };
    components_ = arena.array<std::string_view>(slashes(path) + (tilde ? slashes(home) : 0));
    if (tilde) add(home);
    add(path);
  }

  bool absolute() const { return absolute_; }
  std::span<const std::string_view> all() const { return components_.first(size_); }

 private:
  void add(std::string_view path) {
    while (!path.empty()) {
      const size_t slash = std::min(path.find('/'), path.size());
      take(path.substr(0, slash));
      path.remove_prefix(std::min(slash + 1, path.size()));
    }
  }
  void take(std::string_view component) {
    if (component.empty() || component == ".") return;
    const bool up = component == "..";
    if (up && size_ > 0 && components_[size_ - 1] != "..") {
      --size_;
    } else if (!up || !absolute_) {
      components_[size_++] = component;
    }
  }

  std::span<std::string_view> components_;
  size_t size_ = 0;
  bool absolute_ = false;
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string_view bare_host(std::string_view host) {
  if (host.size() > 1 && host.ends_with('.')) host.remove_suffix(1);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  return host;
}

}  // namespace

bool path_is_under(std::string_view path, std::string_view directory, std::string_view home,
                   Arena& arena) {
  if (path.empty() || directory.empty()) return false;
  const Components inner(path, home, arena);
  const Components outer(directory, home, arena);
  if (inner.absolute() != outer.absolute() || inner.all().size() < outer.all().size()) return false;
  if (!std::equal(outer.all().begin(), outer.all().end(), inner.all().begin())) return false;
  // ../../x is not under "..": it may be anywhere.
  const std::span<const std::string_view> below = inner.all().subspan(outer.all().size());
  return below.empty() || below.front() != "..";
}

bool host_matches(std::string_view host, std::string_view glob) {
  host = bare_host(host);
  glob = bare_host(glob);
  size_t h = 0;
  size_t g = 0;
  size_t star = std::string_view::npos;  // the last * seen, and the host's end of what it took
  size_t taken = 0;
  while (h < host.size()) {
    if (g < glob.size() &&
        (glob[g] == '?' || (glob[g] != '*' && lower(glob[g]) == lower(host[h])))) {
      ++g;
      ++h;
    } else if (g < glob.size() && glob[g] == '*') {
      star = g++;
      taken = h;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      h = ++taken;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

}  // namespace agentmesh::policy::cel
