// Policy: rules compiled once, asked many times. One call, one Verdict, the same answer every time.
//
// What this folder does: turns rules into verdicts about tool calls, and finds secrets, hostile paths, SQL, shell and
// URLs in text. What it does not do: read files or clocks, keep state, know a proxy or a log. Whatever a rule needs to
// know about the session (trust, taint, counts) comes in through Input.
//
// Start here, then verdict.h (what comes out), input.h (what is asked), rules.h (what a policy file says), cel/cel.h (the
// condition language), scan/ (one scanner per file).
// Thread: a Policy is immutable after compile(); any number of threads may ask it.
// Cost: ask() takes a few microseconds for a small call, whatever the number of rules (bench/).
// Failure: compile() refuses and names file, line and column; ask() cannot fail: what it cannot judge it denies.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/input.h"
#include "policy/rules.h"
#include "policy/verdict.h"

namespace agentmesh::policy {

class Policy {
 public:
  struct Compiled {
    std::shared_ptr<const Policy> policy;  // null if any diagnostic is an error
    std::vector<Diagnostic> diagnostics;   // errors and warnings, in the order of the text
  };
  static Compiled compile(const PolicySource& source);

  ~Policy();
  Policy(const Policy&) = delete;
  Policy& operator=(const Policy&) = delete;

  Verdict ask(const Input& input) const;

  std::string_view name() const;
  std::optional<Mode> mode() const;  // what the file says, if it does
  FirstSight first_sight() const;
  ChangedPin changed_pin() const;
  bool denies_unknown_methods() const;
  bool shares_session() const;
  size_t rule_count() const;  // parents' included
  // Whom a rule names to approve; every rule that names somebody once, in the order of the stages.
  struct Approvers {
    std::string_view rule;
    std::string_view file;
    int line = 0;
    const std::vector<std::string>& names;
  };
  std::vector<Approvers> approvers() const;
  // It is the preset strict, extends it, or is called so: what loosens it takes a person.
  bool is_strict() const;
  // What this policy lets through that `before` did not, as the end of a sentence; "" if nothing. Yes when in doubt.
  std::string loosens(const Policy& before) const;
  // The roots in force (policy.md, Roots), absolute; the derived ones of `surroundings` if no file names any.
  std::vector<std::string> roots(const Surroundings& surroundings) const;

 private:
  struct Impl;
  explicit Policy(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace agentmesh::policy
