// Policy.md, "Which rule wins": each of its sentences as rows.

#include <algorithm>

#include "tests/policy/ask.h"

namespace agentmesh::policy {
namespace {

using tests::ask;
using tests::call;
using tests::good;
using tests::say;

struct Row {
  const char* rules;
  const char* expected;  // for a call of read_file
};

void check(const Row& row, const char* by_default = "deny") {
  CAPTURE(row.rules);
  const auto policy =
      good(std::string("default: ") + by_default + "\nrules: [" + row.rules + "]\n");
  CHECK(say(ask(*policy, call("read_file", R"({"path":"/proj/a"})"))) == row.expected);
}

TEST_CASE("only enabled rules of the stage that fit the call count") {
  const Row rows[] = {
      {"{name: a, action: allow}", "allow by a"},
      {"{name: a, action: allow, enabled: false}", "deny by default"},
      {"{name: a, action: allow, stage: result}", "deny by default"},
      {"{name: a, action: allow, tool: read_file}", "allow by a"},
      {"{name: a, action: allow, tool: [x, read_*]}", "allow by a"},
      {"{name: a, action: allow, tool: [x, '/^read/']}", "allow by a"},
      {"{name: a, action: allow, tool: write_*}", "deny by default"},
      {"{name: a, action: allow, server: files}", "allow by a"},
      {"{name: a, action: allow, server: [mail, web]}", "deny by default"},
      {"{name: a, action: allow, agent: ann}", "allow by a"},
      {"{name: a, action: allow, agent: 'b*'}", "deny by default"},
      {"{name: a, action: allow, trust_below: 801}", "allow by a"},
      {"{name: a, action: allow, trust_below: 800}", "deny by default"},
      {"{name: a, action: allow, condition: \"server == 'files'\"}", "allow by a"},
      {"{name: a, action: allow, condition: \"server == 'mail'\"}", "deny by default"},
      {"{name: a, action: allow, unless: \"server == 'files'\"}", "deny by default"},
      {"{name: a, action: allow, unless: \"server == 'mail'\"}", "allow by a"},
      {"{name: a, action: allow, args: {path: '/proj/*'}}", "allow by a"},
      {"{name: a, action: allow, args: {path: '/srv/*'}}", "deny by default"},
      {"{name: a, action: allow, args: {path: '/proj/*', mode: r}}", "deny by default"},
      {"{name: a, action: allow, tool: read_*, server: mail}", "deny by default"},
  };
  for (const Row& row : rows) check(row);
}

TEST_CASE("the highest priority at which any rule matched decides") {
  const Row rows[] = {
      {"{name: a, action: deny}, {name: b, action: allow, priority: 1}", "allow by b"},
      {"{name: a, action: deny, priority: -1}, {name: b, action: allow}", "allow by b"},
      {"{name: a, action: deny, priority: 5}, {name: b, action: allow, priority: 4}", "deny by a"},
      {"{name: a, action: deny, priority: 5, tool: other}, {name: b, action: allow, priority: 4}",
       "allow by b"},
      {"{name: a, action: deny}, {name: b, action: require_approval, priority: 1}",
       "require_approval by b"},
  };
  for (const Row& row : rows) check(row);
}

TEST_CASE(
    "in a level the most restrictive action wins, and of equals the first in the file is named") {
  const char* const by_strictness[] = {"allow", "redact", "require_approval", "deny"};
  for (size_t strong = 1; strong < std::size(by_strictness); ++strong) {
    for (size_t weak = 0; weak < strong; ++weak) {
      const std::string s = std::string("{name: strong, action: ") + by_strictness[strong] + "}";
      const std::string w = std::string("{name: weak, action: ") + by_strictness[weak] + "}";
      const std::string expected = std::string(by_strictness[strong]) + " by strong";
      check({(s + ", " + w).c_str(), expected.c_str()});
      check({(w + ", " + s).c_str(), expected.c_str()});
    }
  }
  check({"{name: a, action: deny}, {name: b, action: deny}", "deny by a"});
  check({"{name: b, action: deny}, {name: a, action: deny}", "deny by b"});
}

TEST_CASE("the order of rules in a file never changes the effect") {
  std::vector<std::string> rules = {
      "{name: a, action: allow, priority: 2}",
      "{name: b, action: redact, priority: 2, condition: \"args.path == '/proj/a'\"}",
      "{name: c, action: require_approval, priority: 2, tool: other}",
      "{name: d, action: deny}",
      "{name: e, action: warn, priority: 5}",
      "{name: f, limit: 3/hour}",
  };
  std::sort(rules.begin(), rules.end());
  do {
    std::string all;
    for (const std::string& rule : rules) all += (all.empty() ? "" : ", ") + rule;
    const auto policy = good("default: allow\nrules: [" + all + "]");
    REQUIRE(say(ask(*policy, call("read_file", R"({"path":"/proj/a"})"))) == "redact by b");
  } while (std::next_permutation(rules.begin(), rules.end()));
}

TEST_CASE("results: deny, then redact, then neutralise, then allow") {
  const char* const by_strictness[] = {"allow", "neutralise", "redact", "deny"};
  for (size_t strong = 1; strong < std::size(by_strictness); ++strong) {
    for (size_t weak = 0; weak < strong; ++weak) {
      CAPTURE(by_strictness[strong], by_strictness[weak]);
      const auto policy =
          good(std::string("rules: [{name: w, stage: result, action: ") + by_strictness[weak] +
               "}, {name: s, stage: result, action: " + by_strictness[strong] + "}]");
      Question question = call("read_file");
      question.stage = Stage::kResult;
      question.result = R"({"content":[{"type":"text","text":"hello"}]})";
      CHECK(say(ask(*policy, question)) == std::string(by_strictness[strong]) + " by s");
    }
  }
}

TEST_CASE("a rule with an absent action denies, one with a limit only limits") {
  check({"{name: a, tool: read_file}", "deny by a"}, "allow");
  check({"{name: a, limit: 3/hour}", "allow by default"}, "allow");
  check({"{name: a, limit: 3/hour}", "deny by default"}, "deny");
  check({"{name: a, limit: 3/hour, action: allow}", "allow by a"}, "deny");
}

TEST_CASE("a rule whose limit is used up counts as deny, at its priority") {
  struct Case {
    const char* rules;
    int used;
    const char* expected;
    bool by_limit;
  };
  const Case cases[] = {
      {"{name: l, limit: 3/hour}", 2, "allow by default", false},
      {"{name: l, limit: 3/hour}", 3, "deny by l", true},
      {"{name: l, limit: 3/hour}", 4, "deny by l", true},
      {"{name: l, limit: 3/hour, action: allow}", 3, "deny by l", true},
      {"{name: l, limit: 3/hour, action: warn}", 3, "deny by l", true},
      {"{name: l, limit: 3/hour, action: require_approval}", 3, "deny by l", true},
      {"{name: a, action: allow, priority: 1}, {name: l, limit: 3/hour}", 3, "allow by a", false},
      {"{name: a, action: require_approval}, {name: l, limit: 3/hour}", 3, "deny by l", true},
      {"{name: d, action: deny}, {name: l, limit: 3/hour}", 3, "deny by d", false},
      {"{name: l, limit: 3/hour, tool: other}", 3, "allow by default", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.rules, c.used);
    const auto policy = good(std::string("default: allow\nrules: [") + c.rules + "]");
    Question question = call("read_file");
    question.session = R"({"limits":{"l":)" + std::to_string(c.used) + "}}";
    const Verdict verdict = ask(*policy, question);
    CHECK(say(verdict) == c.expected);
    CHECK(verdict.by_limit == c.by_limit);
  }
}

TEST_CASE("a call counts against every limited rule that matches it, at whatever priority") {
  const auto policy = good(R"(
default: deny
rules:
  - {name: top, action: allow, priority: 9}
  - {name: low, limit: 5/1m, limit_by: [tool], priority: -3}
  - {name: other, limit: 7/1m, tool: write_file}
  - {name: both, limit: 9/hour, action: allow, limit_by: [rule]}
  - {name: unmet, limit: 9/hour, condition: "server == 'mail'"}
)");
  const Verdict verdict = ask(*policy, call("read_file"));
  CHECK(say(verdict) == "allow by top");
  REQUIRE(verdict.charges.size() == 2);
  CHECK(verdict.charges[0].rule == "both");
  CHECK(verdict.charges[0].key == R"(["p","both"])");
  CHECK(verdict.charges[0].max == 9);
  CHECK(verdict.charges[0].window_us == 3'600'000'000);
  CHECK(verdict.charges[1].rule == "low");
  CHECK(verdict.charges[1].key == R"(["p","low","tool","read_file"])");
  CHECK(verdict.charges[1].window_us == 60'000'000);
}

TEST_CASE("warn and log never settle a call, and name it where it passes") {
  const Row passing[] = {
      {"{name: w, action: warn}", "warn by w"},
      {"{name: l, action: log}", "log by l"},
      {"{name: l, action: log}, {name: w, action: warn}", "warn by w"},
      {"{name: l, action: log, priority: 9}, {name: w, action: warn}", "warn by w"},
      {"{name: w, action: warn, priority: 9}, {name: a, action: allow}", "warn by w"},
      {"{name: w, action: warn}, {name: a, action: allow}", "warn by w"},
      {"{name: w, action: warn}, {name: a, action: allow, priority: 9}", "allow by a"},
      {"{name: w, action: warn, priority: 9}, {name: d, action: deny}", "deny by d"},
      {"{name: w, action: warn, priority: 9}, {name: q, action: require_approval}",
       "require_approval by q"},
      {"{name: w, action: warn, priority: 9}, {name: r, action: redact}", "redact by r"},
      {"{name: w1, action: warn}, {name: w2, action: warn, priority: 1}", "warn by w2"},
      {"{name: w1, action: warn}, {name: w2, action: warn}", "warn by w1"},
  };
  for (const Row& row : passing) check(row, "allow");
  check({"{name: w, action: warn}", "deny by default"}, "deny");
  check({"{name: l, action: log, priority: 9}, {name: a, action: allow}", "log by l"}, "deny");
}

TEST_CASE("nothing settled it: default, and an absent default is deny") {
  CHECK(say(ask(*good("rules: []"), call("x"))) == "deny by default");
  CHECK(say(ask(*good("default: allow"), call("x"))) == "allow by default");
  CHECK(say(ask(*good("default_action: allow"), call("x"))) == "allow by default");
}

TEST_CASE(
    "default is about what is asked: what comes back and what is offered passes unless a rule holds it") {
  const auto only = good("default: deny\nrules: [{name: ok, tool: read_file, action: allow}]");
  const auto rules = good(
      "default: deny\nrules: [{name: back, stage: result, condition: \"result.text == 'x'\", action: deny},"
      "{name: shown, stage: list, tool: read_file, action: deny}]");
  Question question = call("read_file");
  CHECK(say(ask(*only, question)) == "allow by ok");
  question.stage = Stage::kResult;
  question.result = R"({"content":[{"type":"text","text":"x"}]})";
  CHECK(say(ask(*only, question)) == "allow by default");
  CHECK(say(ask(*rules, question)) == "deny by back");
  question.stage = Stage::kList;
  question.definition = R"({"name":"read_file"})";
  CHECK(say(ask(*only, question)) == "allow by default");
  CHECK(say(ask(*rules, question)) == "deny by shown");
  question.stage = Stage::kRequest;
  question.method = "sampling/createMessage";
  CHECK(say(ask(*only, question)) == "deny by default");
}

TEST_CASE("a condition that fails counts as met for what holds back, as not met for the rest") {
  struct Case {
    const char* action;
    const char* expected;
  };
  const Case cases[] = {
      {"action: deny", "deny by r"},        {"action: require_approval", "require_approval by r"},
      {"action: redact", "redact by r"},    {"action: allow", "allow by default"},
      {"action: warn", "allow by default"}, {"action: log", "allow by default"},
  };
  for (const Case& c : cases) {
    for (const char* condition : {"args.amount > 3", "args.name", "args.name > 3"}) {
      CAPTURE(c.action, condition);
      const auto policy = good(std::string("default: allow\nrules: [{name: r, tool: pay, ") +
                               c.action + ", condition: \"" + condition + "\"}]");
      Question question = call("pay", R"({"name":"x"})");
      question.session = R"({"limits":{"r":5}})";
      const Verdict verdict = ask(*policy, question);
      CHECK(say(verdict) == c.expected);
      REQUIRE(verdict.errors.size() == 1);
      CHECK(verdict.errors[0].rule == "r");
      CHECK_FALSE(verdict.errors[0].message.empty());
      CHECK(verdict.charges.empty());
    }
  }
}

TEST_CASE("a condition that fails does not spare a call its limit, and allows nothing by it") {
  // Who can make it fail ("5" for 5, or nothing) would be called without any limit.
  for (const char* action : {"", "action: allow, ", "action: warn, ", "action: log, "}) {
    for (const char* condition : {"args.amount > 3", "args.name > 3"}) {
      for (const char* standard : {"allow", "deny"}) {
        CAPTURE(action, condition, standard);
        const auto policy = good(std::string("default: ") + standard +
                                 "\nrules: [{name: r, tool: pay, limit: 1/hour, " + action +
                                 "condition: \"" + condition + "\"}]");
        Question question = call("pay", R"({"name":"x"})");
        const Verdict within = ask(*policy, question);
        CHECK(say(within) == std::string(standard) + " by default");
        REQUIRE(within.charges.size() == 1);
        CHECK(within.charges[0].rule == "r");
        CHECK(within.errors.size() == 1);
        question.session = R"({"limits":{"r":1}})";
        const Verdict beyond = ask(*policy, question);
        CHECK(say(beyond) == "deny by r");
        CHECK(beyond.by_limit);
        CHECK_FALSE(beyond.overridable);
      }
    }
  }
  // What holds back counts as met altogether.
  const auto policy = good(
      "default: allow\nrules: [{name: r, tool: pay, limit: 1/hour, action: require_approval, "
      "condition: \"args.amount > 3\"}]");
  const Verdict verdict = ask(*policy, call("pay"));
  CHECK(say(verdict) == "require_approval by r");
  CHECK(verdict.charges.size() == 1);
}

TEST_CASE(
    "condition and unless are one expression: what is false decides, whatever fails beside it") {
  struct Case {
    const char* condition;
    const char* unless;
    const char* expected;
    size_t errors;
  };
  const Case cases[] = {
      {"false || tool == 'x'", "args.a == 1", "allow by default", 0},  // false && !error
      {"tool == 'pay'", "args.a == 1", "deny by r", 1},                // true && !error
      {"args.a == 1", "tool == 'pay'", "allow by default", 0},         // error && !true
      {"args.a == 1", "tool == 'x'", "deny by r", 1},                  // error && !false
      {"args.a == 1", "args.b == 1", "deny by r", 1},
      {"tool == 'pay'", "tool == 'pay'", "allow by default", 0},
  };
  for (const Case& c : cases) {
    CAPTURE(c.condition, c.unless);
    const auto policy = good(
        std::string("default: allow\nrules: [{name: r, tool: pay, action: deny, condition: \"") +
        c.condition + "\", unless: \"" + c.unless + "\"}]");
    const Verdict verdict = ask(*policy, call("pay"));
    CHECK(say(verdict) == c.expected);
    CHECK(verdict.errors.size() == c.errors);
  }
}

TEST_CASE("where tool, server, agent, trust or args do not fit, the condition is not evaluated") {
  for (const char* unfit :
       {"tool: other", "server: other", "agent: other", "trust_below: 100", "args: {x: y}"}) {
    CAPTURE(unfit);
    const auto policy = good(std::string("default: allow\nrules: [{name: r, action: deny, ") +
                             unfit + ", condition: \"args.missing == 1\"}]");
    const Verdict verdict = ask(*policy, call("pay"));
    CHECK(say(verdict) == "allow by default");
    CHECK(verdict.errors.empty());
  }
}

TEST_CASE("a child's allow outranks a parent's deny or approval only where that says so") {
  struct Case {
    const char* parent;
    const char* child;
    const char* expected;
  };
  const Case cases[] = {
      {"{name: p, action: deny}", "{name: c, action: allow, priority: 9}", "deny by p"},
      {"{name: p, action: deny, overridable: true}", "{name: c, action: allow, priority: 9}",
       "allow by c"},
      {"{name: p, action: require_approval}", "{name: c, action: allow, priority: 9}",
       "require_approval by p"},
      {"{name: p, action: require_approval, overridable: true}",
       "{name: c, action: allow, priority: 9}", "allow by c"},
      {"{name: p, action: deny}", "{name: c, action: require_approval, priority: 9}", "deny by p"},
      {"{name: p, action: deny}", "{name: c, action: redact, priority: 9}", "deny by p"},
      {"{name: p, action: require_approval}", "{name: c, action: deny, priority: 9}", "deny by c"},
      {"{name: p, action: deny, tool: other}", "{name: c, action: allow, priority: 9}",
       "allow by c"},
      {"{name: p, action: deny, condition: \"server == 'mail'\"}",
       "{name: c, action: allow, priority: 9}", "allow by c"},
      {"{name: p, action: warn}", "{name: c, action: allow, priority: 9}", "allow by c"},
      {"{name: p, action: allow}", "{name: c, action: deny}", "deny by c"},
      {"{name: p, action: allow, priority: 9}", "{name: c, action: deny}", "allow by p"},
      // Within one file priority is free.
      {"{name: p, action: deny}, {name: q, action: allow, priority: 9}", "{name: c, action: log}",
       "allow by q"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.parent, c.child);
    const auto policy =
        good(std::string("default: deny\nextends: [./parent.yaml]\nrules: [") + c.child + "]",
             {{"parent.yaml", std::string("rules: [") + c.parent + "]"}});
    CHECK(say(ask(*policy, call("read_file"))) == c.expected);
  }
}

TEST_CASE("a grandparent's rule holds as a parent's does, a sister's does not bind") {
  const auto deep =
      good("default: deny\nextends: ./a.yaml\nrules: [{name: c, action: allow, priority: 9}]",
           {{"a.yaml", "extends: [./b.yaml]"}, {"b.yaml", "rules: [{name: p, action: deny}]"}});
  CHECK(say(ask(*deep, call("x"))) == "deny by p");
  const auto sisters = good("default: deny\nextends: [./a.yaml, ./b.yaml]",
                            {{"a.yaml", "rules: [{name: c, action: allow, priority: 9}]"},
                             {"b.yaml", "rules: [{name: p, action: deny}]"}});
  CHECK(say(ask(*sisters, call("x"))) == "allow by c");
}

TEST_CASE("the verdict lists all matching rules, most decisive first, with their places") {
  const auto policy = good(R"(default: allow
rules:
  - {name: low, action: deny, priority: -1}
  - {name: w, action: warn}
  - {name: lim, limit: 3/hour}
  - {name: ask, action: require_approval, approvers: [security-team], timeout: 10m, durable: true}
  - {name: no, action: deny, tool: other}
)");
  const Verdict verdict = ask(*policy, call("read_file"));
  CHECK(say(verdict) == "require_approval by ask");
  CHECK(verdict.policy == "p");
  CHECK(verdict.file == "p.yaml");
  CHECK(verdict.line == 6);
  CHECK(verdict.durable);
  REQUIRE(verdict.approvers.size() == 1);
  CHECK(verdict.approvers[0] == "security-team");
  CHECK(verdict.approval_timeout_us == 600'000'000);
  std::string matched;
  for (const Matched& m : verdict.matched)
    matched += std::string(m.rule) +
               (m.limit_only ? ":limit" : ":" + std::string(to_string(m.action))) + " ";
  CHECK(matched == "ask:require_approval w:warn lim:limit low:deny ");
}

TEST_CASE("the tags of every rule that matched are in the verdict, each once") {
  const auto policy = good(R"(default: allow
rules:
  - {name: about, action: log, tags: [pci, money]}
  - {name: ask, tool: 'pay*', action: require_approval, tags: money}
  - {name: no, tool: pay_all, action: deny, tags: [fraud]}
  - {name: lim, limit: 1/hour, tool: 'pay*', tags: [limits]}
  - {name: plain, tool: list, action: deny}
  - {name: masked, stage: result, condition: data.contains_secret, action: redact, tags: [privacy]}
)");
  struct UsedUp final : LimitLedger {
    bool used_up(const Charge&) const override { return true; }
  };
  struct Case {
    const char* tool;
    bool used_up;
    const char* tags;
  };
  const Case cases[] = {
      {"read", false, "pci money "},
      {"list", false, "pci money "},
      {"pay", false, "money pci "},
      {"pay", true, "limits money pci "},  // a limit speaks when it is used up
      {"pay_all", false, "fraud money pci "},
  };
  for (const Case& c : cases) {
    CAPTURE(c.tool);
    const UsedUp all;
    Question question = call(c.tool);
    auto input = question.input();
    REQUIRE(input);
    if (c.used_up) input->limits = &all;
    std::string tags;
    for (const std::string_view tag : policy->ask(*input).tags) tags += std::string(tag) + " ";
    CHECK(tags == c.tags);
  }
  CHECK(ask(*good("default: deny"), call("read")).tags.empty());
}

TEST_CASE("agents limits the file's rules; for an agent it does not name, its default decides") {
  const auto policy = good("default: deny\nagents: ['data-*']\nrules: [{name: a, action: allow}]");
  Question question = call("read_file");
  CHECK(say(ask(*policy, question)) == "deny by default");
  question.agent = "data-analyst";
  CHECK(say(ask(*policy, question)) == "allow by a");
  const auto child =
      good("default: deny\nagent: bob\nextends: ./p2.yaml\nrules: [{name: a, action: deny}]",
           {{"p2.yaml", "rules: [{name: p, action: allow}]"}});
  CHECK(say(ask(*child, call("read_file"))) == "allow by p");
}

TEST_CASE("trust_below compares the lower of the agent's and the server's scores") {
  const auto policy = good("default: allow\nrules: [{name: t, trust_below: 500, action: deny}]");
  struct Case {
    TrustScores trust;
    const char* expected;
  };
  const Case cases[] = {
      {{500, 900, 0}, "allow by default"},
      {{499, 900, 900}, "deny by t"},
      {{900, 499, 900}, "deny by t"},
  };
  for (const Case& c : cases) {
    Question question = call("x");
    auto input = question.input();
    REQUIRE(input);
    input->trust = c.trust;
    CHECK(say(policy->ask(*input)) == c.expected);
  }
}

}  // namespace
}  // namespace agentmesh::policy
