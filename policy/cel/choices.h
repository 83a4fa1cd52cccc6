// Choices: literals compared with a string of which all possible values are known (type.h).

#pragma once

#include <vector>

#include "policy/cel/ast.h"
#include "policy/cel/remark.h"
#include "policy/cel/type.h"

namespace agentmesh::policy::cel {

// Looks at an ==, != or in whose operands are resolved. Where a literal is an older spelling, the node is rewritten to
// mean what it stands for: `type == 'api_call'` becomes `type in ['network', …]`. A literal that the choice can
// never equal is added to `warnings`.
void settle_choices(Ast& ast, NodeId comparison, const Type& left, const Type& right,
                    std::vector<Remark>& warnings);

}  // namespace agentmesh::policy::cel
