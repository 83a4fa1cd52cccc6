// agentmesh policy: looking at policies without running them: check, test, explain, eval, show, schema.
//
// Each function prints and returns the exit status (overview.md): 0 done or true, 1 the answer is no, 2 bad usage or policy.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "policy/policy.h"

namespace agentmesh::cli {

// A policy read and compiled, ready to be asked.
struct ReadyPolicy {
  std::shared_ptr<const policy::Policy> policy;  // null: the diagnostics say why
  policy::PolicySource source;
  std::vector<policy::Diagnostic> diagnostics;  // errors and warnings, in the order of the text
  std::vector<std::string> files;               // on disk: to be watched, and protected
};
// `name_or_file`: a preset or a YAML file.
ReadyPolicy ready_policy(const std::string& name_or_file);
// "FILE:LINE:COLUMN: what is wrong", a line each, on stderr; warnings only if asked.
void print_diagnostics(const std::vector<policy::Diagnostic>& diagnostics, bool warnings);

struct PolicyCheckOptions {
  std::vector<std::string> policies;  // names or files
  bool strict = false;                // warnings count: exit 1
  bool json =
      false;  // {"ok", "errors", "warnings", "problems": [{"level","file","line","column","message"}]}
};
int policy_check(const PolicyCheckOptions& options);

struct PolicyTestOptions {
  std::string policy;
  std::string cases;  // a file of cases; "": those of the policy's own `tests:`
  bool json =
      false;  // {"cases": n, "failed": n, "results": [{"name","line","passed","decision","rule","why"}]}
};
int policy_test(const PolicyTestOptions& options);

struct PolicyExplainOptions {
  std::string policy = "moderate";
  std::string tool;
  std::string args;        // JSON
  std::string method;      // "": tools/call
  std::string stage;       // "": call; result, list, request
  std::string result;      // JSON, for stage result
  std::string definition;  // JSON, for stage list
  std::string server;
  std::string agent;
  std::optional<int> trust;
  std::string
      session;  // JSON: {"limits": {rule: used}, "tainted", "private_read", "calls", "denied", "sampled"}
  std::vector<std::string> roots;  // stand in for the roots derived from a server's command
  std::string state_dir;           // protected, as in the proxy
  bool json = false;
};
// Exit 0 for every decision. Paths are judged by the disk of this machine.
int policy_explain(const PolicyExplainOptions& options);

struct PolicyEvalOptions {
  std::string expression;
  std::string vars;   // typed JSON (policy/cel/typed_json.h), one object: names and values
  std::string batch;  // a file of lines {id, expr, vars}, "-" for stdin
  bool json = false;
};
int policy_eval(const PolicyEvalOptions& options);

struct PolicyShowOptions {
  std::string policy;              // a preset, a library file, or a file
  bool types = false;              // how tools are classed instead
  std::vector<std::string> tools;  // with `types`: class these, instead of printing the table
  std::string server;              // with `types`: class the tools that this server has offered
  std::string state_dir;
  bool json = false;
};
int policy_show(const PolicyShowOptions& options);

struct PolicySchemaOptions {
  bool json = false;  // the same
};
int policy_schema(const PolicySchemaOptions& options);

}  // namespace agentmesh::cli
