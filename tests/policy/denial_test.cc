// What a denial says, and what a person's exception lifts.

#include "tests/policy/ask.h"

namespace agentmesh::policy {
namespace {

using tests::ask;
using tests::call;
using tests::good;
using tests::say;

TEST_CASE("a denial has a reason and a way out, and quotes no argument") {
  const auto policy = good(R"(default: deny
rules:
  - {name: mine, tool: a, action: deny}
  - {name: told, tool: b, action: deny, description: Nothing leaves, overridable: true}
  - {name: lim, tool: c, limit: 2/day}
  - {name: fails, tool: d, action: deny, condition: "args.x == 1"}
)");
  const auto reason = [&](const char* tool) {
    Question question = call(tool, R"({"secret":"hunter2"})");
    question.session = R"({"limits":{"lim":2}})";
    const Verdict verdict = ask(*policy, question);
    CHECK(verdict.reason.find("hunter2") == std::string::npos);
    CHECK(verdict.suggest.find("hunter2") == std::string::npos);
    CHECK_FALSE(verdict.passes());
    return verdict.reason + " | " + verdict.suggest;
  };
  CHECK(
      reason("a") ==
      "rule 'mine' does not allow this call | change rule 'mine' at p.yaml:3, or add an `unless` to it");
  CHECK(
      reason("b") ==
      "Nothing leaves | `agentmesh allow files b --for 1h --why '…'` lets this tool through for an hour, whatever its arguments; for good, change rule "
      "'told' at p.yaml:4, or add an `unless` to it");
  CHECK(
      reason("c") ==
      "the limit of 2/day is used up (rule 'lim') | wait until older calls leave the window, or raise `limit` at "
      "p.yaml:5");
  CHECK(reason("d").starts_with(
      "the condition of rule 'fails' could not be evaluated, which counts as met | "));
  CHECK(
      reason("e") ==
      "no rule of the policy allows this call | `agentmesh allow files e --for 1h --why '…'` lets this tool through for an "
      "hour, whatever its arguments; for good, add to the rules of p.yaml: {name: allow-e, tool: e, action: allow}");
  const auto preset = good("extends: moderate");
  CHECK(
      ask(*preset, call("delete_file")).suggest ==
      "`agentmesh allow files delete_file --for 1h --why '…'` lets this tool through for an hour, whatever its arguments; for good, add an allow rule "
      "for tool 'delete_file' with a higher priority to a policy that extends this one");
  CHECK(ask(*preset, call("read_file", R"({"path":"../../../../etc/x"})")).suggest.empty());
  // What would not help is not proposed.
  const auto library = good(
      "extends: [moderate, {use: file_access, with: {dir: /srv}}, {use: rate_limit, with: {limit: 2/1m}}]");
  const Verdict both = ask(*library, call("read_file", R"({"path":"/home/ann/.ssh/id_rsa"})"));
  CHECK(say(both) == "deny by sensitive-path");  // and file-access, which nobody may outrank
  CHECK(both.suggest.empty());
  Question used = call("list_files");
  used.session = R"({"limits":{"rate-limit":2}})";
  CHECK(ask(*library, used).suggest == "wait until older calls leave the window");
}

TEST_CASE("an exception lifts what may be overridden and nothing else") {
  const auto policy = good(R"(default: deny
rules:
  - {name: soft, tool: [a, b, c], action: deny, overridable: true}
  - {name: hard, tool: b, action: require_approval, priority: -5}
  - {name: few, tool: c, limit: 2/day}
  - {name: ask, tool: d, action: require_approval, overridable: true, priority: 3}
  - {name: mask, tool: d, condition: data.contains_secret, action: redact}
  - {name: heed, tool: d, action: warn}
)");
  const Exemption exemption{"allow:12345678"};
  const auto with = [&](Question question) {
    auto input = question.input();
    REQUIRE(input);
    input->exemption = &exemption;
    return say(policy->ask(*input));
  };
  const auto can = [&](const Question& question) { return ask(*policy, question).overridable; };
  CHECK(can(call("a")));
  CHECK(with(call("a")) == "allow by allow:12345678");
  CHECK_FALSE(can(call("b")));  // something below it holds it back too
  CHECK(with(call("b")) == "require_approval by hard");
  Question used = call("c");
  used.session = R"({"limits":{"few":2}})";
  CHECK_FALSE(can(used));
  CHECK(with(used) == "deny by few");
  CHECK(can(call("d")));
  CHECK(with(call("d")) == "warn by allow:12345678");
  CHECK(with(call("d", R"({"text":"AKIA4HZ7QJ2LMNOPW3XY key"})")) == "redact by allow:12345678");
  CHECK(can(call("e")));  // the default is nobody's rule
  CHECK(with(call("e")) == "allow by allow:12345678");
  Question own = call("e", R"({"path":"/state/keys"})");
  own.surroundings.unreadable_paths = {"/state"};
  CHECK_FALSE(can(own));
  CHECK(with(own) == "deny by self.protected");
  Question listed = call("e");
  listed.stage = Stage::kList;
  CHECK_FALSE(can(listed));
}

}  // namespace
}  // namespace agentmesh::policy
