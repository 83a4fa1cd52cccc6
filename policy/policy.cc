#include "policy/policy.h"

#include <algorithm>
#include <atomic>

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

// True if what a rule says of the second lets less pass than the first, or says more of what passes.
bool is_stricter(const Verdict& second, const Verdict& first) {
  const auto held = [](const Verdict& verdict) {
    return std::max(strictness(verdict.action), strictness(Action::kAllow));
  };
  if (second.rule == "default") return false;
  return held(second) > held(first) ||
         (first.action == Action::kAllow &&
          (second.action == Action::kWarn || second.action == Action::kLog));
}

// A call that does more than its tool's name says is held to the rules of both: `verdict` is of what it does.
void hold_to_name(const RuleSet& set, const Input& input, Workspace& work, Verdict& verdict) {
  take_by_name(set, input, work.seen);
  Verdict named = decide(set, input, work.seen, work);
  named.facts = verdict.facts;
  if (is_stricter(named, verdict)) std::swap(named, verdict);
  verdict.durable = verdict.durable || named.durable;
  verdict.unsure = verdict.unsure || named.unsure;
  for (Charge& charge : named.charges)
    if (std::none_of(verdict.charges.begin(), verdict.charges.end(),
                     [&charge](const Charge& known) { return known.key == charge.key; }))
      verdict.charges.push_back(std::move(charge));
}

}  // namespace

Verdict Policy::ask(const Input& input) const {
  std::unique_ptr<Workspace> work(impl_->spare.exchange(nullptr));
  if (!work) work = std::make_unique<Workspace>();
  look(*impl_->rules, input, work->seen);
  Verdict verdict = decide(*impl_->rules, input, work->seen, *work);
  if (input.stage == Stage::kCall && work->seen.kind > work->seen.by_name &&
      verdict.action != Action::kDeny)
    hold_to_name(*impl_->rules, input, *work, verdict);
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
bool Policy::is_strict() const {
  return impl_->rules->name == "strict" ||
         std::any_of(impl_->rules->layers.begin(), impl_->rules->layers.end(),
                     [](const Layer& layer) { return layer.built_in && layer.name == "strict"; });
}
std::string Policy::loosens(const Policy& before) const {
  return loosened(*before.impl_->rules, *impl_->rules);
}

}  // namespace agentmesh::policy
