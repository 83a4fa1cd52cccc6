#include <algorithm>

#include <fmt/format.h>

#include "policy/compile.h"
#include "policy/names.h"
#include "policy/slow.h"

namespace agentmesh::policy {

namespace {

bool fits_stage(Stage stage, Action action) {
  if (action == Action::kAllow || action == Action::kDeny || action == Action::kWarn ||
      action == Action::kLog)
    return true;
  switch (stage) {
    case Stage::kCall:
    case Stage::kRequest: return action == Action::kRequireApproval || action == Action::kRedact;
    case Stage::kResult: return action == Action::kRedact || action == Action::kNeutralise;
    case Stage::kList: return action == Action::kRequireApproval;
  }
  return false;
}

std::string_view allowed_actions(Stage stage) {
  switch (stage) {
    case Stage::kCall:
    case Stage::kRequest: return "allow, deny, require_approval, redact, warn, log";
    case Stage::kResult: return "allow, deny, redact, neutralise, warn, log";
    case Stage::kList: return "allow, deny, require_approval, warn, log";
  }
  return "";
}

// A pattern of `args:` between slashes that holds a plain path was meant as one.
bool reads_like_a_directory(const Pattern& pattern) {
  return pattern.form() == Pattern::Form::kRegex &&
         std::all_of(pattern.text().begin(), pattern.text().end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '/' || c == '_' ||
                  c == '-';
         });
}

class RuleCompiler {
 public:
  RuleCompiler(const RuleSource& source, size_t index, Diagnostics& out)
      : source_(source), index_(index), out_(out) {}

  CompiledRule run() {
    Rule& rule = compiled_.rule;
    rule.name = source_.name.value;
    rule.description = source_.description;
    rule.line = source_.place.line;
    rule.stage = source_.stage;
    rule.priority = source_.priority;
    rule.overridable = source_.overridable;
    rule.durable = source_.durable;
    name();
    effect();
    limit();
    approval();
    tags();
    who();
    trust();
    args();
    conditions();
    return std::move(compiled_);
  }

 private:
  std::string key(std::string_view field) const {
    return fmt::format("rules[{}].{}", index_, field);
  }
  void error(const Place& place, std::string_view field, std::string_view message) {
    out_.error(place, fmt::format("{}: {}", key(field), message));
  }

  void name() {
    const std::string& name = source_.name.value;
    if (name.empty())
      error(source_.name.place.line > 0 ? source_.name.place : source_.place, "name",
            "every rule needs a name");
    else if (name == "default")
      error(source_.name.place, "name", "'default' names what happens when no rule decides");
    else if (name == "roots" || name == "hosts" || name == "self.protected" ||
             name == "unknown_methods" || name.starts_with("allow:") || name.starts_with("read."))
      out_.warn(source_.name.place,
                fmt::format("{}: '{}' is also the name of a built-in rule; the record could not "
                            "tell them apart",
                            key("name"), name));
  }

  void effect() {
    Rule& rule = compiled_.rule;
    rule.action = source_.action.value_or(Action::kDeny);
    rule.limit_only = !source_.action && source_.limit.has_value();
    if (source_.action && !fits_stage(source_.stage, rule.action))
      error(source_.action_place, "action",
            fmt::format("'{}' does not exist at stage '{}' (use {})", to_string(rule.action),
                        to_string(source_.stage), allowed_actions(source_.stage)));
  }

  void limit() {
    if (!source_.limit) {
      if (!source_.limit_by.empty()) error(source_.place, "limit_by", "there is no `limit`");
      return;
    }
    if (source_.stage != Stage::kCall && source_.stage != Stage::kRequest)
      error(source_.limit->place, "limit", "only stages 'call' and 'request' are counted");
    auto rate = parse_rate(source_.limit->value);
    if (!rate) return error(source_.limit->place, "limit", rate.error().what);
    compiled_.rule.limit = Limit{*rate, source_.limit_by, source_.limit->value};
  }

  void approval() {
    const bool asks = source_.action == Action::kRequireApproval;
    if (!source_.approvers.empty() && !asks)
      error(source_.approvers.front().place, "approvers", "needs `action: require_approval`");
    for (const Text& approver : source_.approvers)
      compiled_.rule.approvers.push_back(approver.value);
    if (!source_.timeout) return;
    if (!asks) error(source_.timeout->place, "timeout", "needs `action: require_approval`");
    auto span = parse_span(source_.timeout->value);
    if (!span) return error(source_.timeout->place, "timeout", span.error().what);
    compiled_.rule.timeout_us = *span;
  }

  // A glob that reads like a regex without its slashes. Names of agents and servers may hold \ and ^ (DOMAIN\user).
  static bool looks_like_regex(std::string_view text, std::string_view field) {
    if (text.starts_with('/') || text.find("${") != std::string_view::npos) return false;
    return text.starts_with('^') ||
           text.find_first_of(field == "tool" ? "[]{}|^\\" : "[]{}|") != std::string_view::npos;
  }

  std::optional<std::vector<Pattern>> patterns(const std::optional<std::vector<Text>>& texts,
                                               std::string_view field) {
    if (!texts) return std::nullopt;
    if (texts->empty())
      error(source_.place, field, "an empty list fits nothing, so this rule can never match");
    for (const Text& text : *texts)
      if (text.value.empty() && field == "tool")
        error(text.place, field, "an empty name fits no tool, so this rule can never match");
    for (const Text& text : *texts)
      if (text.value.find(", ") != std::string::npos && !text.value.starts_with('/'))
        out_.warn(text.place, fmt::format("{}: '{}' is one name, its commas included; a list is "
                                          "written [{}]",
                                          key(field), text.value, text.value));
      else if (looks_like_regex(text.value, field))
        out_.warn(text.place,
                  fmt::format("{}: '{}' is a glob, in which only * and ? stand for others; "
                              "a regex is written between slashes, such as '/^(a|b)_/'",
                              key(field), text.value));
    std::vector<Pattern> out = compile_patterns(*texts, key(field), out_);
    for (const Pattern& pattern : out)
      if (pattern.matches_all()) return std::nullopt;
    return out;
  }

  void who() {
    compiled_.tools = patterns(source_.tool, "tool");
    if (compiled_.tools && source_.stage == Stage::kRequest)
      out_.warn(source_.tool->front().place,
                key("tool") + ": a server's requests name no tool, so this rule can never match");
    if (auto servers = patterns(source_.server, "server"))
      compiled_.rule.servers = std::move(*servers);
    if (auto agents = patterns(source_.agent, "agent")) compiled_.rule.agents = std::move(*agents);
  }

  void tags() {
    constexpr size_t kLongest = 64;  // bytes; every record of the rule holds it
    for (const Text& tag : source_.tags) {
      if (tag.value.empty() || tag.value.size() > kLongest)
        error(tag.place, "tags", fmt::format("a tag is a word of at most {} bytes", kLongest));
      compiled_.rule.tags.push_back(tag.value);
    }
  }

  void trust() {
    if (!source_.trust_below) return;
    if (*source_.trust_below <= 0)
      return error(source_.trust_below_place, "trust_below",
                   "no score is below 0, so this rule can never match");
    if (*source_.trust_below > 1000)
      out_.warn(source_.trust_below_place,
                key("trust_below") + ": scores end at 1000, so this always holds");
    compiled_.rule.trust_below = source_.trust_below;
  }

  void args() {
    for (const ArgMatcher& matcher : source_.args) {
      const std::string field = "args." + matcher.name.value;
      if (matcher.patterns.empty())
        error(matcher.name.place, field,
              "an empty list fits nothing, so this rule can never match");
      ArgRule arg{matcher.name.value, compile_patterns(matcher.patterns, key(field), out_)};
      for (size_t i = 0; i < arg.patterns.size() && i < matcher.patterns.size(); ++i)
        if (reads_like_a_directory(arg.patterns[i]) &&
            arg.patterns[i].text().find('/') != std::string::npos)
          out_.warn(matcher.patterns[i].place,
                    fmt::format("{}: '{}' is a regex, as it stands between slashes; a directory is "
                                "written '{}*'",
                                key(field), matcher.patterns[i].value, matcher.patterns[i].value));
      guard(arg);
      compiled_.rule.args.push_back(std::move(arg));
    }
  }

  // What an argument must be; of several the first, and one with a name rather than "*".
  void guard(const ArgRule& arg) {
    const bool anywhere = arg.name == "*";
    if (compiled_.argument && (anywhere || !compiled_.argument->anywhere)) return;
    // A pattern of the home directory is another one for everybody.
    const bool home =
        std::any_of(arg.patterns.begin(), arg.patterns.end(),
                    [](const Pattern& pattern) { return pattern.text().starts_with('~'); });
    compiled_.argument = ArgGuard{arg.name, arg.patterns, false, home, anywhere};
  }

  void conditions() {
    Rule& rule = compiled_.rule;
    rule.condition = condition(source_.condition, "condition");
    rule.unless = condition(source_.unless, "unless");
    never("condition", source_.condition, rule.condition, false);
    never("unless", source_.unless, rule.unless, true);
    std::vector<uint32_t> settled;
    if (rule.condition) {
      Guard guard = read_guard(*rule.condition);
      settled = std::move(guard.settled);
      rule.kinds = guard.kinds;
      rule.needs = guard.needs;
      if (guard.argument && !compiled_.argument) compiled_.argument = std::move(guard.argument);
      rule.reads |= names_read(*rule.condition);
      if (guard.tools && !compiled_.tools) compiled_.guarded_tools = std::move(guard.tools);
    }
    if (rule.unless) rule.reads |= names_read(*rule.unless);
    doubt_reads();
    // The rule is asked about calls of its kinds alone. Now that all that is to be read off the condition was.
    if (rule.condition) rule.condition->leave_out(settled);
  }

  std::optional<cel::Program> condition(const std::optional<Text>& text, std::string_view field) {
    if (!text) return std::nullopt;
    auto compiled = cel::compile_condition(text->value, environment());
    if (!compiled) {
      error(text->at(compiled.error().offset), field, compiled.error().message);
      return std::nullopt;
    }
    const cel::Ast& ast = compiled->program.ast();
    for (const cel::Node& node : ast.nodes) {
      if (node.op != cel::Op::kFunction || node.function != cel::Function::kMatches ||
          node.index == 0)
        continue;
      const std::string_view regex = ast.constant(ast.links[node.first + 1])->as_text();
      if (const auto wrong = complaint(cost_of(regex)); !wrong.empty())
        error(text->at(node.offset), field, wrong);
    }
    for (const cel::Remark& remark : compiled->warnings)
      out_.warn(text->at(remark.offset), fmt::format("{}: {}", key(field), remark.message));
    return std::move(compiled->program);
  }

  // `when`: the constant value that makes the rule pointless.
  void never(std::string_view field, const std::optional<Text>& text,
             const std::optional<cel::Program>& program, bool when) {
    if (!program) return;
    const std::optional<cel::Value> constant = program->constant();
    if (!constant) return;
    if (constant->is_bool(when))
      error(text->at(0), field,
            fmt::format("this is always {}, so the rule can never match", when ? "true" : "false"));
    else if (constant->is_error())
      error(text->at(constant->why().offset), field,
            fmt::format("this always fails: {}", constant->why().message));
  }

  // An argument that a tool may lack makes the condition fail, which for a rule that holds back counts as met.
  void doubt_reads() {
    const Rule& rule = compiled_.rule;
    const cel::ConditionReads reads = cel::reads(rule.condition ? &*rule.condition : nullptr,
                                                 rule.unless ? &*rule.unless : nullptr);
    what_to_redact(reads.condition);
    const auto doubt = [&](const std::vector<cel::Read>& all, const std::optional<Text>& text,
                           std::string_view field) {
      std::vector<std::string> said;
      for (const cel::Read& read : all) {
        const bool unguarded = read.what == cel::Read::What::kKey && !read.guarded &&
                               read.path.starts_with("args.") && !matched_by_args(read.path);
        if (!unguarded || compiled_.tools || compiled_.guarded_tools || !rule.holds_back())
          continue;
        if (std::find(said.begin(), said.end(), read.path) != said.end()) continue;
        said.push_back(read.path);
        out_.warn(
            text->at(read.offset),
            fmt::format(
                "{}: a call without '{}' makes this fail, which counts as met: the rule would "
                "{} every tool that lacks it (use has({}), or name the tools with `tool:`)",
                key(field), read.path,
                !rule.restricts()              ? "count against its limit"
                : rule.action == Action::kDeny ? "deny"
                                               : "hold back",
                read.path));
      }
    };
    doubt(reads.condition, source_.condition, "condition");
    doubt(reads.unless, source_.unless, "unless");
  }

  void what_to_redact(const std::vector<cel::Read>& reads) {
    const auto asks = [&reads](std::string_view path) {
      return std::any_of(reads.begin(), reads.end(),
                         [path](const cel::Read& read) { return read.path == path; });
    };
    const bool secrets = asks("data.contains_secret");
    const bool personal = asks("data.contains_pii");
    if (!secrets && !personal) return;
    compiled_.rule.redacts_secrets = secrets;
    compiled_.rule.redacts_personal = personal;
  }

  bool matched_by_args(std::string_view path) const {
    return std::any_of(source_.args.begin(), source_.args.end(), [path](const ArgMatcher& matcher) {
      return path == "args." + matcher.name.value;
    });
  }

  const RuleSource& source_;
  size_t index_;
  Diagnostics& out_;
  CompiledRule compiled_;
};

}  // namespace

std::vector<Pattern> compile_patterns(const std::vector<Text>& texts, std::string_view key,
                                      Diagnostics& out) {
  std::vector<Pattern> patterns;
  for (const Text& text : texts) {
    auto pattern = Pattern::compile(text.value);
    if (!pattern) {
      out.error(text.place, fmt::format("{}: {}", key, pattern.error().what));
      continue;
    }
    if (pattern->form() == Pattern::Form::kRegex)
      if (const auto wrong = complaint(cost_of(pattern->text())); !wrong.empty())
        out.error(text.place, fmt::format("{}: {}", key, wrong));
    patterns.push_back(std::move(*pattern));
  }
  return patterns;
}

CompiledRule compile_rule(const RuleSource& source, size_t index, Diagnostics& out) {
  return RuleCompiler(source, index, out).run();
}

}  // namespace agentmesh::policy
