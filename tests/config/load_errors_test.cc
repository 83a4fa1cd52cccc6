// Policy.md: every mistake in a policy is caught at load, with file:line:column and a hint.

#include "tests/policy/ask.h"

namespace agentmesh::config {
namespace {

using policy::tests::load;

struct Row {
  const char* text;
  const char* remarks;
};

void check(const Row& row, bool loads) {
  CAPTURE(row.text);
  const policy::tests::Loaded loaded = load(row.text);
  CHECK(loaded.remarks == row.remarks);
  CHECK((loaded.policy != nullptr) == loads);
}

TEST_CASE("a file that is no single YAML document is refused, with the place") {
  const Row rows[] = {
      {"", "p.yaml:1:1: the file is empty\n"},
      {"# nothing\n", "p.yaml:1:1: the file is empty\n"},
      {"---\n", "p.yaml:1:1: the file is empty\n"},
      {"default: deny\n---\ndefault: allow\n",
       "p.yaml:3:1: there is a second document; a file holds one\n"},
      {"default: deny\ndefault: allow\n",
       "p.yaml:2:1: key 'default' is given twice; the first is at line 1\n"},
      {"rules:\n  - name: a\n    action: deny\n    action: allow\n",
       "p.yaml:4:5: key 'action' is given twice; the first is at line 3\n"},
      {"- a\n- b\n", "p.yaml:1:1: policy: expected a map, found a list\n"},
      {"just text\n", "p.yaml:1:1: policy: expected a map, found a text\n"},
      {"default: deny\nrules: !!seq []\n",
       "p.yaml:2:8: 'tag:yaml.org,2002:seq' is a YAML tag; a text that begins with ! needs quotes\n"},
      {"rules:\n  - {name: a, condition: !has(args.x)}\n",
       "p.yaml:2:26: '!has(args.x)' is a YAML tag; a text that begins with ! needs quotes\n"},
      {"a: \x01\n", "p.yaml:1:4: a control character (0x01) does not belong here\n"},
      {"a: \xff\n", "p.yaml:1:4: this byte is not UTF-8\n"},
      {"name: \xC3\xA9\n# caf\xE9\n", "p.yaml:2:6: this byte is not UTF-8\n"},
  };
  for (const Row& row : rows) check(row, false);
}

TEST_CASE(
    "what a YAML parser lets pass although it changes the meaning is refused, with the place") {
  const std::string missing = "which does not stand further in: is a quote missing?\n";
  const std::pair<const char*, std::string> rows[] = {
      // A quote that is never closed: the rule would match nothing.
      {"rules:\n  - name: a\n    tool: \"delete_*\n", "p.yaml:3:11: this quote is never closed\n"},
      {"rules:\n  - name: a\n    condition: 'true\n", "p.yaml:3:16: this quote is never closed\n"},
      {"rules:\n  - name: &n \"a\n", "p.yaml:2:14: this quote is never closed\n"},
      {"name: a\ntools: {'b: {}}\n", "p.yaml:2:9: this quote is never closed\n"},
      // One that the next quote closes.
      {"rules:\n  - tool: \"delete_*\n    description: \"# why\n",
       "p.yaml:2:11: this quote is not closed before line 3, " + missing},
      {"rules:\n  - tools: [\"delete_*]\n    description: \"]\n",
       "p.yaml:2:13: this quote is not closed before line 3, " + missing},
      {"rules:\n  - name: a\n    agents:\n    - 'b\n    - c: '\n",
       "p.yaml:4:7: this quote is not closed before line 5, " + missing},
      {"name: \"a\"# b\n", "p.yaml:1:10: a comment needs a blank in front of its #\n"},
      // A ! that would be taken away from a condition.
      {"rules:\n  - {name: a, condition: ! args.x}\n",
       "p.yaml:2:26: '!' is a YAML tag; a text that begins with ! needs quotes\n"},
      {"rules:\n  - name: a\n    condition: &c ! args.x\n",
       "p.yaml:3:16: '!' is a YAML tag; a text that begins with ! needs quotes\n"},
      {"rules: ! []\n", "p.yaml:1:8: '!' is a YAML tag; a text that begins with ! needs quotes\n"},
      // Lines that would be skipped, or that a reader sees and the parser does not.
      {"default: deny\n%rules: []\n",
       "p.yaml:2:1: a line that begins with % is a YAML directive: it would be skipped\n"},
      {"%YAML 1.2\ndefault: deny\n",
       "p.yaml:1:1: a line that begins with % is a YAML directive: it would be skipped\n"},
      {"# mine\rdefault: deny\n",
       "p.yaml:1:7: a carriage return that ends no line does not belong here\n"},
      {"# mine\u2028default: deny\n",
       "p.yaml:1:7: an invisible character (U+2028) does not belong here: in double quotes it is written \\u2028\n"},
      // Keys that are none.
      {"name: a\ndefault:deny\n", "p.yaml:2:1: 'default:deny' has no ': ' behind it\n"},
      {"name:\n\"a\"\n",
       "p.yaml:2:1: this stands no further in than the key or dash it belongs to\n"},
      {"tools: &t {a: {}}\nservers: {<<: *t}\n",
       "p.yaml:2:11: maps are not merged here ('<<'): write the keys out\n"},
  };
  for (const auto& [text, remarks] : rows) check({text, remarks.c_str()}, false);
}

TEST_CASE("YAML that only looks unusual loads") {
  for (
      const char* text : {
          "%YAML 1.2\n---\nname: a\n",
          "# first\r\nname: a\r\ndefault: deny\r\n",
          "name: \"a\n  b\"\ndescription: 'it''s\n\n  c'\n",
          "rules:\n- name: a\n  action: deny\n  description: \"# no\n    comment\" # one\n",
          "rules: [{name: \"a\", action: deny, tool: 'x*'},\n  {name: b,action: warn}]\n",
          "rules:\n  -\n    name: &n \"a\"\n    action: deny\n  - {\"name\": \"b\", \"action\":\"warn\"}\n",
          "rules:\n  - name: a\n    action: deny\n    condition: |\n      has(args.x) && args.x == \"'\"\n    description: >-\n      50\n      % a\n",
      }) {
    CAPTURE(text);
    const policy::tests::Loaded loaded = load(text);
    CHECK(loaded.remarks.empty());
    CHECK(loaded.policy != nullptr);
  }
}

TEST_CASE("bad YAML names the place where it went wrong") {
  const policy::tests::Loaded open = load("rules: [a\n");
  CHECK(open.remarks.starts_with("p.yaml:2:1: this is not YAML: "));
  const policy::tests::Loaded alias = load("agents: *\n");
  CHECK(alias.remarks.starts_with("p.yaml:1:"));
  CHECK(alias.remarks.find("a text that begins with * or & needs quotes") != std::string::npos);
  const policy::tests::Loaded tab = load("rules:\n\t- name: a\n");
  CHECK(tab.remarks.starts_with("p.yaml:2:"));
}

TEST_CASE("an unknown key is named with the nearest known one, at the key") {
  const Row rows[] = {
      {"default: deny\nruels: []\n", "p.yaml:2:1: unknown key 'ruels'; did you mean 'rules'?\n"},
      {"default: deny\nfrobnicate: 1\n", "p.yaml:2:1: unknown key 'frobnicate'\n"},
      {"rules:\n  - name: a\n    actoin: deny\n",
       "p.yaml:3:5: rules[0]: unknown key 'actoin'; did you mean 'action'?\n"},
      {"tools:\n  db: {sqll: [q]}\n",
       "p.yaml:2:8: tools.db: unknown key 'sqll'; did you mean 'sql'?\n"},
      {"pins: {fist: hold}\n", "p.yaml:1:8: pins: unknown key 'fist'; did you mean 'first'?\n"},
      {"hosts: {alow: []}\n", "p.yaml:1:9: hosts: unknown key 'alow'; did you mean 'allow'?\n"},
      {"servers:\n  mail: {privat: true}\n",
       "p.yaml:2:10: servers.mail: unknown key 'privat'; did you mean 'private'?\n"},
      {"tests:\n  - {tool: a, expct: deny, expect: deny}\n",
       "p.yaml:2:15: tests[0]: unknown key 'expct'; did you mean 'expect'?\n"},
  };
  for (const Row& row : rows) check(row, false);
}

TEST_CASE("a value of the wrong type or word is named at the value") {
  const Row rows[] = {
      {"version: \"2.0\"\n",
       "p.yaml:1:10: version: unknown version '2.0' (this program reads \"1.0\")\n"},
      {"default: maybe\n", "p.yaml:1:10: default: unknown 'maybe' (use allow, deny)\n"},
      {"mode: shadwo\n",
       "p.yaml:1:7: mode: unknown 'shadwo' (use enforce, shadow); did you mean 'shadow'?\n"},
      {"rules:\n  - {name: a, priority: high}\n",
       "p.yaml:2:25: rules[0].priority: expected a whole number, found a text\n"},
      {"rules:\n  - {name: a, priority: 1.5}\n",
       "p.yaml:2:25: rules[0].priority: expected a whole number, found a number\n"},
      {"rules:\n  - {name: a, priority: \"1\"}\n",
       "p.yaml:2:25: rules[0].priority: expected a whole number, found a text\n"},
      {"rules:\n  - name: a\n    condition: true\n",
       "p.yaml:3:16: rules[0].condition: expected a text, found true or false (put 'true' in quotes)\n"},
      {"rules:\n  - name: a\n    condition:\n",
       "p.yaml:3:5: rules[0].condition: expected a text, found nothing\n"},
      {"rules:\n  - {name: a, enabled: yes}\n",
       "p.yaml:2:24: rules[0].enabled: expected true or false, found a text\n"},
      {"rules:\n  - {name: a, stage: later}\n",
       "p.yaml:2:22: rules[0].stage: unknown 'later' (use call, result, list, request)\n"},
      {"rules:\n  - {name: a, action: dney}\n",
       "p.yaml:2:23: rules[0].action: unknown 'dney' (use allow, deny, require_approval, redact, neutralise, warn, log); "
       "did you mean 'deny'?\n"},
      {"rules:\n  - {name: 7, action: deny}\n",
       "p.yaml:2:12: rules[0].name: expected a text, found a number (put '7' in quotes)\n"},
      {"rules: {a: b}\n", "p.yaml:1:8: rules: expected a list, found a map\n"},
      {"rules:\n", "p.yaml:1:1: rules: expected a list, found nothing\n"},
      {"rules: [deny]\n", "p.yaml:1:9: rules[0]: expected a map, found a text\n"},
      {"tools:\n  x: {type: reed}\n",
       "p.yaml:2:13: tools.x.type: unknown 'reed' (use unknown, read, query, write, network, message, export, execute, "
       "delete); did you mean 'read'?\n"},
      {"roots: [work]\n",
       "p.yaml:1:9: roots: 'work' is not absolute (use /…, ~/… or ${workspace})\n"},
      {"share_session: 1\n",
       "p.yaml:1:16: share_session: expected true or false, found a number\n"},
      {"agents: []\n",
       "p.yaml:1:9: agents: an empty list names no agent, so no rule could ever match\n"},
      {"sandbox: {net: off}\n", "p.yaml:1:11: sandbox: unknown key 'net'\n"},
      {"unknown_methods: deyn\n",
       "p.yaml:1:18: unknown_methods: unknown 'deyn' (use allow, deny); did you mean 'deny'?\n"},
      {"rules:\n  - {name: a, tags: [x, '']}\n",
       "p.yaml:2:25: rules[0].tags: a tag is a word of at most 64 bytes\n"},
      {"rules:\n  - {name: a, tags: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx}\n",
       "p.yaml:2:21: rules[0].tags: a tag is a word of at most 64 bytes\n"},
      {"rules:\n  - {name: a, limit: 3/hour, limit_by: [agnt]}\n",
       "p.yaml:2:41: rules[0].limit_by: unknown 'agnt' (use agent, server, tool, rule); did you mean 'agent'?\n"},
  };
  for (const Row& row : rows) check(row, false);
}

TEST_CASE("the words of other tools are told what they are called here") {
  struct Case {
    const char* text;
    const char* ends;
  };
  const Case cases[] = {
      {"rules: [{name: a, action: block}]", "did you mean 'deny'?\n"},
      {"rules: [{name: a, action: ask}]", "did you mean 'require_approval'?\n"},
      {"rules: [{name: a, action: audit}]", "did you mean 'log'?\n"},
      {"mode: audit", "did you mean 'shadow'?\n"},
      {"mode: dry-run", "did you mean 'shadow'?\n"},
      {"rules: [{name: a, when: \"true\"}]", "unknown key 'when'; did you mean 'condition'?\n"},
      {"rules: [{name: a, effect: deny}]", "unknown key 'effect'; did you mean 'action'?\n"},
      {"include: [strict]", "unknown key 'include'; did you mean 'extends'?\n"},
      {"tests: [{tool: a, expect: blocked}]", "did you mean 'deny'?\n"},
      {"default: block", "did you mean 'deny'?\n"},
      {"default: ask", "default: unknown 'ask' (use allow, deny)\n"},
  };
  for (const Case& c : cases) {
    const policy::tests::Loaded loaded = load(c.text);
    CAPTURE(c.text, loaded.remarks);
    CHECK(loaded.remarks.ends_with(c.ends));
    CHECK_FALSE(loaded.policy);
  }
}

TEST_CASE("two spellings of one key, and two ways to say one thing, are refused") {
  const Row rows[] = {
      {"default: deny\ndefault_action: deny\n",
       "p.yaml:2:1: 'default' and 'default_action' say the same; keep one\n"},
      {"agents: ['*']\nagent: ann\n", "p.yaml:2:1: 'agents' and 'agent' say the same; keep one\n"},
      {"rules: []\npolicies: []\n", "p.yaml:2:1: 'rules' and 'policies' say the same; keep one\n"},
  };
  for (const Row& row : rows) check(row, false);
}

TEST_CASE("a rule that makes no sense is refused, at what makes none") {
  const Row rows[] = {
      {"rules:\n  - action: deny\n", "p.yaml:2:5: rules[0].name: every rule needs a name\n"},
      {"rules:\n  - {name: \"\", action: deny}\n",
       "p.yaml:2:12: rules[0].name: every rule needs a name\n"},
      {"rules:\n  - {name: default}\n",
       "p.yaml:2:12: rules[0].name: 'default' names what happens when no rule decides\n"},
      {"rules:\n  - {name: a, tool: x}\n  - {name: a, tool: y}\n",
       "p.yaml:3:12: rules[1].name: 'a' is already the name of the rule at p.yaml:2:12\n"},
      {"rules:\n  - {name: a, stage: result, action: require_approval}\n",
       "p.yaml:2:38: rules[0].action: 'require_approval' does not exist at stage 'result' (use allow, deny, redact, "
       "neutralise, warn, log)\n"},
      {"rules:\n  - {name: a, action: neutralise}\n",
       "p.yaml:2:23: rules[0].action: 'neutralise' does not exist at stage 'call' (use allow, deny, require_approval, "
       "redact, warn, log)\n"},
      {"rules:\n  - {name: a, stage: list, action: redact}\n",
       "p.yaml:2:36: rules[0].action: 'redact' does not exist at stage 'list' (use allow, deny, require_approval, warn, "
       "log)\n"},
      {"rules:\n  - {name: a, limit: 10/m}\n",
       "p.yaml:2:22: rules[0].limit: unknown unit 'm' (use second, minute, hour, day, or 30s, 1m, 24h)\n"},
      {"rules:\n  - {name: a, stage: list, limit: 10/1m}\n",
       "p.yaml:2:35: rules[0].limit: only stages 'call' and 'request' are counted\n"},
      {"rules:\n  - {name: a, approvers: [x], action: deny}\n",
       "p.yaml:2:27: rules[0].approvers: needs `action: require_approval`\n"},
      {"rules:\n  - {name: a, timeout: 5s, action: deny}\n",
       "p.yaml:2:24: rules[0].timeout: needs `action: require_approval`\n"},
      {"rules:\n  - {name: a, timeout: 5, action: require_approval}\n",
       "p.yaml:2:24: rules[0].timeout: expected a text, found a number (put '5' in quotes)\n"},
      {"rules:\n  - {name: a, trust_below: 0}\n",
       "p.yaml:2:28: rules[0].trust_below: no score is below 0, so this rule can never match\n"},
      {"rules:\n  - {name: a, tool: []}\n",
       "p.yaml:2:5: rules[0].tool: an empty list fits nothing, so this rule can never match\n"},
      {"rules:\n  - {name: a, tool: \"\"}\n",
       "p.yaml:2:21: rules[0].tool: an empty name fits no tool, so this rule can never match\n"},
      {"rules:\n  - {name: a, args: {path: []}}\n",
       "p.yaml:2:22: rules[0].args.path: an empty list fits nothing, so this rule can never match\n"},
      {"rules:\n  - {name: a, condition: \"false\"}\n",
       "p.yaml:2:27: rules[0].condition: this is always false, so the rule can never match\n"},
      {"rules:\n  - {name: a, unless: \"1 < 2\"}\n",
       "p.yaml:2:24: rules[0].unless: this is always true, so the rule can never match\n"},
  };
  for (const Row& row : rows) check(row, false);
}

TEST_CASE("each stage has its actions, and any other pair is refused") {
  const char* const actions[] = {"allow", "deny", "require_approval", "redact", "neutralise",
                                 "warn",  "log"};
  const std::pair<const char*, std::string_view> stages[] = {
      {"call", "allow deny require_approval redact warn log"},
      {"request", "allow deny require_approval redact warn log"},
      {"result", "allow deny redact neutralise warn log"},
      {"list", "allow deny require_approval warn log"},
  };
  for (const auto& [stage, has] : stages)
    for (const char* action : actions) {
      CAPTURE(stage, action);
      const policy::tests::Loaded loaded =
          load(std::string("rules: [{name: a, stage: ") + stage + ", action: " + action + "}]");
      const bool fits =
          (" " + std::string(has) + " ").find(" " + std::string(action) + " ") != std::string::npos;
      CHECK((loaded.policy != nullptr) == fits);
      CHECK((loaded.remarks.find("does not exist at stage") == std::string::npos) == fits);
    }
}

TEST_CASE("a bad regex is named at the pattern") {
  const policy::tests::Loaded loaded = load("rules:\n  - {name: a, tool: [x, '/(drop/']}\n");
  CHECK(loaded.remarks.starts_with(
      "p.yaml:2:25: rules[0].tool: '(drop' is not a regex that RE2 takes: "));
}

TEST_CASE("a bad condition is named inside its text, however it is written") {
  struct Case {
    const char* text;
    const char* begins;
  };
  const Case cases[] = {
      {"rules:\n  - {name: a, condition: \"tool_name == 'x'\"}\n",
       "p.yaml:2:27: rules[0].condition: unknown name 'tool_name'; did you mean 'tool'?"},
      {"rules:\n  - name: a\n    condition: server == 'x' && toool == 'y'\n",
       "p.yaml:3:33: rules[0].condition: unknown name 'toool'; did you mean 'tool'?"},
      {"rules:\n  - name: a\n    condition: 'server == ''x'' && toool == ''y'''\n",
       "p.yaml:3:36: rules[0].condition: unknown name 'toool'"},
      {"rules:\n  - name: a\n    condition: \"server == \\\"x\\\" && toool == 'y'\"\n",
       "p.yaml:3:36: rules[0].condition: unknown name 'toool'"},
      {"rules:\n  - name: a\n    condition: |\n      server == 'x' &&\n        toool == 'y'\n",
       "p.yaml:5:9: rules[0].condition: unknown name 'toool'"},
      {"rules:\n  - name: a\n    condition: >-\n      server == 'x' &&\n      toool == 'y'\n",
       "p.yaml:5:7: rules[0].condition: unknown name 'toool'"},
      {"rules:\n  - name: a\n    condition: server == 'x' &&\n      toool == 'y'\n",
       "p.yaml:4:7: rules[0].condition: unknown name 'toool'"},
      {"rules:\n  - name: a\n    unless: server == 'ä' && toool == 'y'\n",
       "p.yaml:3:30: rules[0].unless: unknown name 'toool'"},
      {"rules:\n  - {name: a, condition: \"sql.verb == 'x'\"}\n", "p.yaml:2:"},
      {"rules:\n  - {name: a, condition: \"tool == 3\"}\n", "p.yaml:2:"},
      {"rules:\n  - {name: a, condition: \"tool\"}\n", "p.yaml:2:"},
      {"rules:\n  - {name: a, condition: \"tool.matches('(')\"}\n", "p.yaml:2:"},
      {"rules:\n  - {name: a, condition: \"tool.frob()\"}\n", "p.yaml:2:"},
      {"rules:\n  - {name: a, condition: \"tool == \"}\n", "p.yaml:2:"},
  };
  for (const Case& c : cases) {
    const policy::tests::Loaded loaded = load(c.text);
    CAPTURE(c.text, loaded.remarks);
    CHECK(loaded.remarks.starts_with(c.begins));
    CHECK_FALSE(loaded.policy);
  }
  CHECK(load("rules:\n  - {name: a, condition: \"sql.verb == 'x'\"}\n")
            .remarks.find("did you mean 'sql.class'") != std::string::npos);
}

TEST_CASE("every mistake of a file is told, in the order of the text") {
  CHECK(
      load(
          "defualt: deny\nrules:\n  - {name: a, action: dney}\n  - {name: b, condition: \"nope\"}\n"
          "  - {name: c, limit: 3}\nmode: x\n")
          .remarks ==
      "p.yaml:1:1: unknown key 'defualt'; did you mean 'default'?\n"
      "p.yaml:3:23: rules[0].action: unknown 'dney' (use allow, deny, require_approval, redact, neutralise, warn, log); did "
      "you mean 'deny'?\n"
      "p.yaml:4:27: rules[1].condition: unknown name 'nope'\n"
      "p.yaml:5:22: rules[2].limit: expected a text, found a number (put '3' in quotes)\n"
      "p.yaml:6:7: mode: unknown 'x' (use enforce, shadow)\n");
}

TEST_CASE("what is legal but cannot be meant is a warning") {
  const Row rows[] = {
      {"rules:\n  - {name: a, action: deny}\n  - {name: b, tool: x, action: allow}\n",
       "p.yaml:3:12: warning: rules[1]: 'b' never decides: 'a' (p.yaml:2:12) always does before it\n"},
      {"rules:\n  - {name: a, action: deny, condition: \"action.type == 'deleted'\"}\n",
       "p.yaml:2:56: warning: rules[0].condition: action.type is never 'deleted'; did you mean 'delete'?\n"},
      {"rules:\n  - {name: a, action: deny, condition: \"args.amount > 3\"}\n",
       "p.yaml:2:46: warning: rules[0].condition: a call without 'args.amount' makes this fail, which counts as met: the rule "
       "would deny every tool that lacks it (use has(args.amount), or name the tools with `tool:`)\n"},
      {"rules:\n  - {name: a, action: deny, condition: \"has(args.amount) && args.amount > 3\"}\n",
       ""},
      {"rules:\n  - {name: a, action: deny, tool: pay, condition: \"args.amount > 3\"}\n", ""},
      {"rules:\n  - {name: a, action: warn, condition: \"args.amount > 3\"}\n", ""},
      {"rules:\n  - {name: a, limit: 5/hour, condition: \"args.amount > 3\"}\n",
       "p.yaml:2:47: warning: rules[0].condition: a call without 'args.amount' makes this fail, which counts as met: the rule "
       "would count against its limit every tool that lacks it (use has(args.amount), or name the tools with `tool:`)\n"},
      {"rules:\n  - {name: a, args: {path: /srv/data/}, action: deny}\n",
       "p.yaml:2:28: warning: rules[0].args.path: '/srv/data/' is a regex, as it stands between slashes; a directory is "
       "written '/srv/data/*'\n"},
      {"rules:\n  - {name: a, tool: \"delete_*, drop_*\", action: deny}\n",
       "p.yaml:2:21: warning: rules[0].tool: 'delete_*, drop_*' is one name, its commas included; a list is written "
       "[delete_*, drop_*]\n"},
      {"rules:\n  - {name: a, tool: [ok, '[[:'], action: deny}\n",
       "p.yaml:2:26: warning: rules[0].tool: '[[:' is a glob, in which only * and ? stand for others; a regex is written "
       "between slashes, such as '/^(a|b)_/'\n"},
      {"rules:\n  - {name: a, server: '^db', action: deny}\n",
       "p.yaml:2:23: warning: rules[0].server: '^db' is a glob, in which only * and ? stand for others; a regex is written "
       "between slashes, such as '/^(a|b)_/'\n"},
      {"rules:\n  - {name: a, server: 'Mail (work)', tool: a.b-c_*, action: deny}\n", ""},
      {"rules:\n  - {name: a, agent: 'DOMAIN\\user', server: 'team^a', action: deny}\n", ""},
      {"rules:\n  - {name: a, tool: 'a\\d', action: deny}\n",
       "p.yaml:2:21: warning: rules[0].tool: 'a\\d' is a glob, in which only * and ? stand for others; a regex is written "
       "between slashes, such as '/^(a|b)_/'\n"},
      {"rules:\n  - {name: a, stage: result, action: allow}\n  - {name: b, stage: result, action: allow}\n",
       // of b, which never decides, nothing else is said
       "p.yaml:2:38: warning: rules[0]: 'a' changes nothing: at stage 'result' all passes that no rule holds back, and no "
       "rule of lower priority could hold back what it allows\n"
       "p.yaml:3:12: warning: rules[1]: 'b' never decides: 'a' (p.yaml:2:12) always does before it\n"},
      {"rules:\n  - {name: hosts, tool: x, action: deny}\n",
       "p.yaml:2:12: warning: rules[0].name: 'hosts' is also the name of a built-in rule; the record could not tell them "
       "apart\n"},
      {"rules:\n  - {name: a, trust_below: 1001, action: deny}\n",
       "p.yaml:2:28: warning: rules[0].trust_below: scores end at 1000, so this always holds\n"},
      {"rules:\n  - {name: a, stage: request, tool: x, action: deny}\n",
       "p.yaml:2:37: warning: rules[0].tool: a server's requests name no tool, so this rule can never match\n"},
      {"extends: strict\nrules:\n  - {name: a, action: allow, tool: x, priority: 5}\n",
       "p.yaml:3:23: warning: rules[0]: 'a' is without effect where the parent's rule 'path-traversal' (strict.yaml:46:11) "
       "holds: that one is not overridable\n"},
  };
  for (const Row& row : rows) check(row, true);
}

TEST_CASE(
    "an allow at stage list or result is doubted where it has nothing to outrank, and only there") {
  constexpr const char* kInVain =
      "changes nothing: at stage '#' all passes that no rule holds back, and no rule of lower priority "
      "could hold back what it allows\n";
  struct Case {
    const char* text;
    const char* place;  // of the warning; "": none
    const char* stage = "list";
  };
  const Case cases[] = {
      {"rules:\n  - {name: a, stage: list, action: allow}\n",
       "p.yaml:2:36: warning: rules[0]: 'a' "},
      {"rules:\n  - {name: a, stage: result, tool: x, priority: 9, action: allow}\n",
       "p.yaml:2:60: warning: rules[0]: 'a' ", "result"},
      // In its own level the stricter one wins; what is above is not outranked; other stages are others.
      {"rules:\n  - {name: a, stage: list, tool: x, action: allow}\n  - {name: b, stage: list, action: deny, "
       "condition: changed}\n",
       "p.yaml:2:45: warning: rules[0]: 'a' "},
      {"rules:\n  - {name: a, stage: list, tool: x, action: allow}\n  - {name: b, stage: list, action: deny, "
       "condition: changed, priority: 1}\n",
       "p.yaml:2:45: warning: rules[0]: 'a' "},
      {"rules:\n  - {name: a, stage: list, tool: x, action: allow, priority: 1}\n  - {name: b, tool: x, action: "
       "deny}\n",
       "p.yaml:2:45: warning: rules[0]: 'a' "},
      {"rules:\n  - {name: a, stage: list, tool: x, action: allow, priority: 1}\n  - {name: b, stage: list, tool: y, "
       "action: deny}\n",
       "p.yaml:2:45: warning: rules[0]: 'a' "},
      {"rules:\n  - {name: a, stage: list, tool: x, action: allow, priority: 1}\n  - {name: b, stage: list, enabled: "
       "false, action: deny}\n",
       "p.yaml:2:45: warning: rules[0]: 'a' "},
      // There is something, or may be.
      {"rules:\n  - {name: a, stage: list, tool: x, action: allow, priority: 1}\n  - {name: b, stage: list, tool: "
       "'x*', action: deny}\n",
       ""},
      {"rules:\n  - {name: a, stage: list, tool: x, action: allow}\n  - {name: b, stage: list, action: warn, "
       "priority: -1}\n",
       ""},
      {"extends: moderate\nrules:\n  - {name: a, stage: result, tool: x, action: allow, priority: 5}\n",
       ""},
      // Elsewhere an allow stands against `default`; a record has the tags of what matched.
      {"rules:\n  - {name: a, action: allow}\n", ""},
      {"rules:\n  - {name: a, stage: request, action: allow}\n", ""},
      {"rules:\n  - {name: a, stage: result, action: allow, tags: [seen]}\n", ""},
      {"rules:\n  - {name: a, stage: list, action: allow, enabled: false}\n", ""},
  };
  for (const Case& c : cases) {
    std::string remarks = c.place;
    if (!remarks.empty()) {
      remarks += kInVain;
      remarks.replace(remarks.find('#'), 1, c.stage);
    }
    CAPTURE(c.text);
    CHECK(load(c.text,
               {{"base.yaml", "rules: [{name: b, stage: list, action: deny, overridable: true}]"},
                {"vain.yaml", "rules: [{name: b, stage: list, action: allow}]"}})
              .remarks == remarks);
  }
}

}  // namespace
}  // namespace agentmesh::config
