// Parser: the text of an expression into a tree of unresolved names and calls; macros are recognised here.
//
// Precedence climbing over langdef.md's grammar, `? :` lowest. Chains of && and || become one node each, so that a
// long list of conditions is not a deep tree.
// Failure: the first thing that is wrong, where it is.

#pragma once

#include <cstdint>

#include "policy/cel/ast.h"
#include "policy/cel/remark.h"

namespace agentmesh::policy::cel {

// How deeply an expression may nest, in the text and as a tree, and macros in macros.
constexpr uint16_t kMaxDepth = 250;
constexpr uint32_t kMaxMacroDepth = 16;

// Parses ast.source and sets ast.root.
Parsed<void> parse(Ast& ast);

}  // namespace agentmesh::policy::cel
