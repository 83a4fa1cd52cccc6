// What becomes of a call that does more than its tool's name says.

#include <algorithm>
#include <string>

#include "tests/catch.h"
#include "tests/policy/ask.h"

namespace agentmesh::policy {
namespace {

using tests::ask;
using tests::call;
using tests::good;
using tests::say;

TEST_CASE("a call that does more than its name says is held to the rules of both") {
  // A message by its name, and a command by what it holds.
  const Question both = call("send_message", R"({"command":"ls -l /tmp"})");
  const auto under = [&](const char* rules) {
    return say(ask(*good(std::string("default: allow\nrules:\n") + rules), both));
  };
  const char* const messages =
      "  - {name: messages, condition: \"action.type == 'message'\", action: deny}\n";
  const char* const runs =
      "  - {name: runs, condition: \"action.type == 'execute'\", action: require_approval}\n";
  CHECK(under(messages) == "deny by messages");
  CHECK(under(runs) == "require_approval by runs");
  CHECK(under((std::string(runs) + messages).c_str()) == "deny by messages");
  CHECK(under("  - {name: out, condition: action.sends, action: deny}\n") == "deny by out");
  CHECK(under("  - {name: seen, condition: \"action.type == 'message'\", action: warn}\n") ==
        "warn by seen");
  // What passes with a remark keeps the heavier one, and the record has the rules, tags and failures of both.
  const char* const logged =
      "  - {name: all, tool: '*', action: log, tags: [a]}\n"
      "  - {name: seen, condition: \"action.type == 'message'\", action: warn, tags: [b]}\n"
      "  - {name: fails, condition: \"action.type == 'message' && args.body == 'x'\", action: deny}\n";
  const auto logging = good(std::string("default: allow\nrules:\n") + logged);
  const Verdict passes =
      ask(*logging, call("send_message", R"({"command":"ls -l /tmp","body":7})"));
  CHECK(say(passes) == "warn by seen");
  CHECK(passes.tags.size() == 2);
  const Verdict failed = ask(*logging, both);
  CHECK(failed.errors.size() == 1);
  CHECK(say(failed) == "deny by fails");
  // What an exception would lift only one of is not to be lifted.
  const auto lifted = good(
      std::string("default: allow\nrules:\n") + runs +
      "  - {name: out, condition: \"action.type == 'message'\", action: deny, overridable: true}\n");
  const Verdict held = ask(*lifted, both);
  CHECK(say(held) == "deny by out");
  CHECK_FALSE(held.overridable);
  // A name that says nothing is under no rule.
  CHECK(
      say(ask(
          *good(
              "default: allow\nrules:\n  - {name: unknown, condition: \"action.type == 'unknown'\", action: deny}"),
          call("sqlite", R"({"sql":"SELECT 1"})"))) == "allow by default");
  // A read of what is private stays one.
  const auto reads =
      ask(*good("default: allow"), call("get_secret", R"({"name":"a","query":"mutation { a }"})"));
  CHECK(reads.facts.type == "write");
  CHECK(reads.facts.reads);
  CHECK(reads.facts.private_place);
  // That a default would not let it through by its name says nothing.
  CHECK(
      say(ask(
          *good(
              "default: deny\nrules:\n  - {name: runs, condition: \"action.type == 'execute'\", action: allow}"),
          both)) == "allow by runs");
  // Both are counted, each once.
  const auto limited = good(R"(
default: allow
rules:
  - {name: all, tool: "*", limit: 5/hour}
  - {name: messages, condition: "action.type == 'message'", limit: 5/hour}
  - {name: runs, condition: "action.type == 'execute'", limit: 5/hour})");
  const Verdict verdict = ask(*limited, both);
  CHECK(verdict.charges.size() == 3);
  CHECK(verdict.facts.type == "execute");
}

TEST_CASE(
    "what is refused by a name that says nothing is not asked about for what is added to it") {
  const auto policy = good("default: allow\nextends: [moderate]");
  CHECK(say(ask(*policy, call("frob_page", R"({"urls":["http://192.168.1.1/"]})"))) ==
        "deny by inner-door");
  CHECK(say(ask(*policy,
                call("frob_page", R"({"urls":["http://192.168.1.1/"],"command":"ls -l"})"))) ==
        "deny by inner-door");
  CHECK(say(ask(*policy, call("frob_page", R"({"command":"ls -l"})"))) ==
        "require_approval by ask-before-danger");
  // Rules that ask what it is have been told.
  const auto asks = good(R"(
default: allow
rules:
  - {name: unknown, condition: "action.type == 'unknown'", action: require_approval, tags: [a], limit: 9/hour})");
  const Verdict told = ask(*asks, call("frob_page", R"({"command":"ls -l"})"));
  CHECK(say(told) == "allow by default");
  CHECK(told.tags.empty());
  CHECK(told.charges.empty());
}

TEST_CASE("who approves a call that does more than its name says may approve it by both") {
  const auto approvers = [](const char* of_runs, const char* of_messages) {
    const auto rule = [](const char* name, const char* type, const std::string& groups) {
      return std::string("  - {name: ") + name + ", condition: \"action.type == '" + type +
             "'\", action: require_approval" +
             (groups.empty() ? "" : ", approvers: [" + groups + "]") + "}\n";
    };
    const auto policy = good("default: allow\nrules:\n" + rule("runs", "execute", of_runs) +
                             rule("messages", "message", of_messages));
    const Verdict verdict = ask(*policy, call("send_message", R"({"command":"ls -l /tmp"})"));
    CHECK(say(verdict) == "require_approval by runs");
    std::string out;
    for (const std::string_view approver : verdict.approvers) out += std::string(approver) + " ";
    return out;
  };
  CHECK(approvers("a", "a") == "a ");
  CHECK(approvers("a, b", "b, c") == "b ");
  CHECK(approvers("", "a") == "a ");
  CHECK(approvers("a", "") == "a ");
  CHECK(approvers("", "").empty());
  // Nobody is asked by both: the name is not the caller's to choose.
  CHECK(approvers("a", "b") == "b ");
}

TEST_CASE("of two reasons to refuse a call the record has the one that no exception lifts") {
  const auto policy = good("default: allow\nextends: [moderate]");
  const Verdict verdict =
      ask(*policy, call("send_message", R"({"command":"rm -rf /","body":"AKIA2E7XMPLQ5WZKHT3V"})"));
  // The first of the rules that refuse it names it, as ever; but no exception is offered that would not help.
  CHECK(say(verdict) == "deny by dangerous-shell");
  CHECK_FALSE(verdict.overridable);
  CHECK(verdict.exception.empty());
  const auto matched = [&verdict](std::string_view rule) {
    return std::any_of(verdict.matched.begin(), verdict.matched.end(),
                       [rule](const Matched& each) { return each.rule == rule; });
  };
  CHECK(matched("secrets-leaving"));
  CHECK(matched("dangerous-shell"));
  CHECK(verdict.tags.size() >= 2);
  const auto rules = good(R"(
default: allow
rules:
  - {name: runs, condition: "action.type == 'execute'", action: deny, overridable: true}
  - {name: messages, condition: "action.type == 'message'", action: deny})");
  CHECK(say(ask(*rules, call("send_message", R"({"command":"ls -l /tmp"})"))) ==
        "deny by messages");
}

TEST_CASE("what a rule about a call's name masks is masked as well") {
  const auto policy = good(R"(
default: allow
rules:
  - {name: runs, condition: "action.type == 'execute' && data.contains_secret", action: redact}
  - {name: messages, condition: "action.type == 'message' && data.contains_pii", action: redact})");
  const Verdict verdict = ask(
      *policy,
      call(
          "send_message",
          R"({"command":"ls -l /tmp","a":"iban DE89 3704 0044 0532 0130 00","b":"AKIA2E7XMPLQ5WZKHT3V"})"));
  CHECK(say(verdict) == "redact by runs");
  REQUIRE(verdict.replacements.size() == 2);
  CHECK(verdict.replacements[0].text == "[redacted:pii.iban]");
  CHECK(verdict.replacements[1].text == "[redacted:secret.aws-access-key]");
}

}  // namespace
}  // namespace agentmesh::policy
