// Policies as text and questions in a line, for tests of the engine.

#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "config/policy_file.h"
#include "policy/policy.h"
#include "policy/question.h"
#include "tests/catch.h"

namespace agentmesh::policy::tests {

struct Loaded {
  std::shared_ptr<const Policy> policy;
  std::string remarks;  // errors and warnings, a line each
};

// A policy file's text, under the name p.yaml, and others it extends: {path, text}.
inline Loaded load(const std::string& text,
                   std::initializer_list<std::pair<std::string, std::string>> others = {}) {
  const std::vector<std::pair<std::string, std::string>> files(others);
  config::LoadedPolicy loaded =
      config::load_policy("p.yaml", [&](const std::string& path) -> Result<std::string> {
        if (path == "p.yaml") return text;
        for (const auto& [name, content] : files)
          if (name == path) return content;
        return fail(path + ": No such file or directory");
      });
  Policy::Compiled compiled;
  if (!loaded.source.file.empty()) compiled = Policy::compile(loaded.source);
  std::vector<Diagnostic> all = std::move(loaded.diagnostics);
  all.insert(all.end(), compiled.diagnostics.begin(), compiled.diagnostics.end());
  sort_by_place(all);
  Loaded out;
  for (const Diagnostic& d : all) out.remarks += to_string(d) + "\n";
  if (!loaded.failed) out.policy = compiled.policy;
  return out;
}

// As load(), for a policy that has to be good.
inline std::shared_ptr<const Policy> good(
    const std::string& text,
    std::initializer_list<std::pair<std::string, std::string>> others = {}) {
  Loaded loaded = load(text, others);
  INFO(loaded.remarks);
  REQUIRE(loaded.policy);
  return loaded.policy;
}

inline Question call(std::string tool, std::string args = "{}") {
  Question question;
  question.tool = std::move(tool);
  question.args = std::move(args);
  question.server = "files";
  question.agent = "ann";
  question.surroundings.working_directory = "/proj";
  question.surroundings.home = "/home/ann";
  return question;
}

inline Verdict ask(const Policy& policy, Question question) {
  const auto input = question.input();
  REQUIRE(input);
  return policy.ask(*input);
}

// "deny by no-deletes".
inline std::string say(const Verdict& verdict) {
  return std::string(to_string(verdict.action)) + " by " + std::string(verdict.rule);
}

// True if a condition holds for a question. `more`: further lines of the policy.
inline bool holds(const std::string& condition, const Question& question,
                  const std::string& more = "") {
  const auto policy = good(
      "default: deny\n" + more + "rules:\n  - name: r\n    action: allow\n    stage: " +
      std::string(to_string(question.stage)) + "\n    condition: |\n      " + condition + "\n");
  return ask(*policy, question).rule == "r";
}

inline bool has_finding(const Verdict& verdict, std::string_view id) {
  for (const Finding& finding : verdict.findings)
    if (finding.id == id) return true;
  return false;
}

}  // namespace agentmesh::policy::tests
