// Examine: what the scanners say of a tool's definition (or any text a server introduces itself with), with no rule asked.
//
// The same findings that stage `list` hands to the rules: tool.poisoned, tool.hidden-text, tool.terminal-escape,
// tool.look-alike and the acts beside them (scan/text.h, scan/unicode.h). For those who show pins and need no verdict.
// Cost: one walk over the definition. Thread: any.

#pragma once

#include <vector>

#include "base/json.h"
#include "policy/verdict.h"

namespace agentmesh::policy {

// `definition` may be any JSON value: every text in it is looked at.
std::vector<Finding> examine_definition(json::View definition);

}  // namespace agentmesh::policy
