#include "policy/args.h"

#include <algorithm>
#include <span>

namespace agentmesh::policy {

namespace {

bool is_about_paths(const Pattern& pattern) {
  return pattern.form() != Pattern::Form::kRegex &&
         (pattern.text().starts_with('/') || pattern.text().starts_with("~/"));
}

// Counts the scalars of a value that fit one of the patterns, until the question is settled.
class Scalars {
 public:
  Scalars(const ArgRule& arg, const Rule& rule, const Input& input, const Seen& seen)
      : patterns_(arg.patterns),
        any_depth_(arg.name == "*"),
        allows_(rule.action == Action::kAllow),
        input_(input),
        seen_(seen) {}

  bool hold(json::View value) {
    look_at(value);
    return wants_all() ? scalars_ > 0 && scalars_ == matched_ : matched_ > 0;
  }

 private:
  bool wants_all() const { return allows_ && !any_depth_; }
  bool settled() const { return wants_all() ? scalars_ != matched_ : matched_ > 0; }

  void look_at(json::View view) {
    switch (view.kind()) {
      case json::Kind::kString: return scalar(view.string(scratch_), paths_at(view));
      case json::Kind::kNumber:
      case json::Kind::kBool:
        if (!any_depth_) scalar(view.raw(), {});
        return;
      case json::Kind::kArray:
        for (const json::View element : view.elements()) {
          look_at(element);
          if (settled()) return;
        }
        return;
      case json::Kind::kObject:
        for (const json::View::Member& member : view.members()) {
          look_at(member.value);
          if (settled()) return;
        }
        return;
      case json::Kind::kNull:
      case json::Kind::kAbsent: return;
    }
  }

  std::span<const Seen::PathText> paths_at(json::View view) const {
    return seen_.paths_at(static_cast<size_t>(view.raw().data() - input_.args.raw().data()));
  }

  // Of a text that may be several paths each must be allowed, and one that is refused is enough.
  void scalar(std::string_view text, std::span<const Seen::PathText> paths) {
    ++scalars_;
    const bool fits = std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
      if (paths.empty() || !is_about_paths(pattern)) return pattern.matches(text);
      const auto fits_it = [&](const Seen::PathText& read) {
        return fits_path(pattern, seen_.paths[read.path]);
      };
      if (allows_) return std::all_of(paths.begin(), paths.end(), fits_it);
      return std::any_of(paths.begin(), paths.end(), fits_it) || pattern.matches(text);
    });
    if (fits) ++matched_;
  }

  bool fits_path(const Pattern& pattern, std::string_view path) const {
    if (!pattern.text().starts_with('~')) return pattern.matches(path);
    if (input_.surroundings == nullptr || input_.surroundings->home.empty()) return false;
    return glob_match(input_.surroundings->home + pattern.text().substr(1), path);
  }

  const std::vector<Pattern>& patterns_;
  bool any_depth_;
  bool allows_;
  const Input& input_;
  const Seen& seen_;
  size_t scalars_ = 0;
  size_t matched_ = 0;
  std::string scratch_;
};

}  // namespace

void NamedArguments::reset(json::View args) {
  args_ = args;
  told_apart_ = false;
}

json::View NamedArguments::find(std::string_view name) {
  if (!told_apart_) {
    told_apart_ = true;
    members_.clear();
    for (const json::View::Member& member : args_.members()) members_.push_back(member);
  }
  std::string scratch;
  for (const json::View::Member& member : members_)
    if (member.key.string(scratch) == name) return member.value;
  return {};
}

bool args_match(const Rule& rule, const Input& input, const Seen& seen, NamedArguments& named) {
  return std::all_of(rule.args.begin(), rule.args.end(), [&](const ArgRule& arg) {
    return Scalars(arg, rule, input, seen)
        .hold(arg.name == "*" ? input.args : named.find(arg.name));
  });
}

}  // namespace agentmesh::policy
