// The pipeline's other half: what it makes of results and definitions, what marks say, and evidence that no policy was asked about.

#include <exception>
#include <utility>

#include <fmt/format.h>

#include "proxy/pipeline.h"

namespace agentmesh::proxy {

policy::Verdict Pipeline::judge_result(const Call& call, json::View result, bool is_error,
                                       const std::vector<policy::Finding>& seen) const {
  policy::Verdict verdict = judge_result_of(call.tool, call, result, is_error, seen);
  if (!call.adopted || !call.tool.empty()) return verdict;
  // A task that nobody saw begin may be any call of this session: no rule for a tool is escaped by naming it anew.
  for (const std::string& tool : session_.called_tools()) {
    if (!verdict.passes()) break;
    policy::Verdict other = judge_result_of(tool, call, result, is_error, seen);
    if (!other.passes() || other.replacements.size() > verdict.replacements.size())
      verdict = std::move(other);
  }
  return verdict;
}

template <typename Make>
policy::Verdict Pipeline::judge(std::string_view what, Make&& input) const {
  try {
    policy::Verdict verdict = policy_->ask(input());
    if (!verdict.errors.empty()) note_errors(verdict);
    return verdict;
  } catch (const std::exception& error) {
    policy::Verdict verdict;
    verdict.policy = policy_->name();
    verdict.rule = "error";
    verdict.reason = fmt::format("judging this {} failed ({})", what, error.what());
    return verdict;
  }
}

policy::Verdict Pipeline::judge_result_of(std::string_view tool, const Call& call,
                                          json::View result, bool is_error,
                                          const std::vector<policy::Finding>& seen) const {
  return judge("result", [&] {
    policy::Input input = session_.input(policy::Stage::kResult, call.method, tool);
    input.result = result;
    input.result_is_error = is_error;
    input.trust = standing_.scores(tool);
    input.findings = seen;
    return input;
  });
}

policy::Verdict Pipeline::judge_definition(std::string_view tool, json::View definition,
                                           bool changed, std::vector<policy::Finding> seen) const {
  return judge("definition", [&] {
    policy::Input input = session_.input(policy::Stage::kList, "tools/list", tool);
    input.definition = definition;
    input.changed = changed;
    input.trust = standing_.scores(tool);
    input.findings = seen;
    return input;
  });
}

void Pipeline::fill_base(Mark& mark) const {
  mark.server = session_.server();
  mark.log = log_.origin;
  mark.notice = log_.notice();
  if (log_.queued) mark.writer = log_.writer;
  mark.mode = options_.shadow ? "shadow" : "enforce";
}

void Pipeline::add_findings(Mark& mark, std::span<const policy::Finding> findings) {
  for (const policy::Finding& f : findings)
    mark.findings.push_back({f.id, std::string(policy::to_string(f.severity)), f.where});
}

Mark Pipeline::mark_of_denial(const Judgement& judgement) const {
  Mark mark;
  fill_base(mark);
  mark.decision = judgement.decision;
  mark.policy = judgement.policy;
  mark.rule = judgement.rule;
  mark.score = judgement.score;
  mark.tier = trust::to_string(trust::tier_of(judgement.score));
  add_findings(mark, judgement.verdict.findings);
  return mark;
}

void Pipeline::mark_result(const Call& call, std::span<const policy::Finding> findings,
                           Mark& mark) const {
  fill_base(mark);
  if (mark.notice.empty()) mark.notice = session_.take_notice();
  mark.decision = call.decision;
  if (log_.queued)
    mark.decision_wseq = call.wseq;
  else
    mark.decision_seq = call.seq;
  mark.policy = call.policy;
  mark.rule = call.rule;
  const int score = standing_.score();
  mark.score = score;
  mark.tier = trust::to_string(trust::tier_of(score));
  add_findings(mark, session_.found_in(call.tool));
  add_findings(mark, call.findings);
  add_findings(mark, findings);
}

std::vector<trust::Event> Pipeline::evidence_of_bad_line(Direction direction) {
  trust::Evidence evidence(standing_.agent(), standing_.server(), {});
  evidence.add(direction == Direction::kClientToServer ? trust::Happened::kMalformed
                                                       : trust::Happened::kProtocolViolation);
  std::vector<trust::Event> events = evidence.take();
  (void)standing_.apply(events);
  return events;
}

std::vector<trust::Event> Pipeline::evidence_of_junk() {
  trust::Evidence evidence(standing_.agent(), standing_.server(), {});
  evidence.add(trust::Happened::kJunk);
  std::vector<trust::Event> events = evidence.take();
  (void)standing_.apply(events);
  return events;
}

std::vector<trust::Event> Pipeline::evidence_of_definition(bool changed, bool poisoned,
                                                           std::string_view tool, bool& charged) {
  trust::Evidence evidence({}, standing_.server(), standing_.public_tool(tool));
  if (changed)
    evidence.add(std::exchange(charged, true) ? trust::Happened::kChangedBeside
                                              : trust::Happened::kChangedDefinition);
  if (poisoned) evidence.add(trust::Happened::kPoisonedDefinition);
  std::vector<trust::Event> events = evidence.take();
  (void)standing_.apply(events);
  return events;
}

}  // namespace agentmesh::proxy
