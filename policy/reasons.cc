#include "policy/reasons.h"

#include <fmt/format.h>

#include "base/shell_word.h"

namespace agentmesh::policy {

namespace {

std::string place_of(const Rule& rule, const RuleSet& set) {
  return fmt::format("{}:{}", set.layers[rule.layer].file, rule.line);
}

std::string_view subject(const Input& input) {
  switch (input.stage) {
    case Stage::kResult: return "this result";
    case Stage::kList: return "this tool's definition";
    case Stage::kRequest: return "this request of the server";
    case Stage::kCall: break;
  }
  return input.method == "tools/call" ? "this call" : "this request";
}

std::string sentence(const Rule& rule, const Input& input) {
  if (rule.action == Action::kAllow || rule.action == Action::kLog) return "";
  if (!rule.description.empty()) return rule.description;
  switch (rule.action) {
    case Action::kDeny:
      return fmt::format("rule '{}' does not allow {}", rule.name, subject(input));
    case Action::kRequireApproval:
      return fmt::format("rule '{}' asks a person to approve {}", rule.name, subject(input));
    case Action::kRedact:
      return fmt::format("rule '{}' masks what {} holds", rule.name, subject(input));
    case Action::kNeutralise:
      return fmt::format("rule '{}' makes visible what {} hides", rule.name, subject(input));
    case Action::kWarn: return fmt::format("rule '{}' warns of {}", rule.name, subject(input));
    case Action::kAllow:
    case Action::kLog: return "";
  }
  return "";
}

// The line that a person can type to let this tool through for a while. Names that a command line would take for something
// else stand behind --.
std::string exception_command(const Input& input) {
  if (input.server.empty() || input.tool.empty()) return "";
  const auto odd = [](std::string_view name) { return name.starts_with('-'); };
  if (odd(input.server) || odd(input.tool) || input.server == "list" || input.server == "end")
    return fmt::format("agentmesh allow --for 1h --why '…' -- {} {}", shell_word(input.server),
                       shell_word(input.tool));
  return fmt::format("agentmesh allow {} {} --for 1h --why '…'", shell_word(input.server),
                     shell_word(input.tool));
}

std::string permanent_exception(const Input& input) {
  if (input.stage != Stage::kCall || input.tool.empty()) return "";
  return fmt::format(
      "add an allow rule for tool '{}' with a higher priority to a policy that extends "
      "this one",
      input.tool);
}

// "run `agentmesh allow …` …, or …", or just the latter.
std::string with_exception(const Verdict& verdict, std::string otherwise) {
  if (verdict.exception.empty()) return otherwise;
  std::string out = fmt::format("`{}` lets this tool through for an hour, whatever its arguments",
                                verdict.exception);
  return otherwise.empty() ? out : out + "; for good, " + otherwise;
}

void built_in(const RuleSet& set, const Input& input, const Seen& seen, Verdict& verdict) {
  const Layer& own = set.layers.front();
  if (verdict.rule == "self.protected" && seen.maybe_protected) {
    verdict.reason =
        "it cannot be told where every path or word of this call leads (it is too long, there are too many, or the way "
        "cannot be followed), so it counts as touching AgentMesh's own state";
  } else if (verdict.rule == "self.protected") {
    verdict.reason =
        "an agent may not touch what governs it: AgentMesh's own state, keys, policies "
        "and program, or a client's configuration";
  } else if (verdict.rule == "roots") {
    verdict.reason = "a path of this call lies outside the policy's roots";
    verdict.suggest = fmt::format("add the directory to `roots` at {}:{}", seen.outside_of->file,
                                  seen.outside_of->roots_place.line);
  } else if (verdict.rule == "hosts") {
    verdict.reason = "this call names a host that the policy's `hosts` do not allow";
    verdict.suggest = fmt::format("change `hosts` at {}:{}", seen.host_refused_by->file,
                                  seen.host_refused_by->hosts_place.line);
  } else if (verdict.action == Action::kDeny) {
    verdict.reason = fmt::format("no rule of the policy allows {}", subject(input));
    verdict.suggest =
        input.tool.empty()
            ? fmt::format("add a rule with `action: allow` to {}", own.file)
            : with_exception(
                  verdict,
                  fmt::format("add to the rules of {}: {{name: {}, tool: {}, action: allow}}",
                              own.file, shell_word("allow-" + std::string(input.tool)),
                              shell_word(input.tool)));
  }
}

}  // namespace

void give_reasons(const RuleSet& set, const Input& input, const Seen& seen, const Rule* rule,
                  bool failed, Verdict& verdict) {
  if (verdict.overridable) verdict.exception = exception_command(input);
  if (rule == nullptr) return built_in(set, input, seen, verdict);
  if (verdict.by_limit) {
    verdict.reason =
        fmt::format("the limit of {} is used up (rule '{}')", rule->limit->text, rule->name);
    verdict.suggest = "wait until older calls leave the window";
    if (!set.layers[rule->layer].built_in)
      verdict.suggest += fmt::format(", or raise `limit` at {}", place_of(*rule, set));
    return;
  }
  verdict.reason = sentence(*rule, input);
  if (failed)
    verdict.reason = fmt::format(
        "the condition of rule '{}' could not be evaluated, which counts as met", rule->name);
  if (verdict.passes()) return;
  if (failed) {
    verdict.suggest =
        fmt::format("guard the condition with has(…), or name the tools it is for, at {}",
                    place_of(*rule, set));
  } else if (rule->layer != 0 || set.layers.front().built_in) {
    // Where a rule that nobody may outrank holds the call back as well, no rule of a child would help.
    if (verdict.overridable) verdict.suggest = with_exception(verdict, permanent_exception(input));
  } else {
    verdict.suggest =
        with_exception(verdict, fmt::format("change rule '{}' at {}, or add an `unless` to it",
                                            rule->name, place_of(*rule, set)));
  }
}

}  // namespace agentmesh::policy
