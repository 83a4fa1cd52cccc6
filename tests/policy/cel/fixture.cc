#include "fixture.h"

#include "policy/cel/json_value.h"

namespace agentmesh::policy::cel {

Value Asked::json_args() { return json_value(json::View(args), context); }

}  // namespace agentmesh::policy::cel
