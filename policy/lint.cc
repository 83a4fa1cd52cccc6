#include <algorithm>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

#include "policy/compile.h"

namespace agentmesh::policy {

namespace {

bool same_patterns(const std::vector<Pattern>& a, const std::vector<Pattern>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Pattern& x, const Pattern& y) {
    return x.form() == y.form() && x.text() == y.text();
  });
}

// Every name that fits one of `inner` surely fits one of `outer` (absent: any name).
bool covers(const std::optional<std::vector<Pattern>>& outer,
            const std::optional<std::vector<Pattern>>& inner) {
  if (!outer) return true;
  if (!inner) return false;
  return std::all_of(inner->begin(), inner->end(), [&](const Pattern& in) {
    return std::any_of(outer->begin(), outer->end(), [&](const Pattern& out) {
      if (in.form() == Pattern::Form::kExact) return out.matches(in.text());
      return in.form() == out.form() && in.text() == out.text();
    });
  });
}

// Some name may fit both.
bool may_overlap(const std::optional<std::vector<Pattern>>& a,
                 const std::optional<std::vector<Pattern>>& b) {
  if (!a || !b) return true;
  return std::any_of(a->begin(), a->end(), [&](const Pattern& x) {
    return std::any_of(b->begin(), b->end(), [&](const Pattern& y) {
      if (x.form() == Pattern::Form::kExact) return y.matches(x.text());
      if (y.form() == Pattern::Form::kExact) return x.matches(y.text());
      return true;
    });
  });
}

bool unconditional(const PlacedRule& placed, const RuleSet& set) {
  const Rule& rule = placed.compiled.rule;
  return rule.args.empty() && !rule.trust_below && !placed.source->condition &&
         !placed.source->unless && set.layers[placed.layer].agents.empty();
}

// What decides_before() wants of the first rule alone.
bool may_decide_before(const PlacedRule& first, const RuleSet& set) {
  const Rule& rule = first.compiled.rule;
  return first.source->enabled && !rule.limit_only && strictness(rule.action) > 0 &&
         unconditional(first, set);
}

bool decides_before(const PlacedRule& first, const PlacedRule& second) {
  const Rule& a = first.compiled.rule;
  const Rule& b = second.compiled.rule;
  if (&first == &second || a.stage != b.stage) return false;
  if (!covers(first.compiled.tools, second.compiled.tools)) return false;
  if (!a.servers.empty() && !same_patterns(a.servers, b.servers)) return false;
  if (!a.agents.empty() && !same_patterns(a.agents, b.agents)) return false;
  if (a.priority != b.priority) return a.priority > b.priority;
  if (strictness(b.action) == 0)
    return false;  // warn and log still name what passes in their level
  if (strictness(a.action) != strictness(b.action))
    return strictness(a.action) > strictness(b.action);
  return a.order < b.order;
}

// The rules that may decide before another one, found by a pattern of its `tool`: comparing all with all takes a third of the
// time that a file of 1000 rules takes to load.
class Deciders {
 public:
  Deciders(const std::vector<PlacedRule>& rules, const RuleSet& set) {
    for (const PlacedRule& rule : rules) {
      if (!may_decide_before(rule, set)) continue;
      if (!rule.compiled.tools) {
        of_any_tool_.push_back(&rule);
        continue;
      }
      bool wild = false;
      for (const Pattern& pattern : *rule.compiled.tools) {
        wild = wild || pattern.form() != Pattern::Form::kExact;
        by_text_[pattern.text()].push_back(&rule);
      }
      if (wild) wild_.push_back(&rule);
    }
  }

  // The first in the files that always decides before `second`, or null.
  const PlacedRule* before(const PlacedRule& second) const {
    const PlacedRule* found = nullptr;
    const auto look = [&](const std::vector<const PlacedRule*>& rules) {
      for (const PlacedRule* first : rules)
        // A parent's rule that is void under a child's is not the child's mistake.
        if ((found == nullptr || first < found) &&
            (first->layer == second.layer || second.layer == 0) && decides_before(*first, second))
          found = first;
    };
    look(of_any_tool_);
    if (!second.compiled.tools || second.compiled.tools->empty()) return found;
    // A rule that covers all names of `second` covers those of its first pattern.
    const Pattern& pattern = second.compiled.tools->front();
    if (const auto same = by_text_.find(pattern.text()); same != by_text_.end()) look(same->second);
    if (pattern.form() == Pattern::Form::kExact) look(wild_);
    return found;
  }

 private:
  // Into the vector of all rules, so that an address says which comes first.
  std::vector<const PlacedRule*> of_any_tool_;
  std::vector<const PlacedRule*> wild_;
  std::unordered_map<std::string_view, std::vector<const PlacedRule*>> by_text_;
};

// Rules of parents that may hold back what a child's rule lets through.
std::vector<const PlacedRule*> holding(const std::vector<PlacedRule>& rules, const RuleSet& set) {
  const auto is_parent = [&set](uint32_t layer) {
    return std::any_of(set.layers.begin(), set.layers.end(), [layer](const Layer& child) {
      return layer < child.ancestors.size() && child.ancestors[layer];
    });
  };
  std::vector<const PlacedRule*> out;
  for (const PlacedRule& rule : rules) {
    const Rule& held = rule.compiled.rule;
    if (rule.source->enabled && !held.overridable && !held.limit_only &&
        (held.action == Action::kDeny || held.action == Action::kRequireApproval) &&
        is_parent(rule.layer))
      out.push_back(&rule);
  }
  return out;
}

// An allow of stage result or list says nothing that would not be so without it: no rule that may fit what it fits is of lower
// priority, and nothing there is held back by `default`. (In its own level the stricter one wins.)
bool allows_in_vain(const PlacedRule& allow, const std::vector<PlacedRule>& rules) {
  const Rule& rule = allow.compiled.rule;
  if (rule.action != Action::kAllow || (rule.stage != Stage::kResult && rule.stage != Stage::kList))
    return false;
  if (rule.stage == Stage::kResult && !rule.tags.empty()) return false;  // the record has them
  return std::none_of(rules.begin(), rules.end(), [&](const PlacedRule& other) {
    const Rule& below = other.compiled.rule;
    return other.source->enabled && below.stage == rule.stage && below.priority < rule.priority &&
           below.action != Action::kAllow &&
           may_overlap(allow.compiled.tools, other.compiled.tools);
  });
}

}  // namespace

void lint(const std::vector<PlacedRule>& rules, const RuleSet& set, Diagnostics& out) {
  const Deciders deciders(rules, set);
  const std::vector<const PlacedRule*> holding_rules = holding(rules, set);
  for (const PlacedRule& rule : rules) {
    const Rule& compiled = rule.compiled.rule;
    if (!rule.source->enabled) continue;
    const PlacedRule* const other = compiled.limit || (compiled.restricts() && compiled.durable)
                                        ? nullptr
                                        : deciders.before(rule);
    if (other != nullptr)
      out.warn(rule.source->name.place,
               fmt::format("rules[{}]: '{}' never decides: '{}' ({}) always does before it",
                           rule.index, compiled.name, other->compiled.rule.name,
                           to_string(other->source->name.place)));
    // A parent's may be there for other children.
    else if (rule.layer == 0 && allows_in_vain(rule, rules))
      out.warn(
          rule.source->action_place,
          fmt::format("rules[{}]: '{}' changes nothing: at stage '{}' all passes that no rule "
                      "holds back, and no rule of lower priority could hold back what it allows",
                      rule.index, compiled.name, to_string(compiled.stage)));
    const std::vector<bool>& ancestors = set.layers[rule.layer].ancestors;
    if (compiled.limit_only || strictness(compiled.action) == 0) continue;
    for (const PlacedRule* parent : holding_rules) {
      const Rule& held = parent->compiled.rule;
      if (parent->layer >= ancestors.size() || !ancestors[parent->layer]) continue;
      if (held.stage != compiled.stage) continue;
      if (strictness(held.action) <= strictness(compiled.action)) continue;
      if (held.priority >= compiled.priority) continue;
      if (!may_overlap(rule.compiled.tools, parent->compiled.tools)) continue;
      out.warn(
          rule.source->action_place.line > 0 ? rule.source->action_place : rule.source->place,
          fmt::format("rules[{}]: '{}' is without effect where the parent's rule '{}' ({}) holds: "
                      "that one is not overridable",
                      rule.index, compiled.name, held.name, to_string(parent->source->name.place)));
      break;
    }
  }
}

}  // namespace agentmesh::policy
