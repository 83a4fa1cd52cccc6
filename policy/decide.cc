#include "policy/decide.h"

#include <algorithm>

#include "policy/args.h"
#include "policy/compile.h"
#include "policy/reasons.h"
#include "policy/variables.h"

namespace agentmesh::policy {

namespace {

// A rule that holds for this question, and what it says now.
struct Match {
  const Rule* rule = nullptr;
  Action action = Action::kDeny;  // deny when its limit is used up
  bool used_up = false;
  bool undecided = false;  // a limit alone, not used up
  bool failed = false;     // holds because its condition could not be evaluated
  bool unknown = false;    // of a recorded call: whether it holds cannot be told
};

// Whether a rule is for this agent and this server.
bool is_for(const RuleSet& set, const Rule& rule, const Input& input) {
  const std::vector<Pattern>& agents = set.layers[rule.layer].agents;
  if (!agents.empty() && !any_matches(agents, input.agent)) return false;
  if (!rule.agents.empty() && !any_matches(rule.agents, input.agent)) return false;
  return rule.servers.empty() || any_matches(rule.servers, input.server);
}

// One question going through the rules.
class Decision {
 public:
  Decision(const RuleSet& set, const Input& input, const Seen& seen, Workspace& work)
      : set_(set),
        input_(input),
        seen_(seen),
        work_(work),
        context_(work.context),
        variables_(input, seen, set.stages[static_cast<size_t>(input.stage)].reads, context_) {
    if (seen.findings.empty()) empty_ |= name_bit(Name::kFindings);
    if (seen.paths.empty() && !seen.unknown.paths) empty_ |= name_bit(Name::kPaths);
    if (seen.urls.empty() && !seen.unknown.urls) empty_ |= name_bit(Name::kUrls);
    const Seen::Unknown& unknown = seen.unknown;
    if (unknown.args) unknown_ |= name_bit(Name::kArgs);
    if (unknown.paths) unknown_ |= name_bit(Name::kPaths) | name_bit(Name::kAction);
    if (unknown.urls) unknown_ |= name_bit(Name::kUrls);
    if (unknown.tables) unknown_ |= name_bit(Name::kSql);
    if (unknown.commands) unknown_ |= name_bit(Name::kShell);
    if (unknown.roots) unknown_ |= name_bit(Name::kRoots);
  }

  Verdict run() {
    match_rules();
    verdict_.policy = set_.name;
    const Match* named = nullptr;
    if (!hard_rule()) {
      named = settle(nullptr);
      if (input_.recorded != nullptr) verdict_.unsure = could_differ(named);
      verdict_.overridable =
          (named == nullptr ? verdict_.action == Action::kDeny : holds_back(*named)) &&
          could_be_lifted();
    }
    fill(named);
    return std::move(verdict_);
  }

 private:
  // The rules that what this call is leaves in play, in their order, each once.
  void match_rules() {
    const StageRules& stage = set_.stages[static_cast<size_t>(input_.stage)];
    std::vector<uint32_t>& named = work_.candidates;
    named.clear();
    work_.arguments.reset(input_.args);
    stage.by_tool.find(input_.tool, named);
    stage.by_arg.find(input_, seen_, work_.named_there, named);
    std::sort(named.begin(), named.end());
    named.erase(std::unique(named.begin(), named.end()), named.end());
    const std::vector<uint32_t>& others = work_.in_play(set_, input_, seen_.kind, empty_);
    auto other = others.begin();
    for (const uint32_t at : named) {
      for (; other != others.end() && *other < at; ++other) consider(stage.rules[*other]);
      consider(stage.rules[at]);
    }
    for (; other != others.end(); ++other) consider(stage.rules[*other]);
  }

  void consider(const Rule& rule) {
    if (!fits(rule)) return;
    const cel::Truth truth = condition(rule);
    const bool failed_for_want = truth == cel::Truth::kError && (rule.reads & unknown_) != 0;
    const bool args_unknown = !rule.args.empty() && seen_.unknown.args;
    if (failed_for_want || (args_unknown && truth != cel::Truth::kFalse)) {
      matches_.push_back({&rule, rule.action, false, rule.limit_only, false, true});
      return;
    }
    if (truth == cel::Truth::kFalse) return;
    const bool failed = truth == cel::Truth::kError;
    if (failed && !rule.holds_back()) return;
    // Of a rule that does not restrict, a condition that fails says nothing; its limit counts the call, or who can make the
    // condition fail would be called without limit.
    const bool undecided = rule.limit_only || (failed && !rule.restricts());
    Match match{&rule, rule.action, false, undecided, failed, false};
    if (rule.limit) {
      Charge charge{charge_key(set_.layers[rule.layer].name, rule.name, rule.limit->by,
                               input_.agent, input_.server, input_.tool),
                    rule.name, rule.limit->rate.calls, rule.limit->rate.window_us};
      match.used_up = input_.limits != nullptr && input_.limits->used_up(charge);
      if (match.used_up) {
        match.action = Action::kDeny;
        match.undecided = false;
      }
      verdict_.charges.push_back(std::move(charge));
    }
    verdict_.durable = verdict_.durable || rule.durable;
    matches_.push_back(match);
  }

  // (condition) && !(unless) as one expression: what is false decides, whatever fails beside it.
  cel::Truth condition(const Rule& rule) {
    cel::Failure why;
    cel::Truth met = cel::Truth::kTrue;
    if (rule.condition) met = rule.condition->test(variables_.values(), context_, &why);
    if (met == cel::Truth::kFalse || !rule.unless) {
      if (met == cel::Truth::kError) note(rule, why);
      return met;
    }
    cel::Failure why_unless;
    const cel::Truth excused = rule.unless->test(variables_.values(), context_, &why_unless);
    if (excused == cel::Truth::kTrue) return cel::Truth::kFalse;
    if (met == cel::Truth::kTrue && excused == cel::Truth::kFalse) return cel::Truth::kTrue;
    note(rule, met == cel::Truth::kError ? why : why_unless);
    return cel::Truth::kError;
  }

  void note(const Rule& rule, const cel::Failure& why) {
    verdict_.errors.push_back({rule.name, std::string(why.message)});
  }

  // Everything but the condition.
  bool fits(const Rule& rule) const {
    if ((rule.kinds >> static_cast<unsigned>(seen_.kind) & 1U) == 0) return false;
    if ((rule.needs & empty_) != 0) return false;
    if (!is_for(set_, rule, input_)) return false;
    if (rule.trust_below && input_.trust.lower() >= *rule.trust_below) return false;
    return rule.args.empty() || seen_.unknown.args ||
           args_match(rule, input_, seen_, work_.arguments);
  }

  bool hard_rule() {
    if (input_.stage != Stage::kCall) return false;
    if (seen_.self_protected) return hard("self.protected", "", 0);
    if (const Layer* layer = seen_.outside_of)
      return hard("roots", layer->file, layer->roots_place.line);
    if (const Layer* layer = seen_.host_refused_by)
      return hard("hosts", layer->file, layer->hosts_place.line);
    return false;
  }

  bool hard(std::string_view rule, std::string_view file, int line) {
    verdict_.action = Action::kDeny;
    verdict_.rule = rule;
    verdict_.file = file;
    verdict_.line = line;
    verdict_.matched.push_back({rule, Action::kDeny, file, line});
    return true;
  }

  // Policy.md, "Which rule wins". Matches come sorted by priority, then by their order in the files.
  // `maybe`: of the matches that cannot be told, the one that is to count.
  const Match* settle(const Match* maybe) {
    maybe_ = maybe;
    const Match* settled = nullptr;
    const Match* warned = nullptr;
    const Match* logged = nullptr;
    for (size_t i = 0; i < matches_.size() && settled == nullptr;) {
      const int64_t level = matches_[i].rule->priority;
      for (; i < matches_.size() && matches_[i].rule->priority == level; ++i) {
        const Match& match = matches_[i];
        if (match.undecided || lifted(match) || !counts(match)) continue;
        if (match.action == Action::kWarn) {
          if (warned == nullptr) warned = &match;
        } else if (match.action == Action::kLog) {
          if (logged == nullptr) logged = &match;
        } else if ((settled == nullptr || strictness(match.action) > strictness(settled->action)) &&
                   !void_under_parent(match)) {
          settled = &match;
        }
      }
    }
    const bool passes =
        settled != nullptr ? settled->action == Action::kAllow : passes_by_default();
    if (passes && (warned != nullptr || logged != nullptr))
      settled = warned != nullptr ? warned : logged;
    if (settled == nullptr) {
      verdict_.action = passes_by_default() ? Action::kAllow : Action::kDeny;
      verdict_.rule = "default";
      verdict_.file = set_.layers.front().file;
      verdict_.line = set_.default_place.line;
      return nullptr;
    }
    return settled;
  }

  // `default` is about what is asked: calls, and requests of a server. What comes back, and what a server offers, is held back
  // by rules of those stages alone; else `default: deny` and a list of tools would show no tool and give no result.
  bool passes_by_default() const {
    return set_.default_allow || input_.exemption != nullptr || input_.stage == Stage::kResult ||
           input_.stage == Stage::kList;
  }

  // True if a rule of which it cannot be told whether it holds would change what happens to the call, or a hard rule may
  // have held. Any several of them come to what one of them does.
  bool could_differ(const Match* named) {
    const auto has_roots = [this](const Layer& layer) {
      if (!layer.roots) return false;
      return seen_.unknown.paths ||
             (seen_.unknown.roots && !seen_.paths.empty() && !layer.roots_are_absolute());
    };
    const auto has_hosts = [](const Layer& layer) {
      return layer.hosts_allow.has_value() || !layer.hosts_deny.empty();
    };
    const std::vector<Layer>& layers = set_.layers;
    const auto effect = [this](const Match* match) {
      const Action action = match != nullptr     ? match->action
                            : set_.default_allow ? Action::kAllow
                                                 : Action::kDeny;
      return action == Action::kDeny || action == Action::kRequireApproval ? action
                                                                           : Action::kAllow;
    };
    const Action now = effect(named);
    if (now != Action::kDeny &&
        (std::any_of(layers.begin(), layers.end(), has_roots) ||
         (seen_.unknown.urls && std::any_of(layers.begin(), layers.end(), has_hosts))))
      return true;
    return std::any_of(matches_.begin(), matches_.end(), [&](const Match& match) {
      return match.unknown && !match.undecided && effect(settle(&match)) != now;
    });
  }

  bool counts(const Match& match) const { return !match.unknown || &match == maybe_; }

  static bool holds_back(const Match& match) {
    return !match.undecided &&
           (match.action == Action::kDeny || match.action == Action::kRequireApproval);
  }

  // A person's exception lifts what may be overridden. A limit that is used up may not: the call could not be counted.
  static bool can_lift(const Match& match) { return match.rule->overridable && !match.used_up; }
  bool lifted(const Match& match) const {
    return input_.exemption != nullptr && holds_back(match) && can_lift(match);
  }

  // True if `agentmesh allow` would help: everything that holds this call back may be overridden.
  bool could_be_lifted() const {
    return input_.stage == Stage::kCall && input_.exemption == nullptr && !input_.tool.empty() &&
           std::all_of(matches_.begin(), matches_.end(),
                       [](const Match& match) { return !holds_back(match) || can_lift(match); });
  }

  // A child may not let through by priority what a parent's rule that is not overridable holds back.
  bool void_under_parent(const Match& match) const {
    const std::vector<bool>& ancestors = set_.layers[match.rule->layer].ancestors;
    if (ancestors.empty() || match.action == Action::kDeny) return false;
    return std::any_of(matches_.begin(), matches_.end(), [&](const Match& held) {
      return held.rule->layer < ancestors.size() && ancestors[held.rule->layer] &&
             !held.rule->overridable && !held.undecided && counts(held) &&
             (held.action == Action::kDeny || held.action == Action::kRequireApproval) &&
             strictness(held.action) > strictness(match.action) &&
             held.rule->priority < match.rule->priority;
    });
  }

  void fill(const Match* named) {
    if (named != nullptr) {
      const Rule& rule = *named->rule;
      verdict_.action = named->action;
      verdict_.rule = rule.name;
      verdict_.file = set_.layers[rule.layer].file;
      verdict_.line = rule.line;
      verdict_.by_limit = named->used_up;
      verdict_.by_trust = rule.trust_below.has_value();
      for (const std::string& approver : rule.approvers)
        if (named->action == Action::kRequireApproval) verdict_.approvers.push_back(approver);
      if (rule.timeout_us) verdict_.approval_timeout_us = *rule.timeout_us;
    }
    const Rule* const winner = named == nullptr ? nullptr : named->rule;
    std::stable_sort(matches_.begin(), matches_.end(), [](const Match& a, const Match& b) {
      if (a.rule->priority != b.rule->priority) return a.rule->priority > b.rule->priority;
      if (a.undecided != b.undecided) return b.undecided;
      return strictness(a.action) > strictness(b.action);
    });
    std::erase_if(matches_, [](const Match& match) { return match.unknown; });
    for (const Match& match : matches_)
      verdict_.matched.push_back({match.rule->name, match.action,
                                  set_.layers[match.rule->layer].file, match.rule->line,
                                  match.undecided});
    take_tags();
    if (winner != nullptr) replace(*winner);
    verdict_.findings = seen_.findings;
    verdict_.facts = seen_.facts;
    if (input_.exemption != nullptr && verdict_.passes()) {
      verdict_.rule = input_.exemption->rule;
      verdict_.file = {};
      verdict_.line = 0;
      verdict_.reason = "a person made an exception for this tool";
      return;
    }
    const bool failed = winner != nullptr && failed_rule(winner);
    give_reasons(set_, input_, seen_, winner, failed, verdict_);
  }

  // Of every rule that matched, whether or not it decided: a report counts what its rules were about. A limit that is not
  // used up says nothing.
  void take_tags() {
    for (const Match& match : matches_) {
      if (match.undecided) continue;
      for (const std::string& tag : match.rule->tags)
        if (std::find(verdict_.tags.begin(), verdict_.tags.end(), tag) == verdict_.tags.end())
          verdict_.tags.push_back(tag);
    }
  }

  // What the winning redact or neutralise rule and those beside it in its level replace.
  void replace(const Rule& winner) {
    if (verdict_.action != Action::kRedact && verdict_.action != Action::kNeutralise) return;
    bool secrets = false;
    bool personal = false;
    bool hidden = false;
    for (const Match& match : matches_) {
      if (match.rule->priority != winner.priority) continue;
      secrets = secrets || (match.action == Action::kRedact && match.rule->redacts_secrets);
      personal = personal || (match.action == Action::kRedact && match.rule->redacts_personal);
      hidden = hidden || match.action == Action::kNeutralise;
    }
    std::vector<const Span*> spans;
    for (const Span& span : seen_.spans)
      if (span.what == Span::What::kSecret     ? secrets
          : span.what == Span::What::kPersonal ? personal
                                               : hidden)
        spans.push_back(&span);
    std::stable_sort(spans.begin(), spans.end(),
                     [](const Span* a, const Span* b) { return a->begin < b->begin; });
    for (const Span* span : spans) {
      if (!verdict_.replacements.empty() && span->begin < verdict_.replacements.back().end) {
        Replacement& last = verdict_.replacements.back();  // two scanners saw the same bytes
        last.end = std::max(last.end, span->end);
        if (last.text.empty()) last.text = span->text;
        continue;
      }
      verdict_.replacements.push_back({span->begin, span->end, span->text});
    }
  }

  bool failed_rule(const Rule* rule) const {
    return std::any_of(matches_.begin(), matches_.end(),
                       [rule](const Match& match) { return match.rule == rule && match.failed; });
  }

  const RuleSet& set_;
  const Input& input_;
  const Seen& seen_;
  Workspace& work_;
  cel::Context& context_;
  Variables variables_;
  NameSet empty_ = 0;    // of findings, paths, urls: those without anything in them
  NameSet unknown_ = 0;  // of a recorded call: names of which something is not in the log
  std::vector<Match> matches_;
  const Match* maybe_ = nullptr;
  Verdict verdict_;
};

}  // namespace

const std::vector<uint32_t>& Workspace::in_play(const RuleSet& set, const Input& input, Kind kind,
                                                NameSet empty) {
  if (!known_ || server_ != input.server || agent_ != input.agent) {
    known_ = true;
    server_ = input.server;
    agent_ = input.agent;
    for (auto& of_stage : in_play_)
      for (auto& of_kind : of_stage)
        for (InPlay& some : of_kind) some.ready = false;
  }
  const auto bit = [empty](Name name) { return (empty & name_bit(name)) != 0 ? 1U : 0U; };
  const size_t which = bit(Name::kFindings) | bit(Name::kPaths) << 1U | bit(Name::kUrls) << 2U;
  const auto stage = static_cast<size_t>(input.stage);
  InPlay& out = in_play_[stage][static_cast<size_t>(kind)][which];
  if (!out.ready) {
    out.ready = true;
    out.rules.clear();
    const StageRules& rules = set.stages[stage];
    for (const uint32_t at : rules.any_tool[static_cast<size_t>(kind)])
      if ((rules.rules[at].needs & empty) == 0 && is_for(set, rules.rules[at], input))
        out.rules.push_back(at);
  }
  return out.rules;
}

Verdict decide(const RuleSet& set, const Input& input, const Seen& seen, Workspace& work) {
  work.context.reset();
  work.context.set_home(input.surroundings != nullptr ? std::string_view(input.surroundings->home)
                                                      : "");
  return Decision(set, input, seen, work).run();
}

}  // namespace agentmesh::policy
