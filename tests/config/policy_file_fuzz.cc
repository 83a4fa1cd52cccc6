// Whatever bytes a policy file holds: errors with places, never a crash, and what loads can be asked.

#include "config/policy_file.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "config/settings.h"
#include "policy/policy.h"
#include "policy/question.h"

namespace agentmesh {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const config::LoadedPolicy loaded =
      config::load_policy("p.yaml", [&](const std::string& path) -> Result<std::string> {
        if (path == "p.yaml") return text;
        return fail("no such file");
      });
  policy::Policy::Compiled compiled;
  if (!loaded.source.file.empty()) compiled = policy::Policy::compile(loaded.source);
  if (loaded.failed && loaded.diagnostics.empty()) std::abort();
  if (!loaded.failed && compiled.policy) {
    policy::Question question;
    question.tool = "read_file";
    question.args = R"({"path":"/etc/passwd","n":[1,2,{"x":"y"}]})";
    const auto input = question.input();
    if (!input || compiled.policy->ask(*input).rule.empty()) std::abort();
  }
  (void)config::read_settings(text, "a.yaml");
  return 0;
}

}  // namespace agentmesh
