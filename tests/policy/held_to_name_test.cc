// What becomes of a call that does more than its tool's name says.

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
  const Verdict passes = ask(*good(std::string("default: allow\nrules:\n") + logged),
                             call("send_message", R"({"command":"ls -l /tmp","body":7})"));
  CHECK(say(passes) == "warn by seen");
  CHECK(passes.tags.size() == 2);
  const Verdict failed = ask(*good(std::string("default: allow\nrules:\n") + logged), both);
  CHECK(failed.errors.size() == 1);
  CHECK(say(failed) == "deny by fails");
  // What an exception would lift only one of is not to be lifted.
  const Verdict held = ask(
      *good(
          std::string("default: allow\nrules:\n") + runs +
          "  - {name: out, condition: \"action.type == 'message'\", action: deny, overridable: true}\n"),
      both);
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

}  // namespace
}  // namespace agentmesh::policy
