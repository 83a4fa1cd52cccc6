#include "config/builtin.h"
#include "config/policy_file.h"
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
}

}  // namespace
}  // namespace agentmesh::config
