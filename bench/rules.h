// Rules: policy files of any size, so that it can be seen what a rule costs.

#pragma once

#include <cstddef>
#include <string>

namespace agentmesh::bench {

// YAML: `extends: [moderate]` and `count` rules of the kinds that people write, in turn (a tool's name, a glob, an argument
// that must match, a condition on findings, words in an argument, trust, server). None of them holds for texts.h's calls.
std::string policy_file(size_t count);

}  // namespace agentmesh::bench
