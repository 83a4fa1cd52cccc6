#include "config/builtin.h"
#include "config/policy_file.h"
#include "policy/cases.h"
#include "policy/policy.h"
#include "tests/catch.h"

namespace agentmesh::config {
namespace {

std::string all(const std::vector<policy::Diagnostic>& diagnostics) {
  std::string out;
  for (const policy::Diagnostic& d : diagnostics) out += to_string(d) + "\n";
  return out;
}

TEST_CASE("every preset and library file loads without a remark") {
  for (const Builtin& preset : presets()) {
    const LoadedPolicy loaded = load_policy(std::string(preset.name));
    INFO(all(loaded.diagnostics));
    REQUIRE_FALSE(loaded.failed);
    const auto compiled = policy::Policy::compile(loaded.source);
    INFO(all(compiled.diagnostics));
    CHECK(compiled.diagnostics.empty());
    REQUIRE(compiled.policy);
    CHECK(compiled.policy->name() == preset.name);
  }
  for (const Builtin& file : library()) {
    const std::string with = file.name == "file_access" ? "{use: file_access, with: {dir: /srv}}"
                                                        : std::string(file.name);
    const LoadedPolicy loaded = load_policy("p.yaml", [&](const std::string&) {
      return Result<std::string>("default: allow\nextends: [" + with + "]\n");
    });
    INFO(all(loaded.diagnostics));
    REQUIRE_FALSE(loaded.failed);
    const auto compiled = policy::Policy::compile(loaded.source);
    INFO(all(compiled.diagnostics));
    CHECK(compiled.diagnostics.empty());
    REQUIRE(compiled.policy);
  }
}

TEST_CASE("the cases that stand in every library file hold") {
  for (const Builtin& file : library()) {
    CAPTURE(std::string(file.name));
    const std::string with = file.name == "file_access" ? "{use: file_access, with: {dir: /srv}}"
                                                        : std::string(file.name);
    const LoadedPolicy loaded = load_policy("p.yaml", [&](const std::string&) {
      return Result<std::string>("default: allow\nextends: [" + with + "]\n");
    });
    REQUIRE(loaded.source.parents.size() == 1);
    const policy::PolicySource& own = loaded.source.parents.front();
    const auto compiled = policy::Policy::compile(own);
    REQUIRE(compiled.policy);
    CHECK(own.tests.size() >= 2);
    for (const policy::TestCase& test : own.tests) {
      INFO(to_string(test.place) << ": " << test.name);
      const std::string why = policy::run_case(*compiled.policy, test).why;
      CAPTURE(why);
      CHECK(why.empty());
    }
  }
}

TEST_CASE("the cases that stand in every preset hold") {
  for (const Builtin& preset : presets()) {
    const LoadedPolicy loaded = load_policy(std::string(preset.name));
    const auto compiled = policy::Policy::compile(loaded.source);
    REQUIRE(compiled.policy);
    CHECK(loaded.source.tests.size() >= 5);
    for (const policy::TestCase& test : loaded.source.tests) {
      INFO(to_string(test.place) << ": " << test.name);
      const std::string why = policy::run_case(*compiled.policy, test).why;
      CAPTURE(why);
      CHECK(why.empty());
    }
  }
}

TEST_CASE("a built-in policy read without its cases is the same policy") {
  for (const std::span<const Builtin> all : {presets(), library()})
    for (const Builtin& one : all) {
      CAPTURE(one.name);
      const LoadedPolicy whole = load_policy(std::string(one.name));
      const LoadedPolicy without = load_policy(std::string(one.name), BuiltinTests::kSkip);
      CHECK_FALSE(whole.source.tests.empty());
      CHECK(without.source.tests.empty());
      CHECK(without.source.text == whole.source.text);
      CHECK(without.source.identity == whole.source.identity);
      REQUIRE(without.source.rules.size() == whole.source.rules.size());
      const auto a = policy::Policy::compile(whole.source);
      const auto b = policy::Policy::compile(without.source);
      REQUIRE(a.policy);
      REQUIRE(b.policy);
      CHECK(a.policy->loosens(*b.policy).empty());
      CHECK(b.policy->loosens(*a.policy).empty());
    }
}

}  // namespace
}  // namespace agentmesh::config
