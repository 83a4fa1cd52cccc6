// Policy files: from a preset's name or a file to everything it says, parents and parameters included.
//
// Order: load_policy(), then policy::Policy::compile() judges what was read. A file is read from disk once per load.
// Thread: any. Cost: disk reads and a parse per file; off the message path.
// Failure: diagnostics with file, line and column; an error inside a parent names the parent's file. The source is there
// even then (so that `check` can go on to judge what could be read), but must not be run.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/rules.h"
#include "proxy/options.h"

namespace agentmesh::config {

struct LoadedPolicy {
  policy::PolicySource source;
  std::vector<policy::Diagnostic> diagnostics;
  bool failed = false;
  std::vector<std::string> files;                // read from disk: the file and its parents
  std::optional<proxy::SandboxOptions> sandbox;  // what they ask for together, if anything
};

// Reads a file's text; a test may hand in its own.
using FileReader = std::function<Result<std::string>(const std::string& path)>;

// Whether the `tests:` of a built-in policy are wanted. They are a third of it, and reading YAML is most of what starting a proxy
// costs (moderate: 25M instructions with them, 14M without).
enum class BuiltinTests : uint8_t { kRead, kSkip };

// `name_or_file`: strict, moderate, permissive, or the path of a YAML file.
LoadedPolicy load_policy(const std::string& name_or_file, BuiltinTests tests = BuiltinTests::kRead);
LoadedPolicy load_policy(const std::string& name_or_file, const FileReader& read);

// A file of test cases: a list of them, or a map with `tests:`.
struct LoadedCases {
  std::vector<policy::TestCase> cases;
  std::vector<policy::Diagnostic> diagnostics;
  bool failed = false;
};
LoadedCases load_cases(const std::string& path);

}  // namespace agentmesh::config
