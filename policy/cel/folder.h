// Folder: evaluates at compile time what does not depend on any variable.
//
// Whatever is constant becomes a constant, a literal that decides an && or || decides it, and literal patterns of `matches`
// are compiled. So a condition that is constantly false shows as a constant, and `x in ['a', 'b']` makes no list when
// it runs. What fails stays as it is: it is an evaluation error, and a warning says so.
// Failure: a literal pattern that RE2 refuses.

#pragma once

#include <vector>

#include "policy/cel/ast.h"
#include "policy/cel/remark.h"

namespace agentmesh::policy::cel {

// Works on a checked tree.
Parsed<void> fold(Ast& ast, std::vector<Remark>& warnings);

}  // namespace agentmesh::policy::cel
