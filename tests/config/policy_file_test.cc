// Parents, parameters, older spellings: how files become one policy.

#include "config/policy_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "base/files.h"
#include "tests/policy/ask.h"
#include "tests/temp_directory.h"

namespace agentmesh::config {
namespace {

using policy::tests::ask;
using policy::tests::call;
using policy::tests::good;
using policy::tests::load;
using policy::tests::say;

TEST_CASE("a policy without a name takes its file's, without the ending") {
  CHECK(good("default: allow")->name() == "p");
  CHECK(good("name: mine\ndefault: allow")->name() == "mine");
}

TEST_CASE("what the file says of mode, pins, methods and session comes out") {
  const auto silent = good("default: allow");
  CHECK_FALSE(silent->mode());
  CHECK(silent->first_sight() == policy::FirstSight::kPin);
  CHECK(silent->changed_pin() == policy::ChangedPin::kReview);
  CHECK_FALSE(silent->denies_unknown_methods());
  CHECK_FALSE(silent->shares_session());
  const auto told = good(
      "mode: shadow\npins: {first: hold, changed: warn}\nunknown_methods: deny\nshare_session: true");
  CHECK(told->mode() == policy::Mode::kShadow);
  CHECK(told->first_sight() == policy::FirstSight::kHold);
  CHECK(told->changed_pin() == policy::ChangedPin::kWarn);
  CHECK(told->denies_unknown_methods());
  CHECK(told->shares_session());
}

TEST_CASE(
    "what a child does not say comes from its parents, the strictest of them; mode does not") {
  const auto child = good(
      "extends: [strict, ./open.yaml]",
      {{"open.yaml", "default: allow\nmode: shadow\nunknown_methods: allow\npins: {first: pin}"}});
  CHECK_FALSE(child->mode());
  CHECK(child->first_sight() == policy::FirstSight::kHold);
  CHECK(child->denies_unknown_methods());
  CHECK(say(ask(*child, call("frobnicate"))) == "require_approval by ask-about-unknown");
  const auto open = good("extends: moderate");
  CHECK(say(ask(*open, call("frobnicate"))) == "allow by default");
  const auto closed = good("extends: moderate\ndefault: deny");
  CHECK(say(ask(*closed, call("frobnicate"))) == "deny by default");
}

TEST_CASE("a rule of a preset is named with the preset's file") {
  const auto policy = good("extends: moderate");
  const policy::Verdict verdict = ask(*policy, call("delete_file"));
  CHECK(verdict.policy == "p");
  CHECK(verdict.rule == "ask-before-danger");
  CHECK(verdict.file == "moderate.yaml");
  CHECK(verdict.line > 0);
}

TEST_CASE("an exception outranks a preset's overridable rule, and only such") {
  const auto policy = good(
      "extends: moderate\nrules: [{name: mine, tool: delete_file, args: {path: '/proj/*'}, action: allow, priority: 10}]");
  CHECK(say(ask(*policy, call("delete_file", R"({"path":"/proj/a"})"))) == "allow by mine");
  CHECK(say(ask(*policy, call("delete_file", R"({"path":"/srv/a"})"))) ==
        "require_approval by ask-before-danger");
  CHECK(say(ask(*policy, call("delete_file", R"({"path":"/proj/a","x":"../../../../etc/x"})"))) ==
        "deny by path-traversal");
}

TEST_CASE("one file reached by two ways is one parent") {
  const auto policy = good("default: deny\nextends: [./a.yaml, ./b.yaml]",
                           {{"a.yaml", "extends: ./c.yaml"},
                            {"b.yaml", "extends: ./c.yaml"},
                            {"c.yaml", "rules: [{name: x, action: allow}]"}});
  CHECK(policy->rule_count() == 1);
}

TEST_CASE("parents that cannot be had are errors where they are named") {
  struct Case {
    const char* text;
    const char* begins;
  };
  const Case cases[] = {
      {"extends: modrate\n",
       "p.yaml:1:10: extends: unknown 'modrate' (use strict, moderate, permissive, no_destructive_sql, "
       "file_access, rate_limit, git_safe, secrets, no_pii_export); did you mean 'moderate'?"},
      {"extends: [./none.yaml]\n", "p.yaml:1:11: extends: none.yaml: No such file"},
      {"extends: strict.yaml\n",
       "p.yaml:1:10: extends: strict.yaml: No such file or directory; did you mean the preset 'strict'?\n"},
      {"extends: [./secrets.yml]\n",
       "p.yaml:1:11: extends: secrets.yml: No such file or directory; did you mean the library file 'secrets'?\n"},
      {"extends: ./strictly.yaml\n",
       "p.yaml:1:10: extends: strictly.yaml: No such file or directory\n"},
      {"extends: ../up.yaml\n",
       "p.yaml:1:10: extends: '../up.yaml' is not a path below this file's directory"},
      {"extends: ./a/../../up.yaml\n",
       "p.yaml:1:10: extends: './a/../../up.yaml' is not a path below"},
      {"extends: /etc/p.yaml\n", "p.yaml:1:10: extends: '/etc/p.yaml' is not a path below"},
      {"extends: ./p.yaml\n", "p.yaml:1:10: extends: p.yaml extends itself: p.yaml → p.yaml"},
      {"extends: ./loop.yaml\n",
       "loop.yaml:1:10: extends: p.yaml extends itself: p.yaml → loop.yaml → p.yaml"},
      {"extends: [{with: {a: b}}]\n", "p.yaml:1:11: extends[0]: `use` is missing"},
      {"extends: ./bad.yaml\n", "bad.yaml:2:1: unknown key 'ruels'"},
      {"extends: ./sem.yaml\n", "sem.yaml:1:28: rules[0].limit: 'x' is not COUNT/UNIT"},
      {"extends: moderate\nrules: [{name: path-traversal, action: deny}]\n",
       "p.yaml:2:16: 'path-traversal' is already the name of a rule of the parent, at moderate.yaml:"},
      {"extends: [strict, moderate]\n",
       "moderate.yaml:15:11: 'path-traversal' is also the name of a rule at strict.yaml:46:11; one policy cannot extend both"},
  };
  for (const Case& c : cases) {
    const auto loaded = load(c.text, {{"loop.yaml", "extends: ./p.yaml"},
                                      {"bad.yaml", "default: deny\nruels: []"},
                                      {"sem.yaml", "rules: [{name: a, limit:   x}]"}});
    CAPTURE(c.text, loaded.remarks);
    CHECK(loaded.remarks.starts_with(c.begins));
    CHECK_FALSE(loaded.policy);
  }
}

TEST_CASE(
    "parents of parents that multiply are read a bounded number of times, and that is told once") {
  const auto extends = [](const std::string& file) {
    std::string text = "extends: [";
    for (int i = 0; i < 40; ++i) text += "./" + file + ", ";
    return text + "]\n";
  };
  const auto loaded = load(extends("a.yaml"), {{"a.yaml", extends("b.yaml")},
                                               {"b.yaml", extends("c.yaml")},
                                               {"c.yaml", "rules: [{name: r, action: deny}]"}});
  CHECK_FALSE(loaded.policy);
  const std::string told = "extends: more than 256 files are read for this policy";
  const size_t at = loaded.remarks.find(told);
  REQUIRE(at != std::string::npos);
  CHECK(loaded.remarks.find(told, at + 1) == std::string::npos);
}

TEST_CASE("a pipe in the place of a policy or of a parent is an error, and is not waited for") {
  const tests::TempDirectory directory;
  const std::string pipe = directory / "pipe.yaml";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const std::string child = directory / "child.yaml";
  REQUIRE(replace_file(child, "extends: ./pipe.yaml\n", 0600));
  for (const std::string& path : {pipe, child}) {
    const LoadedPolicy loaded = load_policy(path);
    CHECK(loaded.failed);
    REQUIRE_FALSE(loaded.diagnostics.empty());
    CHECK(loaded.diagnostics.front().message.find("not a file") != std::string::npos);
  }
}

TEST_CASE("parameters are put in before the scalar is read, as text") {
  const std::pair<std::string, std::string> lib = {
      "lib.yaml",
      "params: {limit: 5/hour, prio: 0, dir: /srv, who: 'a*'}\n"
      "rules:\n"
      "  - name: l\n    limit: ${limit}\n    priority: ${prio}\n    agent: \"${who}\"\n"
      "  - name: d\n    action: deny\n    condition: \"paths.exists(p, under(p, ${dir}) || p == '${dir}/x' || size(p) > "
      "${prio}0000)\"\n"};
  const auto rules = [&](const std::string& with) {
    return load("default: allow\nextends: [{use: ./lib.yaml" + with + "}]", {lib});
  };
  const auto plain = rules("");
  CAPTURE(plain.remarks);
  REQUIRE(plain.policy);
  CHECK(say(ask(*plain.policy, call("r", R"({"path":"/srv/a"})"))) == "deny by d");
  const auto given = rules(", with: {limit: 7/1m, prio: 3, dir: \"/it's/a dir\", who: ann}");
  CAPTURE(given.remarks);
  REQUIRE(given.policy);
  const policy::Verdict verdict = ask(*given.policy, call("r"));
  REQUIRE(verdict.charges.size() == 1);
  CHECK(verdict.charges[0].max == 7);
  CHECK(say(ask(*given.policy, call("r", R"({"path":"/it's/a dir/x"})"))) == "deny by d");
  CHECK(say(ask(*given.policy, call("r", R"({"path":"/srv/a"})"))) == "allow by default");
}

TEST_CASE("a parameter never becomes structure of YAML or of a condition") {
  const std::pair<std::string, std::string> lib = {
      "lib.yaml", "params: {x: y}\nrules: [{name: d, action: deny, condition: \"tool == ${x}\"}]"};
  for (const char* hostile :
       {"a' || true || tool == '", "a\\\\' || true || tool == '", "true", "a\\n|| true"}) {
    CAPTURE(hostile);
    const auto policy = good(
        std::string("default: allow\nextends: [{use: ./lib.yaml, with: {x: \"") + hostile + "\"}}]",
        {lib});
    CHECK(say(ask(*policy, call("anything"))) == "allow by default");
  }
}

TEST_CASE(
    "an unknown or missing parameter is an error at `with`, an undeclared one where it stands") {
  struct Case {
    const char* text;
    const char* remarks;
  };
  const Case cases[] = {
      {"extends: [{use: ./lib.yaml, with: {limt: 1/1s, dir: a}}]",
       "p.yaml:1:29: unknown parameter 'limt'; did you mean 'limit'?\n"},
      {"extends: [{use: ./lib.yaml, with: {limit: 1/1s}}]",
       "p.yaml:1:29: parameter 'dir' is missing\n"},
      {"extends: [./lib.yaml]", "p.yaml:1:11: parameter 'dir' is missing\n"},
      {"extends: [{use: ./lib.yaml}]", "p.yaml:1:11: parameter 'dir' is missing\n"},
      {"extends: [{use: ./lib.yaml, with: {dir: [a]}}]",
       "p.yaml:1:41: with.dir: a parameter is a text or a number\n"
       "p.yaml:1:29: parameter 'dir' is missing\n"},
      {"extends: [{use: moderate, with: {dir: a}}]",
       "p.yaml:1:27: this file takes no parameters\n"},
      {"params: {a: b}\nrules: [{name: x, tool: \"${c}\"}]",
       "p.yaml:2:26: 'c' is no parameter of this file\n"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto loaded = load(
        c.text,
        {{"lib.yaml", "params: {limit: 1/1s, dir: }\nrules: [{name: a, limit: \"${limit}\"}]"}});
    std::string sorted = loaded.remarks;
    for (const char* line = c.remarks; *line != 0;) {
      const std::string one(line, std::string_view(line).find('\n') + 1);
      CHECK(sorted.find(one) != std::string::npos);
      line += one.size();
    }
    CHECK(loaded.remarks.size() == std::string_view(c.remarks).size());
    CHECK_FALSE(loaded.policy);
  }
}

TEST_CASE("a mistake inside what a parameter put in is named where the parameter stands") {
  const auto loaded =
      load("extends: [{use: ./lib.yaml, with: {limit: nonsense}}]",
           {{"lib.yaml", "params: {limit: 1/1s}\nrules:\n  - {name: a, limit: \"${limit}\"}"}});
  CHECK(loaded.remarks ==
        "lib.yaml:3:22: rules[0].limit: 'nonsense' is not COUNT/UNIT, such as 10/minute\n");
}

TEST_CASE("${workspace} and what looks like a parameter in a file without any stay as they are") {
  const auto policy = good(
      "default: allow\nroots: ['${workspace}']\nrules: [{name: r, tool: '/^a${2}/', action: deny}]");
  CHECK(say(ask(*policy, call("b"))) == "allow by default");
}

TEST_CASE("aliases are copied, and too many of them are refused") {
  const auto policy = good(
      "default: allow\nrules:\n  - {name: a, tool: &t [x, y], action: deny}\n  - {name: b, tool: *t, action: warn}");
  CHECK(say(ask(*policy, call("y"))) == "deny by a");
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string n = std::to_string(i);
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + n + ": &a" + n + " [";
    for (int k = 0; k < 10; ++k) bomb += before + ", ";
    bomb += before + "]\n";
  }
  CHECK(load(bomb).remarks == "p.yaml:1:1: more than 200000 values, aliases included\n");
}

TEST_CASE("a policy that a shell hands over as a pipe is read, by either of its names") {
  for (const char* directory : {"/dev/fd/", "/proc/self/fd/"}) {
    int ends[2] = {-1, -1};
    REQUIRE(::pipe(ends) == 0);
    const std::string_view text = "version: \"1.0\"\nname: handed\ndefault: allow\n";
    REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    ::close(ends[1]);
    const LoadedPolicy loaded = load_policy(directory + std::to_string(ends[0]));
    ::close(ends[0]);
    CAPTURE(directory);
    CHECK_FALSE(loaded.failed);
    CHECK(loaded.source.name == "handed");
  }
}

TEST_CASE("no preset and no file of that name says what there is") {
  const LoadedPolicy loaded = load_policy("stric");
  REQUIRE(loaded.failed);
  CHECK(to_string(loaded.diagnostics.front()) ==
        "no preset and no file is called 'stric' (presets: strict, moderate, permissive)");
}

}  // namespace
}  // namespace agentmesh::config
