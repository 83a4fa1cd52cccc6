#include "policy/cases.h"

#include <fmt/format.h>

#include "policy/question.h"

namespace agentmesh::policy {

CaseResult run_case(const Policy& policy, const TestCase& test) {
  CaseResult out;
  Question question(test);
  const auto input = question.input();
  if (!input) {
    out.why = input.error().what;
    return out;
  }
  const Verdict verdict = policy.ask(*input);
  out.decision = to_string(verdict.action);
  out.rule = verdict.rule;
  out.passed = out.decision == test.expect && (test.rule.empty() || test.rule == out.rule);
  if (out.passed) return out;
  out.why = fmt::format("expected {}{}, got {} by rule '{}'", test.expect,
                        test.rule.empty() ? "" : fmt::format(" by rule '{}'", test.rule),
                        out.decision, out.rule);
  for (const RuleError& error : verdict.errors)
    out.why += fmt::format("; rule '{}' failed: {}", error.rule, error.message);
  return out;
}

}  // namespace agentmesh::policy
