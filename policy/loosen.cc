#include "policy/loosen.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/json.h"
#include "policy/compile.h"

namespace agentmesh::policy {

namespace {

void add(std::string& out, std::string_view word) {
  json::append_string(out, word);
  out += ',';
}

void add(std::string& out, const std::vector<Text>& texts) {
  std::set<std::string_view> sorted;
  for (const Text& text : texts) sorted.insert(text.value);
  for (const std::string_view text : sorted) add(out, text);
  out += ';';
}

void add(std::string& out, const std::optional<std::vector<Text>>& texts) {
  if (texts) add(out, *texts);
  out += ';';
}

void add(std::string& out, const std::optional<Text>& text) {
  if (text) add(out, text->value);
  out += ';';
}

// Adding it can only take away.
bool only_tightens(const Rule& rule) {
  return rule.limit_only || rule.action == Action::kDeny || rule.action == Action::kWarn ||
         rule.action == Action::kLog;
}

bool is_subset(const std::vector<std::string>& part, const std::vector<std::string>& whole) {
  return std::all_of(part.begin(), part.end(), [&whole](const std::string& one) {
    return std::find(whole.begin(), whole.end(), one) != whole.end();
  });
}

// Each hard list of `before` still has one that is as narrow.
template <class List>
bool still_narrow(const RuleSet& before, const RuleSet& now, List list) {
  return std::all_of(before.layers.begin(), before.layers.end(), [&](const Layer& old) {
    if (!list(old)) return true;
    return std::any_of(now.layers.begin(), now.layers.end(), [&](const Layer& layer) {
      return list(layer) && is_subset(*list(layer), *list(old));
    });
  });
}

bool hosts_still_denied(const RuleSet& before, const RuleSet& now) {
  return std::all_of(before.layers.begin(), before.layers.end(), [&](const Layer& old) {
    return old.hosts_deny.empty() ||
           std::any_of(now.layers.begin(), now.layers.end(), [&](const Layer& layer) {
             return is_subset(old.hosts_deny, layer.hosts_deny);
           });
  });
}

}  // namespace

std::string identity_of(const RuleSource& source, const std::vector<Text>& agents_of_file) {
  std::string out = fmt::format(
      "{} {} {} {} {} {} {} ", static_cast<int>(source.stage),
      source.action ? static_cast<int>(*source.action) : -1, source.priority, source.overridable,
      source.durable, source.trust_below ? *source.trust_below : INT64_MAX, source.enabled);
  add(out, source.tool);
  add(out, source.server);
  add(out, source.agent);
  add(out, agents_of_file);
  for (const ArgMatcher& arg : source.args) {
    add(out, arg.name.value);
    add(out, arg.patterns);
  }
  add(out, source.condition);
  add(out, source.unless);
  add(out, source.limit);
  for (const Subject subject : source.limit_by)
    out += static_cast<char>('0' + static_cast<int>(subject));
  add(out, source.approvers);
  add(out, source.timeout);
  return out;
}

std::string loosened(const RuleSet& before, const RuleSet& now) {
  if (now.default_allow && !before.default_allow) return "`default` is allow";
  if (now.allow_unknown_methods && !before.allow_unknown_methods)
    return "unknown methods are allowed";
  if (now.first_sight > before.first_sight || now.changed_pin > before.changed_pin)
    return "`pins` ask less";
  if (now.mode == Mode::kShadow && before.mode != Mode::kShadow) return "the mode is shadow";
  if (now.classes != before.classes) return "`tools` or `servers` changed";
  if (!still_narrow(before, now, [](const Layer& layer) { return layer.roots; }))
    return "`roots` are wider or gone";
  if (!still_narrow(before, now, [](const Layer& layer) { return layer.hosts_allow; }) ||
      !hosts_still_denied(before, now))
    return "`hosts` are wider or gone";
  for (size_t stage = 0; stage < kStageCount; ++stage) {
    std::set<std::string_view> old_rules;
    std::set<std::string_view> new_rules;
    for (const Rule& rule : before.stages[stage].rules) old_rules.insert(rule.identity);
    for (const Rule& rule : now.stages[stage].rules) new_rules.insert(rule.identity);
    for (const Rule& rule : before.stages[stage].rules)
      if (rule.holds_back() && !new_rules.contains(rule.identity))
        return fmt::format("rule '{}' is gone or was changed", rule.name);
    for (const Rule& rule : now.stages[stage].rules)
      if (!only_tightens(rule) && !old_rules.contains(rule.identity))
        return fmt::format("rule '{}' is new or was changed", rule.name);
  }
  return "";
}

}  // namespace agentmesh::policy
