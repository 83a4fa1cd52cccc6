// Policies in the shapes people already have (tests/data/older-policies), and what each must decide.

#include <fstream>
#include <string>

#include "base/files.h"
#include "base/json.h"
#include "config/policy_file.h"
#include "policy/policy.h"
#include "policy/question.h"
#include "tests/catch.h"

namespace agentmesh::config {
namespace {

TEST_CASE("older policies load as they are and decide what they always did") {
  const std::string directory = "tests/data/older-policies/";
  std::ifstream rows(directory + "expected.jsonl");
  REQUIRE(rows);
  size_t count = 0;
  for (std::string line; std::getline(rows, line);) {
    CAPTURE(line);
    json::Reader reader;
    REQUIRE(reader.read(line).fault == json::Fault::kNone);
    const json::View row = reader.root();
    const LoadedPolicy loaded = load_policy(directory + row.find("policy").string());
    REQUIRE_FALSE(loaded.failed);
    const auto compiled = policy::Policy::compile(loaded.source);
    REQUIRE(compiled.policy);
    policy::Question question;
    question.tool = row.find("tool").string();
    question.agent = row.find("agent").string();
    question.args = std::string(row.find("args").raw());
    question.session = std::string(row.find("session").raw());
    const auto input = question.input();
    REQUIRE(input);
    const policy::Verdict verdict = compiled.policy->ask(*input);
    CHECK(to_string(verdict.action) == row.find("decision").string());
    if (row.find("rule").present()) CHECK(verdict.rule == row.find("rule").string());
    for (size_t i = 0; row.find("approvers").at(i).present(); ++i) {
      REQUIRE(i < verdict.approvers.size());
      CHECK(verdict.approvers[i] == row.find("approvers").at(i).string());
    }
    ++count;
  }
  CHECK(count == 15);
}

}  // namespace
}  // namespace agentmesh::config
