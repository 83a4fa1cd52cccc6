#include "cli/policy.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/files.h"
#include "base/json.h"
#include "cli/here.h"
#include "cli/json_object.h"
#include "cli/protected.h"
#include "cli/say.h"
#include "config/config.h"
#include "policy/cases.h"
#include "policy/kinds.h"
#include "policy/question.h"
#include "proxy/methods.h"
#include "trust/definition.h"
#include "trust/store.h"

namespace agentmesh::cli {

namespace {

using policy::Diagnostic;

bool is_error(const Diagnostic& d) { return d.level == Diagnostic::Level::kError; }

std::string to_json(const Diagnostic& d) {
  return JsonObject()
      .text("level", is_error(d) ? "error" : "warning")
      .text("file", d.place.file)
      .integer("line", d.place.line)
      .integer("column", d.place.column)
      .text("message", d.message)
      .done();
}

template <class List, class Make>
std::string json_list(const List& list, Make make) {
  std::vector<std::string> texts;
  for (const auto& element : list) texts.push_back(make(element));
  return json_array(texts);
}

// Where a word of `policy show --types` is a thing and no act.
std::string_view stars(policy::KindWord::Thing thing) {
  using Thing = policy::KindWord::Thing;
  return thing == Thing::kNever ? "" : thing == Thing::kBehindReading ? "*" : "**";
}

std::string json_text(std::string_view text) {
  std::string out;
  json::append_string(out, text);
  return out;
}

// What the matched rule says: its action, or that it only counts.
std::string_view word_of(const policy::Matched& matched) {
  return matched.limit_only ? "limit" : to_string(matched.action);
}

std::string explain_json(const policy::Verdict& verdict) {
  return JsonObject()
      .text("decision", to_string(verdict.action))
      .text("rule", verdict.rule)
      .text("policy", verdict.policy)
      .text("file", verdict.file)
      .integer("line", verdict.line)
      .text("type", verdict.facts.type)
      .raw("approvers", json_list(verdict.approvers, json_text))
      .raw("errors",
           json_list(
               verdict.errors,
               [](const policy::RuleError& error) {
                 return JsonObject().text("rule", error.rule).text("message", error.message).done();
               }))
      .raw("matched", json_list(verdict.matched,
                                [](const policy::Matched& matched) {
                                  return JsonObject()
                                      .text("rule", matched.rule)
                                      .text("action", word_of(matched))
                                      .text("file", matched.file)
                                      .integer("line", matched.line)
                                      .done();
                                }))
      .raw("tags", json_list(verdict.tags, json_text))
      .raw("findings", json_list(verdict.findings,
                                 [](const policy::Finding& finding) {
                                   return JsonObject()
                                       .text("id", finding.id)
                                       .text("severity", to_string(finding.severity))
                                       .text("where", finding.where)
                                       .done();
                                 }))
      .boolean("overridable", verdict.overridable)
      .text("reason", verdict.reason)
      .text("suggest", verdict.suggest)
      .done();
}

std::string explain_text(const policy::Verdict& verdict) {
  std::string out =
      fmt::format("{} by {}/{}", to_string(verdict.action), verdict.policy, verdict.rule);
  if (verdict.line > 0) out += fmt::format(" ({}:{})", verdict.file, verdict.line);
  out += fmt::format("\n  kind of call: {}\n", verdict.facts.type);
  if (!verdict.reason.empty()) out += fmt::format("  why: {}\n", verdict.reason);
  if (!verdict.approvers.empty())
    out += fmt::format("  approvers: {}\n", fmt::join(verdict.approvers, ", "));
  for (const policy::Matched& matched : verdict.matched)
    out += fmt::format("  matched: {} ({}) {}:{}\n", matched.rule, word_of(matched), matched.file,
                       matched.line);
  if (!verdict.tags.empty()) out += fmt::format("  tags: {}\n", fmt::join(verdict.tags, ", "));
  for (const policy::Finding& finding : verdict.findings)
    out += fmt::format("  found: {} ({}) in {}\n", finding.id, to_string(finding.severity),
                       finding.where);
  for (const policy::RuleError& error : verdict.errors)
    out += fmt::format("  could not be evaluated: {}: {}\n", error.rule, error.message);
  if (!verdict.suggest.empty()) out += fmt::format("  to let it through: {}\n", verdict.suggest);
  return out;
}

// A request whose method no table knows is not asked about: the policy's `unknown_methods` decides.
std::optional<policy::Verdict> unknown_method(const policy::Policy& policy,
                                              const policy::Question& question) {
  if (question.stage != policy::Stage::kCall || proxy::find_method(question.method) != nullptr)
    return std::nullopt;
  policy::Verdict verdict;
  verdict.policy = policy.name();
  verdict.rule = "unknown_methods";
  verdict.action = policy.denies_unknown_methods() ? policy::Action::kDeny : policy::Action::kAllow;
  verdict.facts.type = "unknown";
  if (verdict.action == policy::Action::kDeny) {
    verdict.reason = "the policy does not let through methods that MCP does not list";
    verdict.suggest = "set `unknown_methods: allow` in the policy";
  }
  return verdict;
}

policy::Surroundings this_machine(const PolicyExplainOptions& options, const ReadyPolicy& ready) {
  policy::Surroundings here;
  here.working_directory = current_directory();
  here.home = home_directory();
  here.resolve = [](std::string_view path) { return resolve_path(path); };
  for (const std::string& root : options.roots)
    here.derived_roots.push_back(lexically_normal(root, here.working_directory));
  const config::Environment environment = config::system_environment();
  const auto state = config::state_directory(options.state_dir, environment);
  const auto file = config::config_file("", environment);
  const NamedByOthers others = named_by_wrapped(environment, state.value_or(""));
  here.protected_paths =
      protected_paths({state.value_or(""), file ? file->path : std::string(), ready.files, others,
                       project_directories(here.derived_roots, ready.policy.get())});
  here.unreadable_paths = unreadable_paths(state.value_or(""), others);
  return here;
}

int complain_and(int status, std::string_view sentence) {
  complain(sentence);
  return status;
}

// state_words() of the directory that was given, or of the usual one.
std::string words_of(const std::string& given) {
  const auto state_dir = config::state_directory(given, config::system_environment());
  return state_dir ? state_words(*state_dir) : "";
}

// The tools that a server has offered, as the pins have them.
Result<std::vector<std::string>> tools_of(const std::string& server, const std::string& given) {
  const auto state_dir = config::state_directory(given, config::system_environment());
  if (!state_dir) return tl::unexpected(state_dir.error());
  const SystemClock clock;
  auto store = trust::Store::open_to_read(*state_dir, clock);
  if (!store) return tl::unexpected(store.error());
  if (!*store) return std::vector<std::string>();
  const auto pins = (*store)->pins(server);
  if (!pins) return tl::unexpected(pins.error());
  std::set<std::string> names;
  for (const trust::Pin& pin : *pins)
    if (pin.kind == trust::PinKind::kTool) names.insert(pin.name);
  return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace

ReadyPolicy ready_policy(const std::string& name_or_file) {
  ReadyPolicy out;
  config::LoadedPolicy loaded = config::load_policy(name_or_file);
  // What could be read is judged even if something else could not, so that every problem is told at once.
  policy::Policy::Compiled compiled;
  if (!loaded.source.file.empty()) compiled = policy::Policy::compile(loaded.source);
  out.diagnostics = std::move(loaded.diagnostics);
  out.diagnostics.insert(out.diagnostics.end(), compiled.diagnostics.begin(),
                         compiled.diagnostics.end());
  policy::sort_by_place(out.diagnostics);
  if (!loaded.failed) out.policy = compiled.policy;
  out.source = std::move(loaded.source);
  out.files = std::move(loaded.files);
  return out;
}

void print_diagnostics(const std::vector<Diagnostic>& diagnostics, bool warnings) {
  for (const Diagnostic& d : diagnostics)
    if (warnings || is_error(d)) complain_at(to_string(d));
}

int policy_check(const PolicyCheckOptions& options) {
  std::vector<Diagnostic> all;
  std::string good;
  for (const std::string& name : options.policies) {
    const ReadyPolicy ready = ready_policy(name);
    all.insert(all.end(), ready.diagnostics.begin(), ready.diagnostics.end());
    if (!ready.policy) continue;
    const size_t rules = ready.policy->rule_count();
    const size_t warnings = ready.diagnostics.size();
    good += fmt::format("{}: {} rule{}, ", name, rules, plural(rules));
    good += warnings == 0 ? std::string("no mistake found\n")
                          : fmt::format("{} warning{}\n", warnings, plural(warnings));
  }
  const auto errors = static_cast<size_t>(std::count_if(all.begin(), all.end(), is_error));
  const size_t warnings = all.size() - errors;
  const int status = errors > 0 ? kUsage : warnings > 0 && options.strict ? kNo : kOk;
  if (options.json) {
    print(JsonObject()
              .boolean("ok", status == kOk)
              .integer("errors", static_cast<int64_t>(errors))
              .integer("warnings", static_cast<int64_t>(warnings))
              .raw("problems", json_list(all, [](const Diagnostic& d) { return to_json(d); }))
              .done() +
          "\n");
    return status;
  }
  print_diagnostics(all, true);
  print(good);
  return status;
}

int policy_test(const PolicyTestOptions& options) {
  const ReadyPolicy ready = ready_policy(options.policy);
  if (!ready.policy) {
    print_diagnostics(ready.diagnostics, false);
    return kUsage;
  }
  std::vector<policy::TestCase> cases = ready.source.tests;
  if (!options.cases.empty()) {
    config::LoadedCases loaded = config::load_cases(options.cases);
    if (loaded.failed) {
      print_diagnostics(loaded.diagnostics, false);
      return kUsage;
    }
    cases = std::move(loaded.cases);
  }
  if (cases.empty())
    return complain_and(kUsage,
                        fmt::format("{} holds no cases; write some under `tests:`",
                                    options.cases.empty() ? options.policy : options.cases));
  size_t failed = 0;
  std::string text;
  std::vector<std::string> rows;
  for (const policy::TestCase& test : cases) {
    const policy::CaseResult result = policy::run_case(*ready.policy, test);
    if (!result.passed) {
      ++failed;
      text += fmt::format("{}: {}: {}\n", to_string(test.place), test.name, result.why);
    }
    rows.push_back(JsonObject()
                       .text("name", test.name)
                       .integer("line", test.place.line)
                       .boolean("passed", result.passed)
                       .text("decision", result.decision)
                       .text("rule", result.rule)
                       .text("why", result.why)
                       .done());
  }
  if (options.json)
    print(JsonObject()
              .integer("cases", static_cast<int64_t>(cases.size()))
              .integer("failed", static_cast<int64_t>(failed))
              .raw("results", json_array(rows))
              .done() +
          "\n");
  else
    print(text + (failed == 0 ? fmt::format("{} case{}, all as expected\n", cases.size(),
                                            plural(cases.size()))
                              : fmt::format("{} of {} cases differ\n", failed, cases.size())));
  return failed == 0 ? kOk : kNo;
}

int policy_explain(const PolicyExplainOptions& options) {
  const ReadyPolicy ready = ready_policy(options.policy);
  if (!ready.policy) {
    print_diagnostics(ready.diagnostics, false);
    return kUsage;
  }
  policy::Question question;
  if (!options.stage.empty()) {
    const auto stage = policy::stage_from(options.stage);
    if (!stage)
      return complain_and(
          kUsage,
          fmt::format("--stage: unknown '{}' (use call, result, list, request)", options.stage));
    question.stage = *stage;
  }
  if (!options.method.empty()) question.method = options.method;
  if (question.method == "tools/call" && options.tool.empty())
    return complain_and(kUsage, "say which call: --tool NAME, or --method METHOD");
  if (!options.args.empty()) {
    json::Reader reader;
    if (reader.read(options.args).fault != json::Fault::kNone || !reader.root().is_object())
      return complain_and(kUsage, "--args is the JSON object of the call's arguments");
  }
  question.tool = options.tool;
  question.args = options.args;
  question.result = options.result;
  question.definition = options.definition;
  question.server = options.server;
  question.agent = options.agent;
  question.session = options.session;
  if (options.trust) {
    if (*options.trust < 0 || *options.trust > 1000)
      return complain_and(kUsage, "--trust: a score is 0 to 1000");
    question.trust = *options.trust;
  }
  const SystemClock clock;
  question.now_us = clock.wall_us();
  question.local = local_time(question.now_us);
  question.surroundings = this_machine(options, ready);
  const auto input = question.input();
  if (!input) return complain_and(kUsage, input.error().what);
  const auto unknown = unknown_method(*ready.policy, question);
  const policy::Verdict verdict = unknown ? *unknown : ready.policy->ask(*input);
  print(options.json ? explain_json(verdict) + "\n" : explain_text(verdict));
  return kOk;
}

static void print_policy(const PolicyShowOptions& options, std::string_view text) {
  if (!options.json) return print(text);
  print(JsonObject().text("name", options.policy).text("text", text).done() + "\n");
}

int policy_show(const PolicyShowOptions& options) {
  if (options.types && !options.policy.empty() && options.tools.empty() && options.server.empty())
    return complain_and(kUsage,
                        "with a policy --types classes tools: name them with --tool, or --server");
  if (!options.types) {
    if (options.policy.empty())
      return complain_and(kUsage,
                          "name what to show: a preset (strict, moderate, permissive), a library "
                          "file or a file");
    for (const std::span<const config::Builtin> all : {config::presets(), config::library()})
      for (const config::Builtin& one : all)
        if (one.name == options.policy) {
          print_policy(options, one.text);
          return kOk;
        }
    const auto text = read_file(options.policy);
    if (!text)
      return complain_and(
          kUsage, fmt::format("no preset, library file or file is called '{}' (presets: strict, "
                              "moderate, permissive)",
                              options.policy));
    print_policy(options, *text);
    return kOk;
  }
  std::string out;
  std::vector<std::string> rows;
  std::vector<std::string> tools = options.tools;
  if (!options.server.empty()) {
    const auto offered = tools_of(options.server, options.state_dir);
    if (!offered) return complain_and(kUsage, offered.error().what);
    tools.insert(tools.end(), offered->begin(), offered->end());
    if (tools.empty())
      return complain_and(
          kNo,
          fmt::format("no tools of a server called '{}' have been seen (see agentmesh pins list{})",
                      options.server, words_of(options.state_dir)));
  }
  if (!tools.empty()) {
    const ReadyPolicy ready = ready_policy(options.policy.empty() ? "moderate" : options.policy);
    if (!ready.policy) {
      print_diagnostics(ready.diagnostics, false);
      return kUsage;
    }
    for (const std::string& tool : tools) {
      policy::Question question;
      question.tool = tool;
      question.server = options.server;
      const auto input = question.input();
      if (!input) continue;
      const policy::Verdict verdict = ready.policy->ask(*input);
      out += fmt::format("{:<10} {}\n", verdict.facts.type, trust::printable(tool, 256));
      rows.push_back(JsonObject().text("tool", tool).text("type", verdict.facts.type).done());
    }
  } else {
    for (int kind = 1; kind <= static_cast<int>(policy::Kind::kDelete); ++kind) {
      std::string words;
      for (const policy::KindWord& word : policy::kind_words())
        if (static_cast<int>(word.kind) == kind)
          words += fmt::format(" {}{}", word.word, stars(word.thing));
      const std::string_view name = to_string(static_cast<policy::Kind>(kind));
      out += fmt::format("{}:{}\n", name, words);
      for (const policy::KindPair& pair : policy::kind_pairs())
        if (static_cast<int>(pair.kind) == kind)
          out += fmt::format("    {} {} with one of {}\n", pair.sends ? "sends:" : "also",
                             fmt::join(pair.acts, ", "), fmt::join(pair.things, ", "));
      rows.push_back(JsonObject().text("type", name).text("words", words.substr(1)).done());
    }
    out +=
        "* not where a reading word stands before it: get_message reads, add_message sends\n"
        "** not where the name begins with a verb that reads: list_trash reads, move_document_to_trash deletes\n"
        "of two kinds the later in this list counts; no word known: unknown; `api_call` (older) means network, "
        "query, message or export\n";
  }
  print(options.json ? json_array(rows) + "\n" : out);
  return kOk;
}

int policy_schema(const PolicySchemaOptions&) {
  print(config::policy_schema());
  return kOk;
}

}  // namespace agentmesh::cli
