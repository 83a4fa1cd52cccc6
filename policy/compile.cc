#include "policy/compile.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "base/json.h"
#include "policy/loosen.h"

namespace agentmesh::policy {

namespace {

// Puts a file and its parents into one rule set.
class SetCompiler {
 public:
  SetCompiler(const PolicySource& source, Diagnostics& out) : out_(out) { add_layer(source); }

  std::shared_ptr<const RuleSet> run() {
    const PolicySource& own = *sources_.front();
    set_->name = own.name;
    set_->mode = own.mode;
    set_->default_allow = default_allow(own).value_or(false);
    set_->default_place = own.default_place.line > 0 ? own.default_place : own.place;
    pins(own);
    set_->allow_unknown_methods = unknown_methods(own).value_or(true);
    set_->share_session = std::any_of(sources_.begin(), sources_.end(), [](const PolicySource* s) {
      return s->share_session.value_or(false);
    });
    for (size_t i = 0; i < sources_.size(); ++i) layer(*sources_[i], set_->layers[i]);
    tools();
    rules();
    if (out_.failed()) return nullptr;
    lint(placed_, *set_, out_);
    index();
    return set_;
  }

 private:
  // Own first, then parents depth first; a file reached twice is one layer. Returns its number.
  uint32_t add_layer(const PolicySource& source) {
    if (!source.identity.empty())
      if (const auto it = by_identity_.find(source.identity); it != by_identity_.end())
        return it->second;
    const auto number = static_cast<uint32_t>(sources_.size());
    if (!source.identity.empty()) by_identity_.emplace(source.identity, number);
    sources_.push_back(&source);
    set_->layers.emplace_back();
    std::vector<bool> ancestors;
    const auto mark = [&ancestors](size_t at) {
      if (ancestors.size() <= at) ancestors.resize(at + 1);
      ancestors[at] = true;
    };
    for (const PolicySource& parent : source.parents) {
      const uint32_t at = add_layer(parent);
      mark(at);
      const std::vector<bool>& further = set_->layers[at].ancestors;
      for (size_t i = 0; i < further.size(); ++i)
        if (further[i]) mark(i);
    }
    set_->layers[number].ancestors = std::move(ancestors);
    return number;
  }

  // What the file says itself, else the strictest of its parents.
  static std::optional<bool> default_allow(const PolicySource& source) {
    if (source.default_allow) return source.default_allow;
    std::optional<bool> out;
    for (const PolicySource& parent : source.parents)
      if (const auto said = default_allow(parent)) out = out.value_or(true) && *said;
    return out;
  }
  static std::optional<bool> unknown_methods(const PolicySource& source) {
    if (source.allow_unknown_methods) return source.allow_unknown_methods;
    std::optional<bool> out;
    for (const PolicySource& parent : source.parents)
      if (const auto said = unknown_methods(parent)) out = out.value_or(true) && *said;
    return out;
  }
  void pins(const PolicySource& own) {
    std::optional<FirstSight> first = own.first_sight;
    std::optional<ChangedPin> changed = own.changed_pin;
    const bool own_first = first.has_value();
    const bool own_changed = changed.has_value();
    for (const PolicySource* source : sources_) {
      if (!own_first && source->first_sight)
        first = std::min(first.value_or(*source->first_sight), *source->first_sight);
      if (!own_changed && source->changed_pin)
        changed = std::min(changed.value_or(*source->changed_pin), *source->changed_pin);
    }
    set_->first_sight = first.value_or(FirstSight::kPin);
    set_->changed_pin = changed.value_or(ChangedPin::kReview);
  }

  static std::vector<std::string> values(const std::vector<Text>& texts) {
    std::vector<std::string> out;
    for (const Text& text : texts) out.push_back(text.value);
    return out;
  }

  void layer(const PolicySource& source, Layer& layer) {
    layer.name = source.name;
    layer.file = source.file;
    layer.built_in = source.origin == "builtin";
    layer.agents = compile_patterns(source.agents, "agents", out_);
    if (std::any_of(layer.agents.begin(), layer.agents.end(),
                    [](const Pattern& p) { return p.matches_all(); }))
      layer.agents.clear();
    if (source.roots) {
      layer.roots = values(*source.roots);
      layer.roots_place = source.roots->empty() ? source.place : source.roots->front().place;
      for (const Text& root : *source.roots)
        if (!root.value.starts_with('/') && !root.value.starts_with("~/") && root.value != "~" &&
            root.value != "${workspace}" && !root.value.starts_with("${workspace}/"))
          out_.error(root.place,
                     fmt::format("roots: '{}' is not absolute (use /…, ~/… or ${{workspace}})",
                                 root.value));
    }
    if (source.hosts) {
      layer.hosts_place = source.hosts->place;
      if (source.hosts->allow) layer.hosts_allow = values(*source.hosts->allow);
      layer.hosts_deny = values(source.hosts->deny);
    }
  }

  void tools() {
    for (const PolicySource* source : sources_) {
      for (const ToolClass& tool : source->tools) {
        auto patterns = compile_patterns({tool.pattern}, "tools", out_);
        if (patterns.empty()) continue;
        set_->tool_index.add(patterns.front(), static_cast<uint32_t>(set_->tools.size()));
        set_->tools.push_back({std::move(patterns.front()), tool.kind, tool.reversible, tool.sql,
                               tool.shell, tool.url, tool.path});
      }
      for (const ServerClass& server : source->servers) {
        auto patterns = compile_patterns({server.pattern}, "servers", out_);
        if (patterns.empty()) continue;
        set_->servers.push_back({std::move(patterns.front()), server.is_private, server.untrusted});
      }
    }
    set_->tool_index.seal();
    set_->classes = classes();
  }

  std::string classes() const {
    std::string out;
    const auto add = [&out](std::string_view word) {
      json::append_string(out, word);
      out += ',';
    };
    for (const PolicySource* source : sources_) {
      for (const ToolClass& tool : source->tools) {
        add(tool.pattern.value);
        add(tool.kind ? to_string(*tool.kind) : "");
        for (const auto* names : {&tool.sql, &tool.shell, &tool.url, &tool.path}) {
          for (const std::string& name : *names) add(name);
          out += ';';
        }
        out += tool.reversible ? *tool.reversible ? "reversible" : "final" : "";
      }
      for (const ServerClass& server : source->servers) {
        add(server.pattern.value);
        out += server.is_private ? 'p' : '-';
        out += server.untrusted ? 'u' : '-';
      }
      out += '\n';
    }
    return out;
  }

  void rules() {
    std::unordered_map<std::string, std::pair<uint32_t, Place>> names;
    for (uint32_t layer = 0; layer < sources_.size(); ++layer) {
      const PolicySource& source = *sources_[layer];
      for (size_t i = 0; i < source.rules.size(); ++i) {
        const RuleSource& rule = source.rules[i];
        if (rule.damaged) continue;
        PlacedRule placed{&rule, i, layer, compile_rule(rule, i, out_)};
        placed.compiled.rule.layer = layer;
        placed.compiled.rule.identity = identity_of(rule, source.agents);
        placed.compiled.rule.order = static_cast<uint32_t>(placed_.size());
        const auto [it, fresh] = names.try_emplace(rule.name.value, layer, rule.name.place);
        if (!fresh && !rule.name.value.empty()) name_taken(rule, i, layer, it->second);
        placed_.push_back(std::move(placed));
      }
    }
  }

  // The error stands in the child, as it is the child that can choose another name.
  void name_taken(const RuleSource& rule, size_t index, uint32_t layer,
                  const std::pair<uint32_t, Place>& first) {
    const auto [other_layer, other] = first;
    if (other_layer == layer)
      return out_.error(rule.name.place,
                        fmt::format("rules[{}].name: '{}' is already the name of the rule at {}",
                                    index, rule.name.value, to_string(other)));
    const std::vector<bool>& ancestors = set_->layers[other_layer].ancestors;
    if (layer < ancestors.size() && ancestors[layer])
      return out_.error(other,
                        fmt::format("'{}' is already the name of a rule of the parent, at {}",
                                    rule.name.value, to_string(rule.name.place)));
    out_.error(rule.name.place,
               fmt::format("'{}' is also the name of a rule at {}; one policy cannot extend both",
                           rule.name.value, to_string(other)));
  }

  void index() {
    std::array<std::vector<PlacedRule*>, kStageCount> by_stage;
    for (PlacedRule& placed : placed_)
      if (placed.source->enabled)
        by_stage[static_cast<size_t>(placed.source->stage)].push_back(&placed);
    set_->rule_count = placed_.size();
    for (size_t stage = 0; stage < kStageCount; ++stage) {
      std::stable_sort(by_stage[stage].begin(), by_stage[stage].end(),
                       [](const PlacedRule* a, const PlacedRule* b) {
                         return a->compiled.rule.priority > b->compiled.rule.priority;
                       });
      for (PlacedRule* placed : by_stage[stage]) index(placed->compiled, set_->stages[stage]);
      set_->stages[stage].by_tool.seal();
      set_->stages[stage].by_arg.seal();
    }
  }

  static void index(CompiledRule& compiled, StageRules& stage) {
    const auto at = static_cast<uint32_t>(stage.rules.size());
    stage.reads |= compiled.rule.reads;
    if (compiled.tools) {
      for (Pattern& pattern : *compiled.tools) stage.by_tool.add(std::move(pattern), at);
    } else if (compiled.guarded_tools) {
      for (const std::string& tool : *compiled.guarded_tools)
        stage.by_tool.add(Pattern::exact(tool), at);
    } else if (compiled.argument) {
      stage.by_arg.add(*compiled.argument, at);
    } else {
      for (size_t kind = 0; kind < kKindCount; ++kind)
        if ((compiled.rule.kinds >> kind & 1U) != 0) stage.any_tool[kind].push_back(at);
    }
    stage.rules.push_back(std::move(compiled.rule));
  }

  Diagnostics& out_;
  std::shared_ptr<RuleSet> set_ = std::make_shared<RuleSet>();
  std::vector<const PolicySource*> sources_;
  std::unordered_map<std::string, uint32_t> by_identity_;
  std::vector<PlacedRule> placed_;
};

}  // namespace

void Diagnostics::error(Place place, std::string message) {
  failed_ = true;
  all_.push_back({Diagnostic::Level::kError, std::move(place), std::move(message)});
}

void Diagnostics::warn(Place place, std::string message) {
  all_.push_back({Diagnostic::Level::kWarning, std::move(place), std::move(message)});
}

std::vector<Diagnostic> Diagnostics::take() {
  sort_by_place(all_);
  return std::move(all_);
}

int strictness(Action action) {
  switch (action) {
    case Action::kDeny: return 5;
    case Action::kRequireApproval: return 4;
    case Action::kRedact: return 3;
    case Action::kNeutralise: return 2;
    case Action::kAllow: return 1;
    case Action::kWarn:
    case Action::kLog: return 0;
  }
  return 5;
}

const ToolEntry* RuleSet::tool_entry(std::string_view tool) const {
  if (tools.empty()) return nullptr;
  std::vector<uint32_t> fits;
  tool_index.find(tool, fits);
  const ToolEntry* best = nullptr;
  std::pair<size_t, size_t> best_rank;
  for (const uint32_t at : fits) {
    const ToolEntry& entry = tools[at];
    const bool exact = entry.pattern.form() == Pattern::Form::kExact;
    const std::pair<size_t, size_t> rank{exact ? SIZE_MAX : entry.pattern.literal_characters(),
                                         tools.size() - at};
    if (best == nullptr || rank > best_rank) {
      best = &entry;
      best_rank = rank;
    }
  }
  return best;
}

bool RuleSet::server_is_private(std::string_view server) const {
  return std::any_of(servers.begin(), servers.end(), [server](const ServerEntry& entry) {
    return entry.is_private && entry.pattern.matches(server);
  });
}

bool RuleSet::server_is_untrusted(std::string_view server) const {
  return std::any_of(servers.begin(), servers.end(), [server](const ServerEntry& entry) {
    return entry.untrusted && entry.pattern.matches(server);
  });
}

std::shared_ptr<const RuleSet> compile_rules(const PolicySource& source, Diagnostics& out) {
  return SetCompiler(source, out).run();
}

}  // namespace agentmesh::policy
