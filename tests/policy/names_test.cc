// Policy.md, "Names a condition can use": what each of them is at each stage.

#include "policy/names.h"

#include "tests/policy/ask.h"

namespace agentmesh::policy {
namespace {

using tests::call;
using tests::holds;

// As holds(), for trust scores that a Question cannot state apart.
bool holds_with(const TrustScores& trust, const std::string& condition) {
  const auto policy = tests::good("default: deny\nrules: [{name: r, action: allow, condition: \"" +
                                  condition + "\"}]");
  Question question = call("x");
  auto input = question.input();
  REQUIRE(input);
  input->trust = trust;
  return policy->ask(*input).passes();
}

TEST_CASE("the score is the lower of agent and server, and tiers follow the agent's") {
  const TrustScores low_server{910, 320, 250};
  CHECK(holds_with(low_server, "trust.score == 320 && trust.agent == 910 && trust.server == 320"));
  CHECK(holds_with(low_server, "trust.tool == 250 && agent.trust == 910"));
  CHECK(holds_with({480, 900, 900}, "trust.score == 480"));
  const std::pair<int, const char*> tiers[] = {
      {900, "verified_partner"}, {899, "trusted"},      {700, "trusted"},   {699, "standard"},
      {500, "standard"},         {499, "probationary"}, {299, "untrusted"},
  };
  for (const auto& [score, tier] : tiers) {
    CAPTURE(score);
    CHECK(holds_with({score, 100, 100}, std::string("agent.tier == '") + tier + "'"));
  }
}

TEST_CASE("what the session has seen can be asked for") {
  Question question = call("x");
  question.session = R"({"tainted":true,"private_read":true,"calls":7,"denied":2,"sampled":3})";
  CHECK(holds("session.tainted && session.private_read", question));
  CHECK(holds("session.calls == 7 && session.denied == 2 && session.sampled == 3", question));
  CHECK(holds("session.started == timestamp('1970-01-01T00:00:00Z')", question));
}

TEST_CASE("at stage result `result` and `data` are what the server answered") {
  Question question = call("read_file", R"({"body":"AKIA4HZ7QJ2LMNOPW3XY key"})");
  question.stage = Stage::kResult;
  question.result =
      R"({"content":[{"type":"text","text":"one"},{"type":"text","text":"two"}],"isError":true})";
  CHECK(holds("result.text == 'one\\ntwo' && result.is_error", question));
  CHECK(holds("result.bytes == data.bytes && data.bytes > 60", question));
  CHECK(holds("!data.contains_secret", question));  // the arguments' is not the result's
  CHECK(holds("tool == 'read_file' && action.type == 'read' && args.body.startsWith('AKIA')",
              question));
  question.result = R"({"content":[{"type":"text","text":"AKIA4HZ7QJ2LMNOPW3XY"}]})";
  CHECK(holds("data.contains_secret && !result.is_error", question));
  CHECK(holds("findings.exists(f, f.id.startsWith('secret.') && f.where.startsWith('content'))",
              question));
  question.result = R"({"content":[{"type":"text","text":"write to ann@corp-mail.org"}]})";
  CHECK(holds("data.contains_pii", question));
}

TEST_CASE("at stage list the definition is there, and whether it changed") {
  Question question = call("add");
  question.stage = Stage::kList;
  question.definition =
      R"({"name":"add","description":"Adds two numbers.","annotations":{"readOnlyHint":true}})";
  CHECK(holds("description == 'Adds two numbers.' && annotations.readOnlyHint && !changed",
              question));
  CHECK(holds("tool == 'add' && action.type == 'write'", question));
  question.changed = true;
  CHECK(holds("changed", question));
  question.definition = R"({"name":"add"})";
  CHECK(holds("description == '' && size(annotations) == 0", question));
}

TEST_CASE("what a server asks for is no tool and of no known kind") {
  Question question = call("", R"({"messages":[],"maxTokens":5})");
  question.stage = Stage::kRequest;
  question.method = "sampling/createMessage";
  CHECK(holds("tool == '' && method == 'sampling/createMessage' && action.type == 'unknown'",
              question));
  CHECK(holds("args.maxTokens == 5", question));
  question.method = "elicitation/create";
  CHECK(holds("action.type == 'unknown'", question));
}

TEST_CASE("requests of the client that read are reads, and the default covers them all") {
  const char* const reads[] = {"resources/read", "resources/list", "resources/subscribe",
                               "prompts/get",    "prompts/list",   "subscriptions/listen"};
  const auto closed = tests::good("default: deny");
  for (const char* method : reads) {
    CAPTURE(method);
    Question question = call("", "{}");
    question.method = method;
    CHECK(holds("action.type == 'read'", question));
    CHECK(tests::say(tests::ask(*closed, question)) == "deny by default");
  }
}

TEST_CASE("no allow rule has to believe what a server says of its own tool") {
  // Annotations are known where a definition is judged, and nowhere else: no call is let through by them.
  Question question = call("delete_all");
  question.definition = R"({"name":"delete_all","annotations":{"readOnlyHint":true}})";
  CHECK(holds("action.type == 'delete'", question));
}

TEST_CASE("every name is known by other names to who misspells it") {
  for (const cel::Environment::Name& name : environment().names()) {
    CAPTURE(name.name);
    const std::string wrong = name.name + "x";
    const std::string remarks =
        tests::load("rules: [{name: r, condition: \"" + wrong + " == 1\"}]").remarks;
    CHECK(remarks.find("unknown name '" + wrong + "'; did you mean '" + name.name + "'?") !=
          std::string::npos);
  }
}

}  // namespace
}  // namespace agentmesh::policy
