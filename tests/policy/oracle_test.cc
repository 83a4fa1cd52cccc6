// The engine against a slow and obvious reading of policy.md, "Which rule wins", over random policies and calls.

#include <cstdlib>
#include <random>

#include "tests/policy/ask.h"

namespace agentmesh::policy {
namespace {

using tests::ask;

// A rule as the oracle sees it. Conditions are chosen from a short list whose value it knows.
struct ToyRule {
  std::string name;
  int layer = 0;  // 0 the policy, 1 its parent, 2 its grandparent
  bool enabled = true;
  std::string tool;   // "" any, else a glob of the list below
  std::string agent;  // "" any
  enum class Args { kNone, kText, kAnywhere };
  Args args = Args::kNone;  // of `text`, or of any text at any depth: [al*, /ta$/, /x*]
  int condition = 0;        // index into kConditions
  int unless = 0;
  std::string action;   // "" with a limit: the limit alone
  int limit_used = -1;  // -1: no limit; else used of 3
  int priority = 0;
  int trust_below = 0;  // 0: none
  bool overridable = false;
};

enum class Truth { kTrue, kFalse, kError };

struct ToyCall {
  std::string tool;
  std::string kind;
  std::string agent;
  int trust = 800;
  std::string text;  // the argument of that name; "7": a number; "": missing
  std::string deep;  // a text inside another argument; "": none

  bool is_text() const { return !text.empty() && text != "7"; }
};

struct ToyCondition {
  const char* text;  // "" none
  Truth (*value)(const ToyCall& call);
};

Truth truth(bool value) { return value ? Truth::kTrue : Truth::kFalse; }
bool contains(const ToyCall& call, const char* what) {
  return call.text.find(what) != std::string::npos;
}

const ToyCondition kConditions[] = {
    {"", [](const ToyCall&) { return Truth::kTrue; }},
    {"server == 'files'", [](const ToyCall&) { return Truth::kTrue; }},
    {"server == 'mail'", [](const ToyCall&) { return Truth::kFalse; }},
    {"args.missing == 1", [](const ToyCall&) { return Truth::kError; }},
    {"action.type == 'delete'", [](const ToyCall& call) { return truth(call.kind == "delete"); }},
    {"action.type == 'delete' && args.missing == 1",
     [](const ToyCall& call) { return call.kind == "delete" ? Truth::kError : Truth::kFalse; }},
    {"action.type != 'read' || args.missing == 1",
     [](const ToyCall& call) { return call.kind != "read" ? Truth::kTrue : Truth::kError; }},
    {"tool == 'read_file'", [](const ToyCall& call) { return truth(call.tool == "read_file"); }},
    {"findings.exists(f, f.id == 'x')", [](const ToyCall&) { return Truth::kFalse; }},
    {"has(args.text) && args.text.contains('alpha')",
     [](const ToyCall& call) {
       if (call.text.empty()) return Truth::kFalse;
       return call.is_text() ? truth(contains(call, "alpha")) : Truth::kError;
     }},
    {"args.text.startsWith('al')",
     [](const ToyCall& call) {
       return call.is_text() ? truth(call.text.starts_with("al")) : Truth::kError;
     }},
    {"args.text == 'beta'",
     [](const ToyCall& call) {
       return call.text.empty() ? Truth::kError : truth(call.text == "beta");
     }},
    {"args['text'] in ['beta', 'gamma'] || args.text.endsWith('ta')",
     [](const ToyCall& call) {
       return call.is_text() ? truth(call.text == "gamma" || call.text.ends_with("ta"))
                             : Truth::kError;
     }},
    {"args.text.matches('^a.*a$') && action.type != 'read'",
     [](const ToyCall& call) {
       if (call.kind == "read") return Truth::kFalse;
       if (!call.is_text()) return Truth::kError;
       return truth(call.text.starts_with("a") && call.text.ends_with("a"));
     }},
    {"paths.exists(p, p == '/x')",
     [](const ToyCall& call) { return truth(call.text == "/x" || call.deep == "/x"); }},
};

bool args_fit(ToyRule::Args args, const ToyCall& call) {
  const auto fits = [](const std::string& text) {
    return text.starts_with("al") || text.ends_with("ta") || text.starts_with("/x");
  };
  return args == ToyRule::Args::kNone || fits(call.text) ||
         (args == ToyRule::Args::kAnywhere && fits(call.deep));
}

bool glob_fits(const std::string& glob, const std::string& name) {
  if (glob.empty() || glob == "*") return true;
  if (glob.ends_with('*')) return name.starts_with(glob.substr(0, glob.size() - 1));
  if (glob.starts_with('*')) return name.ends_with(glob.substr(1));
  return glob == name;
}

int rank(const std::string& action) {
  if (action == "deny") return 4;
  if (action == "require_approval") return 3;
  if (action == "redact") return 2;
  if (action == "allow") return 1;
  return 0;
}

// The sentences of policy.md, one after the other.
std::string oracle(const std::vector<ToyRule>& rules, const ToyCall& call, bool default_allow) {
  struct Holding {
    const ToyRule* rule;
    std::string action;  // as it counts now; "" decides nothing
  };
  std::vector<Holding> holding;
  for (const ToyRule& rule : rules) {  // 1
    if (!rule.enabled || !glob_fits(rule.tool, call.tool) || !glob_fits(rule.agent, call.agent))
      continue;
    if (rule.trust_below > 0 && call.trust >= rule.trust_below) continue;
    if (!args_fit(rule.args, call)) continue;
    const Truth met = kConditions[rule.condition].value(call);
    const Truth excused = rule.unless == 0 ? Truth::kFalse : kConditions[rule.unless].value(call);
    if (met == Truth::kFalse || excused == Truth::kTrue) continue;
    const bool failed = met == Truth::kError || excused == Truth::kError;
    const bool holds_back =
        rule.action == "deny" || rule.action == "require_approval" || rule.action == "redact";
    if (failed && !holds_back && rule.limit_used < 0) continue;  // 6
    const std::string action = failed && !holds_back ? "" : rule.action;
    holding.push_back({&rule, rule.limit_used >= 3 ? "deny" : action});
  }
  const Holding* winner = nullptr;
  const Holding* warned = nullptr;
  const Holding* logged = nullptr;
  for (int level = 9; level >= -9 && winner == nullptr; --level) {  // 2
    for (const Holding& h : holding) {
      if (h.rule->priority != level || h.action.empty()) continue;
      if (h.action == "warn" && warned == nullptr) warned = &h;
      if (h.action == "log" && logged == nullptr) logged = &h;
      if (rank(h.action) == 0) continue;
      bool held_by_parent = false;  // 5
      for (const Holding& p : holding)
        if (p.rule->layer > h.rule->layer && !p.rule->overridable && p.rule->priority < level &&
            (p.action == "deny" || p.action == "require_approval") &&
            rank(p.action) > rank(h.action))
          held_by_parent = true;
      if (held_by_parent) continue;
      if (winner == nullptr || rank(h.action) > rank(winner->action)) winner = &h;  // 3
    }
  }
  if (winner == nullptr ? default_allow : winner->action == "allow") {  // 4
    if (warned != nullptr) return "warn by " + warned->rule->name;
    if (logged != nullptr) return "log by " + logged->rule->name;
  }
  if (winner == nullptr) return default_allow ? "allow by default" : "deny by default";
  return winner->action + " by " + winner->rule->name;
}

std::string yaml(const std::vector<ToyRule>& rules, int layer) {
  std::string out = layer == 0 ? "extends: ./1.yaml\n" : layer == 1 ? "extends: ./2.yaml\n" : "";
  out += "rules:\n";
  bool any = false;
  for (const ToyRule& rule : rules) {
    if (rule.layer != layer) continue;
    any = true;
    out += "  - name: " + rule.name + "\n";
    if (!rule.enabled) out += "    enabled: false\n";
    if (!rule.tool.empty()) out += "    tool: '" + rule.tool + "'\n";
    if (!rule.agent.empty()) out += "    agent: '" + rule.agent + "'\n";
    if (rule.args != ToyRule::Args::kNone)
      out += std::string("    args: {") + (rule.args == ToyRule::Args::kText ? "text" : "'*'") +
             ": ['al*', '/ta$/', '/x*']}\n";
    if (rule.condition != 0)
      out += std::string("    condition: \"") + kConditions[rule.condition].text + "\"\n";
    if (rule.unless != 0)
      out += std::string("    unless: \"") + kConditions[rule.unless].text + "\"\n";
    if (!rule.action.empty()) out += "    action: " + rule.action + "\n";
    if (rule.limit_used >= 0) out += "    limit: 3/hour\n";
    if (rule.priority != 0) out += "    priority: " + std::to_string(rule.priority) + "\n";
    if (rule.trust_below != 0) out += "    trust_below: " + std::to_string(rule.trust_below) + "\n";
    if (rule.overridable) out += "    overridable: true\n";
  }
  return any ? out : out.substr(0, out.size() - 7);
}

// 1600 cases in the ordinary run; AGENTMESH_FULL=1 asks for a hundred thousand, of another seed with AGENTMESH_SEED=7.
TEST_CASE("the engine decides as the definition does, for random policies and calls") {
  const int rounds = std::getenv("AGENTMESH_FULL") != nullptr ? 25'000 : 400;
  const char* const seed = std::getenv("AGENTMESH_SEED");
  std::mt19937 random(seed != nullptr ? static_cast<unsigned>(std::atoi(seed)) : 20261118U);
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const char* const tools[] = {"", "", "*", "read_file", "read_*", "*_file", "delete_*", "other"};
  const char* const agents[] = {"", "", "", "ann", "a*", "bob"};
  const char* const actions[] = {"allow", "deny", "require_approval", "redact", "warn", "log", ""};
  size_t distinct = 0;
  std::string last;
  for (int round = 0; round < rounds; ++round) {
    std::vector<ToyRule> rules;
    const int count = pick(7) == 0 ? 40 : pick(9);
    std::string limits;
    for (int layer = 0; layer < 3; ++layer)
      for (int i = 0; i < count; ++i) {
        if (layer > 0 && pick(2) == 0) continue;
        ToyRule rule;
        rule.name = "r" + std::to_string(layer) + "-" + std::to_string(i);
        rule.layer = layer;
        rule.enabled = pick(8) != 0;
        rule.tool = tools[pick(std::size(tools))];
        rule.agent = agents[pick(std::size(agents))];
        if (pick(4) == 0)
          rule.args = pick(2) == 0 ? ToyRule::Args::kText : ToyRule::Args::kAnywhere;
        rule.condition = pick(2) == 0 ? 0 : pick(std::size(kConditions));
        rule.unless = pick(4) != 0 ? 0 : pick(std::size(kConditions));
        rule.action = actions[pick(std::size(actions))];
        if (rule.action.empty() || pick(6) == 0) rule.limit_used = pick(5);
        rule.priority = pick(2) == 0 ? 0 : pick(7) - 3;
        rule.trust_below = pick(6) == 0 ? 500 : 0;
        rule.overridable = pick(3) == 0;
        if (rule.limit_used >= 0)
          limits +=
              (limits.empty() ? "\"" : ",\"") + rule.name + "\":" + std::to_string(rule.limit_used);
        rules.push_back(rule);
      }
    const bool default_allow = pick(2) == 0;
    const std::string top =
        std::string("default: ") + (default_allow ? "allow\n" : "deny\n") + yaml(rules, 0);
    CAPTURE(top, yaml(rules, 1), yaml(rules, 2));
    const auto policy = tests::good(
        top, {{"1.yaml", yaml(rules, 1)}, {"2.yaml", yaml(rules, 2) + "\nversion: \"1.0\"\n"}});
    for (const char* tool : {"read_file", "delete_file", "other", "write_x"}) {
      ToyCall toy;
      toy.tool = tool;
      toy.kind = toy.tool == "read_file"     ? "read"
                 : toy.tool == "delete_file" ? "delete"
                 : toy.tool == "write_x"     ? "write"
                                             : "unknown";
      toy.agent = pick(2) == 0 ? "ann" : "bob";
      toy.trust = pick(2) == 0 ? 400 : 600;
      const char* const texts[] = {"", "7", "alpha beta", "beta", "gamma", "alfa", "/x", "a/x"};
      toy.text = texts[pick(std::size(texts))];
      const char* const deep[] = {"", "", "beta", "/x", "gamma"};
      toy.deep = deep[pick(std::size(deep))];
      std::string args = "{\"other\":1";
      if (!toy.text.empty())
        args += ",\"text\":" + (toy.is_text() ? "\"" + toy.text + "\"" : toy.text);
      if (!toy.deep.empty()) args += ",\"more\":[{\"deep\":\"" + toy.deep + "\"}]";
      Question question = tests::call(toy.tool, args + "}");
      question.agent = toy.agent;
      question.trust = toy.trust;
      question.session = "{\"limits\":{" + limits + "}}";
      CAPTURE(tool, toy.text, toy.deep, toy.agent, toy.trust, question.session);
      const std::string expected = oracle(rules, toy, default_allow);
      REQUIRE(tests::say(ask(*policy, question)) == expected);
      if (expected != last) ++distinct;
      last = expected;
    }
  }
  CHECK(distinct > 400);  // the policies were not all alike
}

}  // namespace
}  // namespace agentmesh::policy
