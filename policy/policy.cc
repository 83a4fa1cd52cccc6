#include "policy/policy.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <iterator>
#include <utility>

#include "policy/compile.h"
#include "policy/decide.h"
#include "policy/loosen.h"
#include "policy/roots.h"

namespace agentmesh::policy {

struct Policy::Impl {
  std::shared_ptr<const RuleSet> rules;
  // One workspace waits here; a thread that finds none makes its own.
  std::atomic<Workspace*> spare = nullptr;
  ~Impl() { delete spare.load(); }
};

Policy::Policy(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Policy::~Policy() = default;

Policy::Compiled Policy::compile(const PolicySource& source) {
  Diagnostics diagnostics;
  auto impl = std::make_unique<Impl>();
  impl->rules = compile_rules(source, diagnostics);
  Compiled out;
  const bool failed = diagnostics.failed();
  out.diagnostics = diagnostics.take();
  if (!failed) out.policy = std::shared_ptr<const Policy>(new Policy(std::move(impl)));
  return out;
}

namespace {

// deny > require_approval > redact > neutralise > warn > log > allow
int weight(const Verdict& verdict) {
  if (verdict.action == Action::kLog) return 1;
  if (verdict.action == Action::kWarn) return 2;
  return verdict.action == Action::kAllow ? 0 : 2 + strictness(verdict.action);
}

template <class List, class Same>
void add_new(List& to, List& from, Same same) {
  for (auto& each : from)
    if (std::none_of(to.begin(), to.end(), [&](const auto& known) { return same(known, each); }))
      to.push_back(std::move(each));
}

bool changes(const Verdict& verdict) {
  return verdict.action == Action::kRedact || verdict.action == Action::kNeutralise;
}

// What either replaces, in order.
void join_replacements(std::vector<Replacement>& to, std::vector<Replacement>& from) {
  std::vector<Replacement> all;
  std::merge(std::make_move_iterator(to.begin()), std::make_move_iterator(to.end()),
             std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()),
             std::back_inserter(all),
             [](const Replacement& a, const Replacement& b) { return a.begin < b.begin; });
  to.clear();
  for (Replacement& each : all) {
    if (!to.empty() && each.begin < to.back().end)
      to.back().end = std::max(to.back().end, each.end);
    else
      to.push_back(std::move(each));
  }
}

// One approval lets the call through by the rules of both: who is asked is among the approvers of both. Where there are none, the
// tool's name decides, which who makes a call does not choose.
void join_approvers(std::vector<std::string_view>& of_call,
                    const std::vector<std::string_view>& by_name) {
  if (by_name.empty()) return;
  std::erase_if(of_call, [&by_name](std::string_view approver) {
    return std::find(by_name.begin(), by_name.end(), approver) == by_name.end();
  });
  if (of_call.empty()) of_call = by_name;
}

// What the rules say of a call as it is and as it is called: `verdict` is the stricter of the two, and has of the other what it says besides.
void join(Verdict& verdict, Verdict other) {
  // That a default would not let it through says nothing: no rule is about it.
  const bool both_hold = !verdict.passes() && !other.passes() && other.rule != "default";
  if (both_hold && !other.overridable) {
    verdict.overridable = false;  // an exception would lift only one of them
    verdict.exception.clear();
  }
  verdict.durable = verdict.durable || other.durable;
  verdict.unsure = verdict.unsure || other.unsure;
  if (changes(verdict) && changes(other))
    join_replacements(verdict.replacements, other.replacements);
  add_new(verdict.matched, other.matched, [](const Matched& a, const Matched& b) {
    return a.rule == b.rule && a.file == b.file && a.line == b.line;
  });
  add_new(verdict.tags, other.tags, std::equal_to<>());
  add_new(verdict.errors, other.errors,
          [](const RuleError& a, const RuleError& b) { return a.rule == b.rule; });
  add_new(verdict.charges, other.charges,
          [](const Charge& a, const Charge& b) { return a.key == b.key; });
}

// True if what a call does and what its tool is called may be under different rules. That SQL which only reads makes a query of what a name
// does not tell is what there is to know about it.
bool is_more_than_its_name(const Seen& seen) {
  return seen.kind > seen.by_name && (seen.by_name != Kind::kUnknown || seen.kind > Kind::kQuery);
}

// True if the rules say more of the call by its name. Of two that refuse it, what no exception lifts is the reason.
bool is_stricter(const Verdict& named, const Verdict& verdict) {
  if (named.rule == "default") return false;
  if (named.action == Action::kDeny && verdict.action == Action::kDeny)
    return verdict.overridable && !named.overridable;
  return weight(named) > weight(verdict);
}

// `verdict` is of what the call does.
Verdict held_to_name(const RuleSet& set, const Input& input, Workspace& work, Verdict verdict) {
  // A name that says nothing is of no type, and rules for such ask what the arguments have told. But what they refuse stays refused, or
  // a command would be added to a call to get a question for it. A tool that nobody knows writes only by a query in its arguments.
  const bool only_refused = work.seen.by_name == Kind::kUnknown && work.seen.kind != Kind::kWrite;
  take_by_name(set, input, work.seen);
  Verdict named = decide(set, input, work.seen, work);
  if (only_refused && (named.action != Action::kDeny || named.rule == "default")) return verdict;
  Facts facts = std::move(verdict.facts);
  facts.reads = facts.reads || named.facts.reads;
  facts.private_place = facts.private_place || named.facts.private_place;
  facts.untrusted =
      facts.untrusted || work.seen.by_name == Kind::kNetwork || work.seen.by_name == Kind::kMessage;
  if (verdict.action == Action::kRequireApproval && named.action == Action::kRequireApproval)
    join_approvers(verdict.approvers, named.approvers);
  if (is_stricter(named, verdict)) std::swap(named, verdict);
  join(verdict, std::move(named));
  verdict.facts = std::move(facts);
  return verdict;
}

}  // namespace

Verdict Policy::ask(const Input& input) const {
  std::unique_ptr<Workspace> work(impl_->spare.exchange(nullptr));
  if (!work) work = std::make_unique<Workspace>();
  look(*impl_->rules, input, work->seen);
  Verdict verdict = decide(*impl_->rules, input, work->seen, *work);
  if (input.stage == Stage::kCall && is_more_than_its_name(work->seen))
    verdict = held_to_name(*impl_->rules, input, *work, std::move(verdict));
  work.reset(impl_->spare.exchange(work.release()));
  return verdict;
}

std::string_view Policy::name() const { return impl_->rules->name; }
std::optional<Mode> Policy::mode() const { return impl_->rules->mode; }
std::vector<std::string> Policy::roots(const Surroundings& surroundings) const {
  return roots_in_force(*impl_->rules, &surroundings);
}
FirstSight Policy::first_sight() const { return impl_->rules->first_sight; }
ChangedPin Policy::changed_pin() const { return impl_->rules->changed_pin; }
bool Policy::denies_unknown_methods() const { return !impl_->rules->allow_unknown_methods; }
bool Policy::shares_session() const { return impl_->rules->share_session; }
size_t Policy::rule_count() const { return impl_->rules->rule_count; }
std::vector<Policy::Approvers> Policy::approvers() const {
  std::vector<Approvers> all;
  for (const StageRules& stage : impl_->rules->stages)
    for (const Rule& rule : stage.rules)
      if (!rule.approvers.empty())
        all.push_back(
            {rule.name, impl_->rules->layers[rule.layer].file, rule.line, rule.approvers});
  return all;
}
bool Policy::is_strict() const {
  return impl_->rules->name == "strict" ||
         std::any_of(impl_->rules->layers.begin(), impl_->rules->layers.end(),
                     [](const Layer& layer) { return layer.built_in && layer.name == "strict"; });
}
std::string Policy::loosens(const Policy& before) const {
  return loosened(*before.impl_->rules, *impl_->rules);
}

}  // namespace agentmesh::policy
