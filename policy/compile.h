// Compiling: from what a file says to what the engine runs, with every mistake named by its place.
//
// Not for use outside this folder: Policy::compile() is the door. compile.cc puts files together (parents, defaults, tools),
// compile_rule.cc judges one rule, lint.cc doubts what is legal but cannot be meant.
// Thread: any. Failure: diagnostics; the rule set is only good if none of them is an error.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/rule_set.h"

namespace agentmesh::policy {

class Diagnostics {
 public:
  void error(Place place, std::string message);
  void warn(Place place, std::string message);
  bool failed() const { return failed_; }
  // In the order of the text: by file in the order of first mention, then line and column.
  std::vector<Diagnostic> take();

 private:
  std::vector<Diagnostic> all_;
  bool failed_ = false;
};

// Patterns of one key; what RE2 refuses is an error at its place. `key` is for messages: "rules[2].tool".
std::vector<Pattern> compile_patterns(const std::vector<Text>& texts, std::string_view key,
                                      Diagnostics& out);

struct CompiledRule {
  Rule rule;
  std::optional<std::vector<Pattern>> tools;  // absent: any tool
  // Without `tools`: the only tools for which the condition may hold.
  std::optional<std::vector<std::string>> guarded_tools;
  std::optional<ArgGuard> argument;  // what an argument must be for the rule to hold
};
// `index` is the rule's number among its file's rules, for messages.
CompiledRule compile_rule(const RuleSource& source, size_t index, Diagnostics& out);

// A rule where it stands: its source, number and file, and what became of it.
struct PlacedRule {
  const RuleSource* source = nullptr;
  size_t index = 0;
  uint32_t layer = 0;
  CompiledRule compiled;
};
// Warnings: rules that another one always decides before, allows that a parent's rule makes void.
void lint(const std::vector<PlacedRule>& rules, const RuleSet& set, Diagnostics& out);

// deny > require_approval > redact > neutralise > allow; 0 for what never settles a call (warn, log).
int strictness(Action action);

std::shared_ptr<const RuleSet> compile_rules(const PolicySource& source, Diagnostics& out);

}  // namespace agentmesh::policy
