#include <algorithm>

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

bool decides_before(const PlacedRule& first, const PlacedRule& second, const RuleSet& set) {
  const Rule& a = first.compiled.rule;
  const Rule& b = second.compiled.rule;
  if (&first == &second || a.stage != b.stage || a.limit_only || strictness(a.action) == 0)
    return false;
  if (!first.source->enabled || !unconditional(first, set)) return false;
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

}  // namespace

void lint(const std::vector<PlacedRule>& rules, const RuleSet& set, Diagnostics& out) {
  for (const PlacedRule& rule : rules) {
    const Rule& compiled = rule.compiled.rule;
    if (!rule.source->enabled) continue;
    if (!compiled.limit && !(compiled.restricts() && compiled.durable)) {
      for (const PlacedRule& other : rules) {
        if (!decides_before(other, rule, set)) continue;
        // A parent's rule that is void under a child's is not the child's mistake.
        if (other.layer != rule.layer && rule.layer != 0) continue;
        out.warn(rule.source->name.place,
                 fmt::format("rules[{}]: '{}' never decides: '{}' ({}) always does before it",
                             rule.index, compiled.name, other.compiled.rule.name,
                             to_string(other.source->name.place)));
        break;
      }
    }
    const std::vector<bool>& ancestors = set.layers[rule.layer].ancestors;
    if (compiled.limit_only || strictness(compiled.action) == 0) continue;
    for (const PlacedRule& parent : rules) {
      const Rule& held = parent.compiled.rule;
      if (parent.layer >= ancestors.size() || !ancestors[parent.layer] || held.overridable)
        continue;
      if (!parent.source->enabled || held.stage != compiled.stage) continue;
      if (held.action != Action::kDeny && held.action != Action::kRequireApproval) continue;
      if (held.limit_only || strictness(held.action) <= strictness(compiled.action)) continue;
      if (held.priority >= compiled.priority) continue;
      if (!may_overlap(rule.compiled.tools, parent.compiled.tools)) continue;
      out.warn(
          rule.source->action_place.line > 0 ? rule.source->action_place : rule.source->place,
          fmt::format("rules[{}]: '{}' is without effect where the parent's rule '{}' ({}) holds: "
                      "that one is not overridable",
                      rule.index, compiled.name, held.name, to_string(parent.source->name.place)));
      break;
    }
  }
}

}  // namespace agentmesh::policy
