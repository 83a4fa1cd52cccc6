#include "policy/args.h"

#include <algorithm>

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
      case json::Kind::kString: return scalar(view.string(scratch_), path_at(view));
      case json::Kind::kNumber:
      case json::Kind::kBool:
        if (!any_depth_) scalar(view.raw(), nullptr);
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

  const std::string* path_at(json::View view) const {
    return seen_.path_at(static_cast<size_t>(view.raw().data() - input_.args.raw().data()));
  }

  void scalar(std::string_view text, const std::string* path) {
    ++scalars_;
    const bool fits = std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
      if (path == nullptr || !is_about_paths(pattern)) return pattern.matches(text);
      return fits_path(pattern, *path) || (!allows_ && pattern.matches(text));
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
