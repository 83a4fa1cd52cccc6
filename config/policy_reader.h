// Reads the tree of one policy file into what the file says. Files, parents and parameters are policy_file.cc's.

#pragma once

#include <optional>
#include <string>

#include "config/yaml.h"
#include "policy/rules.h"
#include "proxy/options.h"

namespace agentmesh::config {

// `extends`, as written.
struct Extend {
  Text name;                     // a bare name or a relative path
  Place with_place;              // the key `with`, else the entry
  std::vector<Entry> arguments;  // of `with`
};

// What is wrong goes to `out`; what could be read is there all the same. `extends` and `params` are left to the caller:
// their nodes come back in `extends` and `params` (null if absent).
struct ReadPolicy {
  policy::PolicySource source;
  std::vector<Extend> extends;
  std::optional<proxy::SandboxOptions> sandbox;
};
ReadPolicy read_policy_tree(const Node& root, const std::string& file, Findings& out);

// The cases of a `tests:` list.
std::vector<policy::TestCase> read_tests(const Node& list, const std::string& path, Findings& out);

}  // namespace agentmesh::config
