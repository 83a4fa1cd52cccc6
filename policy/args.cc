#include "policy/args.h"

namespace agentmesh::policy {

namespace {

struct Tally {
  size_t seen = 0;
  size_t matched = 0;
};

// Counts the scalars of a value that fit one of the patterns. Stops at the first that settles the question.
class Walk {
 public:
  Walk(const std::vector<Pattern>& patterns, bool strings_only, bool all)
      : patterns_(patterns), strings_only_(strings_only), all_(all) {}

  void value(json::View view) {
    switch (view.kind()) {
      case json::Kind::kString: return scalar(view.string(scratch_));
      case json::Kind::kNumber:
      case json::Kind::kBool:
        if (!strings_only_) scalar(view.raw());
        return;
      case json::Kind::kArray:
        for (const json::View element : view.elements()) {
          value(element);
          if (settled()) return;
        }
        return;
      case json::Kind::kObject:
        for (const json::View::Member& member : view.members()) {
          value(member.value);
          if (settled()) return;
        }
        return;
      case json::Kind::kNull:
      case json::Kind::kAbsent: return;
    }
  }

  bool holds() const {
    return all_ ? tally_.seen > 0 && tally_.seen == tally_.matched : tally_.matched > 0;
  }

 private:
  bool settled() const { return all_ ? tally_.seen != tally_.matched : tally_.matched > 0; }
  void scalar(std::string_view text) {
    ++tally_.seen;
    if (any_matches(patterns_, text)) ++tally_.matched;
  }

  const std::vector<Pattern>& patterns_;
  bool strings_only_;
  bool all_;
  Tally tally_;
  std::string scratch_;
};

}  // namespace

bool args_match(const Rule& rule, json::View args) {
  for (const ArgRule& arg : rule.args) {
    const bool any_depth = arg.name == "*";
    Walk walk(arg.patterns, any_depth, rule.action == Action::kAllow && !any_depth);
    walk.value(any_depth ? args : args.find(arg.name));
    if (!walk.holds()) return false;
  }
  return true;
}

}  // namespace agentmesh::policy
